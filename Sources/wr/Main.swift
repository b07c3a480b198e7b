import Glibc

@main
enum Main {
  static func main() {
    exit(run(Array(CommandLine.arguments.dropFirst())))
  }

  /// - Returns: the exit code: 0, or 1 for every handled error (cli.md §0).
  static func run(_ words: [String]) -> Int32 {
    guard let first = words.first, first != "--help", first != "-h" else {
      print(Command.overview)
      return 0
    }
    if first == "help" {
      return run(Array(words.dropFirst()) + ["--help"])
    }
    do {
      let (command, rest) = try Command.find(words)
      let arguments = try Arguments(rest, options: command.options)
      if arguments.has("help") {
        print(command.help)
        return 0
      }
      return try command.run(arguments)
    } catch let error as UsageError {
      return fail(error.message)
    } catch {
      return fail("\(error)")
    }
  }

  /// Scripts look for `EROR` on standard error (decision 23).
  static func fail(_ message: String) -> Int32 {
    let line = Array("EROR \(message)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    return 1
  }
}
