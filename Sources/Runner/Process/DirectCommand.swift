import Glibc
import Platform

/// A job's command that needs no shell: what `bash -c` would do with it is known beforehand, and
/// nobody can tell that it was left out (docs/decisions/007-direct-exec.md has the exact rule).
struct DirectCommand: Hashable, Sendable {
  /// The program; relative ones are seen from the working directory.
  let path: String
  let arguments: [String]
  let environment: [String]

  /// - Parameters:
  ///   - command: what bash would be given.
  ///   - shell: the program that would be started.
  /// - Returns: nil if bash has to look at it.
  init?(
    _ command: ShellCommand, shell: String, environment: JobEnvironment, directory: String
  ) {
    guard shell == "/bin/bash" || shell == "/usr/bin/bash", command.input == nil,
      command.arguments.count == 3, command.arguments[1] == "-c",
      let words = Self.words(of: command.arguments[2]), let name = words.first,
      Self.leavesAlone(directory: directory),
      let adopted = Self.adopted(environment.entries)
    else { return nil }
    let searched = name.utf8.contains(UInt8(ascii: "/")) ? name : Self.find(name, environment)
    guard let path = searched else { return nil }
    self.path = path
    arguments = words
    self.environment = adopted + ["_=\(path)"]
  }

  // MARK: The words

  /// Splits a command of plain words; nil if any of it means something to a shell.
  private static func words(of text: String) -> [String]? {
    guard text.utf8.allSatisfy({ isBlank($0) || isPlain($0) }) else { return nil }
    let words = text.utf8.split(whereSeparator: isBlank).map { String(Substring($0)) }
    // `=` would assign, `%` is a job, and what begins with `-` or `+` is left to bash as well.
    guard let name = words.first, !shellWords.contains(name),
      name.utf8.allSatisfy({ isLetter($0) || isDigit($0) || "._/-+".utf8.contains($0) }),
      name.utf8.first.map({ isLetter($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".") })
        == true
    else { return nil }
    return words
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    isLetter(byte) || isDigit(byte) || "._/-+=:,@%".utf8.contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "z")
      || byte == UInt8(ascii: "_")
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  /// Builtins and reserved words of bash, of any version.
  private static let shellWords: Set<String> = [
    ".", ":", "alias", "bg", "bind", "break", "builtin", "caller", "case", "cd", "command",
    "compgen", "complete", "compopt", "continue", "coproc", "declare", "dirs", "disown", "do",
    "done", "echo", "elif", "else", "enable", "esac", "eval", "exec", "exit", "export", "false",
    "fc", "fg", "fi", "for", "function", "getopts", "hash", "help", "history", "if", "in", "jobs",
    "kill", "let", "local", "logout", "mapfile", "popd", "printf", "pushd", "pwd", "read",
    "readarray", "readonly", "return", "select", "set", "shift", "shopt", "source", "suspend",
    "test", "then", "time", "times", "trap", "true", "type", "typeset", "ulimit", "umask",
    "unalias", "unset", "until", "wait", "while",
  ]

  // MARK: What surrounds it

  /// The environment as bash would pass it on, but for `_`; nil if it holds what bash itself acts
  /// upon or changes.
  private static func adopted(_ entries: [String]) -> [String]? {
    var names = Set<Substring>(minimumCapacity: entries.count)
    var adopted: [String] = []
    adopted.reserveCapacity(entries.count + 2)
    var hasLevel = false
    for entry in entries {
      guard let bytes = JobEnvironment.name(of: entry), isName(bytes) else { return nil }
      let name = Substring(bytes)
      guard !isOfBash(name), names.insert(name).inserted else { return nil }
      switch name {
      case "_": continue
      case "SHLVL":
        let level = String(entry.utf8.dropFirst(bytes.count + 1)) ?? ""
        // Bash adds one, and takes it off again where it is replaced by its last command.
        guard let number = Int(level), (0..<999).contains(number), "\(number)" == level else {
          return nil
        }
        hasLevel = true
      default: break
      }
      adopted.append(entry)
    }
    return hasLevel ? adopted : adopted + ["SHLVL=0"]
  }

  private static func isName(_ name: Substring.UTF8View) -> Bool {
    guard let first = name.first, isLetter(first) else { return false }
    return name.allSatisfy { isLetter($0) || isDigit($0) }
  }

  /// Variables that bash acts upon, computes, or does not pass on as they are.
  private static func isOfBash(_ name: Substring) -> Bool {
    prefixes.contains { name.utf8.starts(with: $0) } || special.contains(name)
  }

  private static let prefixes = ["BASH", "COMP_", "EPOCH", "READLINE_"].map { Array($0.utf8) }

  private static let special: Set<Substring> = [
    "COPROC", "DIRSTACK", "ENV", "EUID", "FUNCNAME", "GROUPS", "HISTCMD", "IFS", "LC_ALL",
    "LINENO", "MAPFILE", "OLDPWD", "OPTARG", "OPTERR", "OPTIND", "PIPESTATUS", "POSIXLY_CORRECT",
    "PPID", "PS4", "RANDOM", "REPLY", "SECONDS", "SHELLOPTS", "SRANDOM", "UID",
  ]

  /// Whether bash takes the directory's name over as it is.
  private static func leavesAlone(directory: String) -> Bool {
    let parts = directory.utf8.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count > 1 && parts[0].isEmpty
      && parts.dropFirst().allSatisfy { !$0.isEmpty && ![".", ".."].contains(Substring($0)) }
  }

  /// Looks a command up as bash does; nil if that is not certain, or there is none.
  private static func find(_ name: String, _ environment: JobEnvironment) -> String? {
    guard let path = environment["PATH"],
      searchDirectories(path).allSatisfy({ $0.utf8.first == UInt8(ascii: "/") })
    else { return nil }
    return findExecutable(name, searchPath: path)
  }
}
