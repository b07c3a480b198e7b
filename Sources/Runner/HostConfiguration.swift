import Glibc
import Jobs
import Platform

/// What a runner host is told at its start.
public struct HostConfiguration: Sendable {
  /// For the host's lock, journal and unreported results: of one manager and one machine.
  public var stateDirectory: String
  /// Holds `ip:port` of the manager that runs now; read again on every connect.
  public var addressFile: String
  /// Where the manager is while the address file cannot be read.
  public var managerHost: String
  public var managerPort: UInt16
  public var tokenFile: String
  /// The certificate authority that is trusted, and only that.
  public var authorityFile: String
  /// What the manager's certificate must be for.
  public var certificateDomain: String
  /// Runs commands as `<shell> -c <text>`; looked up in the job's `PATH` unless it holds a slash.
  public var shell = "bash"
  /// What may be used of the machine.
  public var cores = Machine.cores
  public var memory = Machine.memory
  public var host = Machine.hostName
  public var hostID = ""
  public var hostIP = "127.0.0.1"
  /// The base of each job's environment (decision 36).
  public var environment = ownEnvironment()
  /// Appended to each job's `PATH` if it is not in it; nil for nothing.
  public var executableDirectory: String?
  /// How long to wait for a manager with nothing to run and nothing to report.
  public var idleLimit = Duration.seconds(600)
  /// How long to wait for a manager with results to report; they are kept on disk after that.
  public var resultLimit = Duration.seconds(24 * 3600)

  public init(
    stateDirectory: String, addressFile: String, managerHost: String, managerPort: UInt16,
    tokenFile: String, authorityFile: String, certificateDomain: String
  ) {
    self.stateDirectory = stateDirectory
    self.addressFile = addressFile
    self.managerHost = managerHost
    self.managerPort = managerPort
    self.tokenFile = tokenFile
    self.authorityFile = authorityFile
    self.certificateDomain = certificateDomain
  }

  /// What every job's environment gets, so that what it adds goes to the same manager.
  var additions: [String] {
    [
      "WR_MANAGERHOST=\(managerHost)", "WR_MANAGERPORT=\(managerPort)",
      "WR_MANAGERCERTDOMAIN=\(certificateDomain)",
    ]
  }
}

/// What this machine has.
public enum Machine {
  /// The processors this process may run on; never 0.
  public static var cores: Int {
    var set = cpu_set_t()
    guard sched_getaffinity(0, MemoryLayout<cpu_set_t>.size, &set) == 0 else {
      return max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
    }
    return withUnsafeBytes(of: set) { bytes in max(1, bytes.reduce(0) { $0 + $1.nonzeroBitCount }) }
  }

  /// All memory, as the kernel counts it; 0 if it does not say.
  public static var memory: Megabytes {
    let text = (try? readFile("/proc/meminfo")) ?? []
    return Megabytes((text.withUnsafeBytes { ProcParser.totalKilobytes($0) } ?? 0) / 1024)
  }

  public static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "localhost" }
    return name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
  }
}
