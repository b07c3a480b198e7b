import Jobs
import Manager
import Web

/// The options that say of jobs what their JSON properties say too: those of `wr add`, and of
/// `wr mod` as far as they can be changed (cli.md §2, §7).
enum JobOptions {
  /// Options whose name is that of a property, and whose value is written as in a URL.
  static let plain: [Option] = [
    Option(
      name: "limit_grps", short: "l", value: "NAME,…",
      help: "limit groups; NAME:N also sets how many of NAME may run at once"),
    Option(
      name: "dep_grps", short: "e", value: "NAME,…", help: "groups that others can depend on"),
    Option(name: "deps", short: "d", value: "NAME,…", help: "dependency groups to wait for"),
    Option(name: "cwd", short: "c", value: "DIR", help: "base of the working directory"),
    Option(name: "cwd_matters", help: "run in the directory of --cwd itself"),
    Option(name: "change_home", help: "HOME is the unique working directory"),
    Option(
      name: "req_grp", short: "g", value: "NAME",
      help: "group of commands with like needs; the command's name if not given"),
    Option(
      name: "memory", short: "m", value: "SIZE", help: "peak memory expected, as 500M; 1G"),
    Option(name: "time", short: "t", value: "TIME", help: "run time expected, as 1h30m; 1h"),
    Option(name: "cpus", value: "N", help: "cores needed; 1; fractions and 0 are possible"),
    Option(name: "disk", value: "GB", help: "disk space needed, in gigabytes; 0"),
    Option(name: "priority", short: "p", value: "N", help: "0 to 255, higher goes first; 0"),
    Option(
      name: "retries", short: "r", value: "N", help: "how often to try again after failure; 3"),
    Option(
      name: "no_retry_over_walltime", short: "n", value: "TIME",
      help: "bury at once what failed after running longer"),
    Option(name: "env", value: "K=V,…", help: "variables put over the environment"),
    Option(name: "on_failure", value: "JSON", help: "behaviours after failure"),
    Option(name: "on_success", value: "JSON", help: "behaviours after success"),
    Option(
      name: "on_exit", value: "JSON", help: #"behaviours after either; [{"cleanup":true}]"#),
    Option(
      name: "monitor_docker", value: "NAME", help: "measure this container too; ? for the first"),
    Option(name: "with_docker", value: "IMAGE", help: "run in a docker container"),
    Option(name: "with_singularity", value: "IMAGE", help: "run in a singularity container"),
    Option(
      name: "container_mounts", value: "OUT[:IN],…", help: "directories shown in the container"),
    Option(name: "modules", value: "NAME,…", help: "environment modules to load"),
    Option(name: "group", value: "NAME", help: "unix group to run as"),
    Option(name: "queue", value: "NAME", help: "the scheduler's queue"),
    Option(
      name: "queues_avoid", value: "NAME,…", help: "parts of the names of queues to keep out of"),
    Option(name: "misc", value: "TEXT", help: "more arguments for the scheduler"),
    Option(name: "cloud_os", value: "NAME", help: "operating system of cloud servers"),
    Option(name: "cloud_username", value: "NAME", help: "user of cloud servers"),
    Option(name: "cloud_ram", value: "MB", help: "memory that the system of a server needs"),
    Option(name: "cloud_flavor", value: "NAME", help: "flavor of cloud servers"),
    Option(name: "cloud_script", value: "FILE", help: "script that a server starts with"),
    Option(name: "cloud_config_files", value: "FILE,…", help: "files that servers get"),
    Option(name: "cloud_shared", help: "servers share the manager's disk"),
    Option(
      name: "reserve_timeout", value: "SECONDS", help: "how long a runner waits for work"),
  ]

  static let override = Option(
    name: "override", short: "o", value: "0|1|2",
    help: "needs asked for win over learned ones: no, higher (if larger), always; no")
  static let commandDependencies = Option(
    name: "cmd_deps", value: "CMD,DIR,…", help: "commands, each with its directory, to wait for")
  static let mountJSON = Option(
    name: "mount_json", short: "j", value: "JSON", help: "remote file systems, in full")
  static let mounts = Option(
    name: "mounts", value: "SPEC,…",
    help: "remote file systems: [c|u][r|w]:[profile@]bucket[/path]")

  static let all = plain + [override, commandDependencies, mountJSON, mounts]

  /// What the given options say, as parameters of a URL.
  static func parameters(
    _ arguments: Arguments
  ) throws(UsageError) -> [(name: String, value: String)] {
    var parameters: [(name: String, value: String)] = []
    for option in plain {
      if arguments.has(option.name) { parameters.append((option.name, "true")) }
      if let value = arguments[option.name] { parameters.append((option.name, value)) }
    }
    if let value = arguments["override"] {
      parameters.append(("override", String(try overriding(value))))
    }
    if let value = arguments["cmd_deps"] {
      parameters.append(("cmd_deps", try commandDependencies(value)))
    }
    if let value = try mounting(arguments) { parameters.append(("mounts", value)) }
    if arguments["with_docker"]?.isEmpty == false, arguments["with_singularity"]?.isEmpty == false {
      throw UsageError("--with_docker and --with_singularity are mutually exclusive")
    }
    return parameters
  }

  /// Of the options, those that tell one job from another of the same command line.
  static func identity(
    _ arguments: Arguments
  ) throws(UsageError) -> [(name: String, value: String)] {
    var parameters: [(name: String, value: String)] = []
    if let cwd = arguments["cwd"] { parameters = [("cwd", cwd), ("cwd_matters", "true")] }
    if let mounts = try mounting(arguments) { parameters.append(("mounts", mounts)) }
    return parameters
  }

  // MARK: Values with a form of their own

  static func overriding(_ text: String) throws(UsageError) -> Int {
    switch text {
    case "0", "no", "n": return 0
    case "1", "higher", "h": return 1
    case "2", "always", "a": return 2
    default: throw UsageError("--override takes 0 (no), 1 (higher) or 2 (always), not \"\(text)\"")
    }
  }

  static func commandDependencies(_ text: String) throws(UsageError) -> String {
    if text.isEmpty { return "[]" }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard parts.count.isMultiple(of: 2) else {
      throw UsageError("--cmd_deps takes pairs of a command and its directory, not \"\(text)\"")
    }
    var json = JSONWriter()
    json.beginArray()
    for start in stride(from: 0, to: parts.count, by: 2) {
      json.beginObject()
      json.member("cmd", parts[start])
      json.member("cwd", parts[start + 1])
      json.endObject()
    }
    json.endArray()
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }

  private static func mounting(_ arguments: Arguments) throws(UsageError) -> String? {
    if let text = arguments["mounts"] {
      guard arguments["mount_json"] == nil else {
        throw UsageError("--mounts and --mount_json are mutually exclusive")
      }
      return try mounts(text)
    }
    return arguments["mount_json"]
  }

  /// `[c|u][r|w]:[profile@]bucket[/path],…` as one mount of all of them.
  static func mounts(_ text: String) throws(UsageError) -> String {
    if text.isEmpty { return "[]" }
    var targets: [Mount.Target] = []
    for spec in text.split(separator: ",") {
      let parts = spec.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, ["cr", "cw", "ur", "uw"].contains(parts[0]), !parts[1].isEmpty else {
        throw UsageError(
          "--mounts takes [c|u][r|w]:[profile@]bucket[/path], with commas between several, not"
            + " \"\(spec)\"")
      }
      let place = parts[1].split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      targets.append(
        Mount.Target(
          profile: place.count == 2 ? String(place[0]) : "", path: String(place[place.count - 1]),
          cache: parts[0].hasPrefix("c"), write: parts[0].hasSuffix("w")))
    }
    var json = JSONWriter()
    json.beginArray()
    Mount(targets: targets).encode(into: &json)
    json.endArray()
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }
}
