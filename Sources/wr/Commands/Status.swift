import Glibc
import Jobs
import Manager

extension Command {
  static let status = Command(
    words: ["status"], summary: "show commands and how they fare",
    options: JobSelectors.options + [
      Option(name: "buried", short: "b", help: "only buried ones"),
      Option(name: "running", short: "r", help: "only those that run"),
      Option(name: "suspended", help: "only suspended ones"),
      Option(name: "host", value: "HOST", help: "only those of a host: its name, ID or IP"),
      Option(
        name: "recent", value: "TIME",
        help: "only those that started or ended within that time: 30m, 12h, 2d, 1w"),
      Option(name: "env", short: "e", help: "show environments too"),
      Option(
        name: "output", short: "o", value: "FORMAT",
        help: "details, summary, counts, plain, json or table, or the first letter; details"),
      Option(
        name: "limit", value: "N",
        help: "details, json, table: so many of those with the same state, exit code and problem;"
          + " 1; 0 for all"),
      Option(name: "json", help: "the same as -o json"), ManagerConnection.timeoutOption,
    ],
    manual: """
      Without -i, -f or -l all incomplete commands are shown; with them complete ones too. With
      -o plain the exit code is 1 if any of them is buried.

      The columns of -o table are what the environment variable WR_STATUS_FORMAT says:
      FIELD:width, with spaces between. Fields are
      \(StatusTable.Field.allCases.prefix(8).map(\.rawValue).joined(separator: ", ")),
      \(StatusTable.Field.allCases.dropFirst(8).map(\.rawValue).joined(separator: ", ")).
      """
  ) { arguments in
    let query = try StatusQuery(arguments)
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    return try query.run(manager)
  }
}
