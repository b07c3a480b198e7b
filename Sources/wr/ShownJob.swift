import Jobs

/// A job as the manager shows it: one object of `GET /rest/v1/jobs/`.
struct ShownJob: Hashable {
  var key = ""
  var repGroup = ""
  var depGroups: [String] = []
  var dependencies: [String] = []
  var cmd = ""
  var state = ""
  var cwd = ""
  var cwdBase = ""
  var homeChanged = false
  var behaviours = ""
  var mounts = ""
  var monitorDocker = ""
  var withDocker = ""
  var withSingularity = ""
  var containerMounts = ""
  /// Megabytes.
  var expectedRAM = 0
  /// Seconds.
  var expectedTime = 0.0
  /// Gigabytes.
  var requestedDisk = 0
  var otherRequests: [String] = []
  var cores = 0.0
  /// Megabytes.
  var peakRAM = 0
  /// Megabytes.
  var peakDisk = 0
  var exited = false
  var exitCode = 0
  var failReason = ""
  var pid = 0
  var host = ""
  var hostID = ""
  var hostIP = ""
  /// Seconds.
  var walltime = 0.0
  /// Seconds.
  var cpuTime = 0.0
  /// Seconds since the epoch; nil if it has not started.
  var started: Int64?
  var ended: Int64?
  var stdout = ""
  var stderr = ""
  var environment: [String] = []
  var attempts = 0
  var similar = 0
  var limitGroups: [String] = []
  var modules: [String] = []
  var reqGroup = ""
  var priority = 0
  var waiting: [String] = []
  /// Counts the jobs of a manager in the order of their adding.
  var number = 0
  /// Seconds since the epoch.
  var added: Int64 = 0
  /// The whole object as it came.
  var json: [UInt8] = []

  private enum Member: String, CaseIterable {
    case key = "Key"
    case repGroup = "RepGroup"
    case depGroups = "DepGroups"
    case dependencies = "Dependencies"
    case cmd = "Cmd"
    case state = "State"
    case cwd = "Cwd"
    case cwdBase = "CwdBase"
    case homeChanged = "HomeChanged"
    case behaviours = "Behaviours"
    case mounts = "Mounts"
    case monitorDocker = "MonitorDocker"
    case withDocker = "WithDocker"
    case withSingularity = "WithSingularity"
    case containerMounts = "ContainerMounts"
    case expectedRAM = "ExpectedRAM"
    case expectedTime = "ExpectedTime"
    case requestedDisk = "RequestedDisk"
    case otherRequests = "OtherRequests"
    case cores = "Cores"
    case peakRAM = "PeakRAM"
    case peakDisk = "PeakDisk"
    case exited = "Exited"
    case exitCode = "Exitcode"
    case failReason = "FailReason"
    case pid = "Pid"
    case host = "Host"
    case hostID = "HostID"
    case hostIP = "HostIP"
    case walltime = "Walltime"
    case cpuTime = "CPUtime"
    case started = "Started"
    case ended = "Ended"
    case stdout = "StdOut"
    case stderr = "StdErr"
    case environment = "Env"
    case attempts = "Attempts"
    case similar = "Similar"
    case limitGroups = "LimitGroups"
    case modules = "Modules"
    case reqGroup = "ReqGroup"
    case priority = "Priority"
    case waiting = "Waiting"
    case number = "Number"
    case added = "Added"
  }
  private static let members = JSONNames<Member>()

  init() {}

  /// Reads an array of jobs.
  static func list(_ bytes: [UInt8]) throws(JSONError) -> [ShownJob] {
    var reader = JSONReader(bytes)
    return try reader.array { reader throws(JSONError) in
      _ = try reader.kind()
      let start = reader.offset
      var job = try ShownJob(&reader)
      job.json = Array(bytes[start..<reader.offset])
      return job
    }
  }

  private init(_ reader: inout JSONReader) throws(JSONError) {
    try reader.beginObject()
    while let member = try reader.nextMember(of: Self.members) {
      if try reader.null() { continue }
      switch member {
      case .key: key = try reader.string()
      case .repGroup: repGroup = try reader.string()
      case .depGroups: depGroups = try reader.strings()
      case .dependencies: dependencies = try reader.strings()
      case .cmd: cmd = try reader.string()
      case .state: state = try reader.string()
      case .cwd: cwd = try reader.string()
      case .cwdBase: cwdBase = try reader.string()
      case .homeChanged: homeChanged = try reader.bool()
      case .behaviours: behaviours = try reader.string()
      case .mounts: mounts = try reader.string()
      case .monitorDocker: monitorDocker = try reader.string()
      case .withDocker: withDocker = try reader.string()
      case .withSingularity: withSingularity = try reader.string()
      case .containerMounts: containerMounts = try reader.string()
      case .expectedRAM: expectedRAM = try reader.int()
      case .expectedTime: expectedTime = try reader.double()
      case .requestedDisk: requestedDisk = try reader.int()
      case .otherRequests: otherRequests = try reader.strings()
      case .cores: cores = try reader.double()
      case .peakRAM: peakRAM = try reader.int()
      case .peakDisk: peakDisk = try reader.int()
      case .exited: exited = try reader.bool()
      case .exitCode: exitCode = try reader.int()
      case .failReason: failReason = try reader.string()
      case .pid: pid = try reader.int()
      case .host: host = try reader.string()
      case .hostID: hostID = try reader.string()
      case .hostIP: hostIP = try reader.string()
      case .walltime: walltime = try reader.double()
      case .cpuTime: cpuTime = try reader.double()
      case .started: started = try Self.time(&reader)
      case .ended: ended = try Self.time(&reader)
      case .stdout: stdout = try reader.string()
      case .stderr: stderr = try reader.string()
      case .environment: environment = try reader.strings()
      case .attempts: attempts = try reader.int()
      case .similar: similar = try reader.int()
      case .limitGroups: limitGroups = try reader.strings()
      case .modules: modules = try reader.strings()
      case .reqGroup: reqGroup = try reader.string()
      case .priority: priority = try reader.int()
      case .waiting: waiting = try reader.strings()
      case .number: number = try reader.int()
      case .added: added = Int64(try reader.int())
      }
    }
  }

  /// A time of the API; what lies before the epoch stands for none (decision 1).
  private static func time(_ reader: inout JSONReader) throws(JSONError) -> Int64? {
    let seconds = Int64(try reader.int())
    return seconds > 0 ? seconds : nil
  }

  /// What a list of very many jobs shows of one.
  struct Brief: Hashable {
    var key = ""
    var state = ""

    func isIn(_ wanted: String) -> Bool { ShownJob.isIn(wanted, state: state) }
  }

  func isIn(_ wanted: String) -> Bool { Self.isIn(wanted, state: state) }

  /// Whether a job is in a state as a GET means it: reserved and running are one, and `deletable`
  /// is all that waits.
  static func isIn(_ wanted: String, state: String) -> Bool {
    switch wanted {
    case "running", "reserved": state == "running" || state == "reserved"
    case "deletable": ["dependent", "ready", "delayed", "buried", "suspended"].contains(state)
    default: state == wanted
    }
  }

  /// At most `limit` jobs of each class of state, exit code and problem; the last shown of a class
  /// tells how many are not. As the manager does it for one request (behaviour.md §11.3 item 5).
  static func grouped(_ jobs: [ShownJob], limit: Int) -> [ShownJob] {
    if limit <= 0 { return jobs }
    struct Class: Hashable {
      var state: String
      var exitCode: Int
      var reason: String
    }
    var shown: [ShownJob] = []
    var members: [Class: (count: Int, last: Int)] = [:]
    for job in jobs {
      let kind = Class(
        state: job.state == "running" ? "reserved" : job.state, exitCode: job.exitCode,
        reason: job.failReason)
      let member = members[kind, default: (0, 0)]
      if member.count < limit {
        members[kind] = (member.count + 1, shown.count)
        shown.append(job)
      } else {
        shown[member.last].similar += 1 + job.similar
      }
    }
    return shown
  }
}
