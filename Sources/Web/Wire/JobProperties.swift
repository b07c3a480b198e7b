import Jobs

/// What a client said of one job, or in a URL of all: as said, neither completed nor judged.
///
/// What was not given is empty, false or nil; JSON's `null` counts as not given (decision 27).
struct JobProperties {
  var cmd = ""
  var cwd = ""
  var cwdMatters = false
  var changeHome = false
  var repGroup = ""
  var reqGroup = ""
  var unixGroup = ""
  var memory = ""
  var time = ""
  var cpus: Double?
  var disk: Int?
  var override: Int?
  var priority: Int?
  var retries: Int?
  var noRetryOverWalltime = ""
  var rerun = false
  /// As written, limits included.
  var limitGroups: [String] = []
  var modules: [String] = []
  var depGroups: [String] = []
  var dependencies: [String] = []
  var commandDependencies: [Dependency] = []
  var onFailure: [Behaviour.Action] = []
  var onSuccess: [Behaviour.Action] = []
  var onExit: [Behaviour.Action] = []
  var mounts: [Mount] = []
  var environment: [String] = []
  /// Of a stored environment.
  var environmentKey = ""
  var keepsOutput = false
  var monitorDocker = ""
  var withDocker = ""
  var withSingularity = ""
  var containerMounts = ""
  var bsubMode = ""
  var cloudOS = ""
  var cloudUsername = ""
  var cloudFlavor = ""
  /// A path.
  var cloudScript = ""
  var cloudConfigFiles = ""
  var cloudRAM: Int?
  var cloudShared = false
  var queue = ""
  var queuesAvoid = ""
  var misc = ""
  var reserveTimeout: Int?

  /// Reads the value of one property.
  mutating func read(_ property: JobProperty, from reader: inout JSONReader) throws(JSONError) {
    if try reader.null() { return }
    switch property {
    case .cmd: cmd = try Self.text(&reader)
    case .cwd: cwd = try Self.text(&reader)
    case .cwdMatters: cwdMatters = try reader.bool()
    case .changeHome: changeHome = try reader.bool()
    case .repGroup: repGroup = try Self.text(&reader)
    case .reqGroup: reqGroup = try Self.text(&reader)
    case .unixGroup: unixGroup = try Self.text(&reader)
    case .memory: memory = try Self.text(&reader)
    case .time: time = try Self.text(&reader)
    case .cpus: cpus = try reader.double()
    case .disk: disk = try reader.int()
    case .override: override = try reader.int()
    case .priority: priority = try reader.int()
    case .retries: retries = try reader.int()
    case .noRetryOverWalltime: noRetryOverWalltime = try Self.text(&reader)
    case .rerun: rerun = try reader.bool()
    case .limitGroups: limitGroups = try Self.names(&reader)
    case .modules: modules = try Self.names(&reader)
    case .depGroups: depGroups = try Self.names(&reader)
    case .dependencies: dependencies = try Self.names(&reader)
    case .commandDependencies:
      commandDependencies = try reader.array { reader throws(JSONError) in
        try Dependency(shown: &reader)
      }
    case .onFailure: onFailure = try Self.actions(&reader)
    case .onSuccess: onSuccess = try Self.actions(&reader)
    case .onExit: onExit = try Self.actions(&reader)
    case .mounts: mounts = try Self.mounts(&reader)
    case .environment: environment = try Self.environment(&reader)
    case .environmentKey: environmentKey = try Self.text(&reader)
    case .keepsOutput: keepsOutput = try reader.bool()
    case .monitorDocker: monitorDocker = try Self.text(&reader)
    case .withDocker: withDocker = try Self.text(&reader)
    case .withSingularity: withSingularity = try Self.text(&reader)
    case .containerMounts: containerMounts = try Self.text(&reader)
    case .bsubMode: bsubMode = try Self.text(&reader)
    case .cloudOS: cloudOS = try Self.text(&reader)
    case .cloudUsername: cloudUsername = try Self.text(&reader)
    case .cloudFlavor: cloudFlavor = try Self.text(&reader)
    case .cloudScript: cloudScript = try Self.text(&reader)
    case .cloudConfigFiles: cloudConfigFiles = try Self.text(&reader)
    case .cloudRAM: cloudRAM = try reader.int()
    case .cloudShared: cloudShared = try reader.bool()
    case .queue: queue = try Self.text(&reader)
    case .queuesAvoid: queuesAvoid = try Self.text(&reader)
    case .misc: misc = try Self.text(&reader)
    case .reserveTimeout: reserveTimeout = try reader.int()
    }
  }

  /// A string that can be an argument, a path or a variable: none of them can hold a NUL.
  private static func text(_ reader: inout JSONReader) throws(JSONError) -> String {
    let start = reader.offset
    let text = try reader.string()
    try refuseNUL(in: [text], at: start)
    return text
  }

  private static func refuseNUL(in texts: [String], at offset: Int) throws(JSONError) {
    guard !texts.contains(where: { $0.utf8.contains(0) }) else {
      throw JSONError(
        message: "a text with a NUL character, which no process can get", offset: offset)
    }
  }

  /// Texts of which null and the empty ones mean nothing (decision 27).
  private static func names(_ reader: inout JSONReader) throws(JSONError) -> [String] {
    try reader.array { reader throws(JSONError) in
      try reader.null() ? "" : try text(&reader)
    }.filter { !$0.isEmpty }
  }

  static func environment(_ reader: inout JSONReader) throws(JSONError) -> [String] {
    try reader.array { reader throws(JSONError) in
      let start = reader.offset
      let entry = try text(&reader)
      guard let mark = entry.utf8.firstIndex(of: UInt8(ascii: "=")), mark > entry.startIndex else {
        throw JSONError(
          message: "an entry (\(entry)) that is not of the form NAME=value", offset: start)
      }
      return entry
    }
  }

  private static func actions(_ reader: inout JSONReader) throws(JSONError) -> [Behaviour.Action] {
    try reader.array { reader throws(JSONError) in
      let start = reader.offset
      let action = try Behaviour.Action(shown: &reader)
      if case .run(let command) = action { try refuseNUL(in: [command], at: start) }
      return action
    }
  }

  private static func mounts(_ reader: inout JSONReader) throws(JSONError) -> [Mount] {
    try reader.array { reader throws(JSONError) in
      let start = reader.offset
      let mount = try Mount(from: &reader)
      let texts = mount.targets.flatMap { [$0.profile, $0.path, $0.cacheDirectory] }
      try refuseNUL(in: [mount.mount, mount.cacheBase] + texts, at: start)
      guard !mount.targets.isEmpty, mount.targets.allSatisfy({ !$0.path.isEmpty }) else {
        throw JSONError(
          message: "a mount without Targets that each have a Path", offset: start)
      }
      return mount
    }
  }
}
