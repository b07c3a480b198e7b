import Glibc

@main
enum Main {
  static func main() {
    let name = CommandLine.arguments.first?.split(separator: "/").last.map(String.init) ?? ""
    // A link of that name stands for the command of LSF (cli.md §0).
    let prefix = ["bsub", "bjobs", "bkill"].contains(name) ? ["lsf", name] : []
    exit(run(prefix + CommandLine.arguments.dropFirst()))
  }

  /// - Returns: the exit code: 0, or 1 for every handled error (cli.md §0).
  static func run(_ words: [String]) -> Int32 {
    guard let first = words.first, first != "--help", first != "-h" else {
      print(Command.overview)
      return 0
    }
    do {
      let (command, rest) = try Command.find(globalsLast(words))
      let arguments = try Arguments(
        rest, options: command.options, isSingleDashed: command.isSingleDashed)
      if arguments.has("help") {
        print(command.help)
        return 0
      }
      if command.operands == nil, let word = arguments.positional.first {
        throw UsageError(
          "wr \(command.words.joined(separator: " ")) takes options only, not \"\(word)\"")
      }
      return try command.run(arguments)
    } catch let error as UsageError {
      return fail(error.message)
    } catch {
      return fail("\(error)")
    }
  }

  /// `wr --deployment NAME COMMAND` is `wr COMMAND --deployment NAME` (cli.md §0).
  static func globalsLast(_ words: [String]) -> [String] {
    guard let first = words.first else { return words }
    let count = first == "--deployment" ? 2 : first.hasPrefix("--deployment=") ? 1 : 0
    return words.count > count ? Array(words[count...] + words[..<count]) : words
  }

  /// - Returns: the exit code of every handled error (cli.md §0).
  static func fail(_ message: String) -> Int32 {
    Notice.error(message)
    return 1
  }
}
