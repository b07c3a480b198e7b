import Jobs

/// How a job's command is run in a container (behaviour.md §6.2, 1): the engine's shell reads it
/// from a file.
struct ContainerCommand: Hashable, Sendable {
  /// Holds the command.
  var file: String
  /// Names the container, so that it can be watched and ended.
  var key: JobKey

  /// Whether a job asks for a container of ours.
  static func isWanted(_ spec: JobSpec) -> Bool {
    !spec.withDocker.isEmpty || !spec.withSingularity.isEmpty
  }

  /// The command line in the language of the shell; docker wins if both are asked for.
  func text(of spec: JobSpec) -> String {
    let mounts = Self.mounts(spec.containerMounts)
    var words = ["cat", ShellWord.quoted(file), "|"]
    if spec.withDocker.isEmpty {
      words += ["singularity", "shell"]
      for mount in mounts {
        words += ["-B", ShellWord.quoted("\(mount.outside):\(mount.inside)")]
      }
      words.append(ShellWord.quoted(spec.withSingularity))
    } else {
      // The shell fills in where it was started.
      words += ["docker", "run", "--rm", "--name", "\(key)", "-w", "\"$PWD\""]
      words += ["--mount", "\"type=bind,source=$PWD,target=$PWD\""]
      for mount in mounts {
        words += [
          "--mount",
          ShellWord.quoted("type=bind,source=\(mount.outside),target=\(mount.inside)"),
        ]
      }
      for name in Self.names(spec.environment) { words += ["-e", ShellWord.quoted(name)] }
      words += ["-i", ShellWord.quoted(spec.withDocker), "/bin/sh"]
    }
    return words.joined(separator: " ")
  }

  /// Reads `/out[:/in],…`; what names no directory inside has the same as outside.
  static func mounts(_ text: String) -> [(outside: Substring, inside: Substring)] {
    text.split(separator: ",").map { mount in
      let parts = mount.split(separator: ":", maxSplits: 1)
      return (parts.first ?? mount, parts.last ?? mount)
    }
  }

  /// The variables that a job sets, each once: their values come from the environment.
  private static func names(_ environment: [String]) -> [String] {
    var seen: Set<String> = []
    return environment.compactMap { entry in
      guard let end = entry.firstIndex(of: "="), end > entry.startIndex else { return nil }
      let name = String(entry[..<end])
      return seen.insert(name).inserted ? name : nil
    }
  }
}
