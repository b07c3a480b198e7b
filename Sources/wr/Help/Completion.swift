/// Scripts by which shells complete the command line, made of the table of commands.
enum Completion: String, CaseIterable {
  case bash, zsh, fish

  func script(_ commands: [Command]) -> String {
    let shown = commands.filter { !$0.isInternal }
    return switch self {
    case .bash: Self.bash(shown)
    case .zsh: Self.zsh(shown)
    case .fish: Self.fish(shown)
    }
  }

  /// What may follow some words: what it is, and what is said of it.
  private struct Choices {
    var after: String
    var words: [(word: String, help: String)]
  }

  /// What may follow `wr`, each first word of two, and each command.
  private static func choices(_ commands: [Command]) -> [Choices] {
    var firsts: [(word: String, help: String)] = []
    var groups: [String: [(word: String, help: String)]] = [:]
    for command in commands {
      let first = command.words[0]
      if !firsts.contains(where: { $0.word == first }) {
        firsts.append((first, command.words.count == 1 ? command.summary : "\(first) …"))
      }
      if command.words.count > 1 {
        groups[first, default: []].append((command.words[1], command.summary))
      }
    }
    return [Choices(after: "", words: firsts)]
      + groups.sorted { $0.key < $1.key }.map { Choices(after: $0.key, words: $0.value) }
      + commands.map { command in
        Choices(
          after: command.words.joined(separator: " "),
          words: (command.options + Arguments.common).map {
            ("\(command.isSingleDashed ? "-" : "--")\($0.name)", $0.help)
          })
      }
  }

  /// Lines of a `case` that add a word to the command, as long as it leads to one.
  private static func steps(_ commands: [Command], _ indent: String) -> String {
    var seen: Set<String> = []
    return commands.flatMap { command in
      command.words.indices.compactMap { index -> String? in
        let known = command.words[..<index].joined(separator: " ")
        let pattern = "\"\(known) \(command.words[index])\""
        guard seen.insert(pattern).inserted else { return nil }
        let next = command.words[...index].joined(separator: " ")
        return "\(indent)\(pattern)) command=\"\(next)\" ;;\n"
      }
    }.joined()
  }

  // MARK: Shells

  private static func bash(_ commands: [Command]) -> String {
    let cases = choices(commands).map { choices in
      "    \"\(choices.after)\") choices=\"\(choices.words.map(\.word).joined(separator: " "))\" ;;\n"
    }
    return """
      # wr completion bash > /etc/bash_completion.d/wr
      _wr() {
        local current="${COMP_WORDS[COMP_CWORD]}" command="" choices="" word
        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
          case "$command $word" in
      \(steps(commands, "      "))    esac
        done
        case "$command" in
      \(cases.joined())  esac
        COMPREPLY=($(compgen -W "$choices" -- "$current"))
      }
      complete -o default -F _wr wr

      """
  }

  private static func zsh(_ commands: [Command]) -> String {
    func entry(_ word: String, _ help: String) -> String {
      let name = word.replacing(":", with: "\\:")
      return "'\(name):\(help.replacing("'", with: "'\\''"))'"
    }
    let cases = choices(commands).map { choices in
      let entries = choices.words.map { entry($0.word, $0.help) }.joined(separator: " ")
      return "    \"\(choices.after)\") choices=(\(entries)) ;;\n"
    }
    return """
      #compdef wr
      # wr completion zsh > a directory of $fpath, as _wr
      _wr() {
        local command="" word
        local -a choices
        for word in ${words[2,CURRENT-1]}; do
          case "$command $word" in
      \(steps(commands, "      "))    esac
        done
        case "$command" in
      \(cases.joined())  esac
        _describe 'wr' choices || _files
      }
      compdef _wr wr

      """
  }

  private static func fish(_ commands: [Command]) -> String {
    func quoted(_ text: String) -> String {
      "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
    }
    var lines = ["# wr completion fish > ~/.config/fish/completions/wr.fish"]
    for choices in choices(commands).filter({
      !$0.words.isEmpty && !$0.words[0].word.hasPrefix("-")
    }) {
      let condition =
        choices.after.isEmpty
        ? "__fish_use_subcommand" : "__fish_seen_subcommand_from \(choices.after)"
      for (word, help) in choices.words {
        lines.append("complete -c wr -n \(quoted(condition)) -a \(word) -d \(quoted(help))")
      }
    }
    for command in commands {
      let condition = command.words.map { "__fish_seen_subcommand_from \($0)" }
        .joined(separator: "; and ")
      for option in command.options + Arguments.common {
        var line = "complete -c wr -n \(quoted(condition))"
        line += " \(command.isSingleDashed ? "-o" : "-l") \(option.name)"
        if let short = option.short { line += " -s \(short)" }
        if option.value != nil { line += " -r" }
        lines.append(line + " -d \(quoted(option.help))")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Command {
  static let completion = Command(
    words: ["completion"], summary: "print a script that completes the command line",
    operands: "bash|zsh|fish",
    manual: """
      For bash:  source <(wr completion bash)
      """
  ) { arguments in
    guard arguments.positional.count == 1, let name = arguments.positional.first else {
      throw UsageError("wr completion takes one of bash, zsh, fish")
    }
    guard let shell = Completion(rawValue: name) else {
      throw UsageError.unknown("shell \(name)", among: Completion.allCases.map(\.rawValue))
    }
    emit(shell.script(Command.all))
    return 0
  }
}
