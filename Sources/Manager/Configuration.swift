import Platform

/// Which of the two independent managers of a user is meant.
public enum Deployment: String, Sendable, Hashable, CaseIterable { case production, development }

/// The effective settings (behaviour.md §15).
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
  /// Addresses to listen on; 127.0.0.1 and ::1 by default (decision 34).
  public var listenAddresses: [String]
  /// nil for all of the machine's.
  public var maxCores: Int?
  public var maxMemoryMegabytes: Int?
}
