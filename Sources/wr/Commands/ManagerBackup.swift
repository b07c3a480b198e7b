import Jobs
import Manager

extension Command {
  static let managerBackup = Command(
    words: ["manager", "backup"],
    summary: "make a copy of the database, checked and whole, while the manager works on",
    options: [
      Option(
        name: "path", short: "p", value: "FILE",
        help: "the copy to be made, on the manager's machine; a file of the name is replaced"),
      Option.json, ManagerConnection.timeoutOption,
    ]
  ) { arguments in
    guard let path = arguments["path"], !path.isEmpty else {
      throw UsageError("--path is required: where the copy is to be made")
    }
    let target = path.hasPrefix("/") ? path : "\(Configuration.Surroundings.current().cwd)/\(path)"
    let manager = try ManagerConnection(Configuration.current(arguments), arguments)
    _ = try manager.ask("POST", ["manager", "backup"], query: [("path", target)])
    if arguments.has("json") {
      emitJSON { $0.member("Path", target) }
      return 0
    }
    print("info: the database was backed up to \(target)")
    return 0
  }
}
