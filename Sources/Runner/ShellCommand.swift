import Jobs

/// What is given to the shell for a job (behaviour.md §6.2).
struct ShellCommand: Hashable, Sendable {
  /// The program, looked up in the job's `PATH` unless it holds a slash, and its arguments.
  var arguments: [String]
  /// Given on stdin; nil for `/dev/null`.
  var input: String?

  /// The command of a job.
  /// - Parameter container: in which it is to run; nil for none.
  init(of spec: JobSpec, shell: String, container: ContainerCommand? = nil) {
    var text = container?.text(of: spec) ?? spec.cmd
    if !spec.modules.isEmpty {
      let names = spec.modules.map(ShellWord.quoted).joined(separator: " ")
      // Without modules on this machine the command must not run; its end says what was not found.
      text = "module load --force \(names); test $? != 127 || exit 127; \(text)"
    }
    text = Self.withPipefail(text)
    if spec.unixGroup.isEmpty {
      arguments = [shell, "-c", text]
    } else {
      arguments = ["newgrp", spec.unixGroup]
      input = text + "\n"
    }
  }

  /// The command of a `run` behaviour: always bash (behaviour.md §7.2).
  init(behaviour text: String) {
    arguments = ["/bin/bash", "-c", Self.withPipefail(text)]
  }

  /// A command that has a pipe fails if any part of it does.
  private static func withPipefail(_ text: String) -> String {
    let bytes = Array(text.utf8)
    let pipe = Array(" | ".utf8)
    let hasPipe = bytes.indices.contains { bytes[$0...].starts(with: pipe) }
    return hasPipe ? "set -o pipefail; \(text)" : text
  }
}
