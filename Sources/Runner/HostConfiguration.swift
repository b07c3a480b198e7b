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
  /// What may be used of the machine; a memory of 0 is not known.
  public var cores = MachineFacts.processorCount
  public var memory = Megabytes((try? MachineFacts.memoryMegabytes) ?? 0)
  public var host = MachineFacts.hostName
  public var hostID = ""
  public var hostIP = MachineFacts.address
  /// The base of each job's environment (decision 36).
  public var environment = ownEnvironment()
  /// Appended to each job's `PATH` if it is not in it; nil for nothing.
  public var executableDirectory: String?
  /// The directory of the control group (v2) below which each attempt gets one of its own; nil to
  /// look for it, if `ownsProcess`, or else for none.
  public var cgroupRoot: String?
  /// A job's control group may use this many times the memory that the job is believed to need,
  /// then the kernel ends it; nil for no limit.
  public var memoryFactor: Double?
  /// This process is a runner host and nothing else, so it adopts all orphans and reaps them.
  public var ownsProcess = true
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
