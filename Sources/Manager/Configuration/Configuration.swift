/// Which of the two independent managers of a user is meant.
public enum Deployment: String, Sendable, Hashable, CaseIterable { case production, development }

/// The effective settings (behaviour.md §15), as `resolve` finds them.
public struct Configuration: Sendable, Hashable {
  public var deployment: Deployment
  /// Port for the command line and runner hosts.
  public var managerPort: UInt16
  /// Port for REST clients and the web page.
  public var webPort: UInt16
  public var managerHost: String
  /// Absolute, ends with `_<deployment>`.
  public var directory: String
  public var pidFile: String
  public var logFile: String
  public var databaseFile: String
  public var backupFile: String
  public var tokenFile: String
  public var addressFile: String
  public var lockFile: String
  public var uploadDirectory: String
  /// Read as octal.
  public var umask: UInt32
  public var scheduler: String
  public var authorityFile: String
  public var certificateFile: String
  public var keyFile: String
  public var authorityKeyFile: String
  public var certificateDomain: String
  public var shell: String
  /// Where each job has a cgroup of its own, how many times its expected memory it may use there
  /// before the kernel ends it; nil for no limit.
  public var memoryFactor: Double?
  /// Addresses to listen on; 127.0.0.1 and ::1 by default (decision 34).
  public var listenAddresses: [String]
  /// nil for all of the machine's.
  public var maxCores: Int?
  public var maxMemoryMegabytes: Int?
  /// Each setting as it was given, those too that have no effect here, and where it comes from.
  public var settings: [ConfigurationKey: Setting]
}

/// A setting as text, and where it comes from.
public struct Setting: Sendable, Hashable {
  public enum Source: Sendable, Hashable, CustomStringConvertible {
    case standard
    /// The path of a file.
    case file(String)
    /// The name of an environment variable.
    case environment(String)
    case commandLine

    public var description: String {
      switch self {
      case .standard: "default"
      case .file(let path): path
      case .environment(let name): "the environment variable \(name)"
      case .commandLine: "the command line"
      }
    }
  }

  public var value: String
  public var source: Source

  public init(_ value: String, from source: Source) {
    self.value = value
    self.source = source
  }
}
