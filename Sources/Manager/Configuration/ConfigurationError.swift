import Platform

/// Why there is no configuration to work with; its description is a sentence for the user.
public enum ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A line of a file is not `key: value`.
  case syntax(path: String, line: Int, problem: String)
  /// A file is there, but cannot be read.
  case unreadable(SystemError)
  /// A value makes no sense.
  case value(ConfigurationKey, Setting, allowed: String)
  /// The user's number is too high for the ports that follow from it.
  case ports(uid: UInt32, Deployment)

  public var description: String {
    switch self {
    case .syntax(let path, let line, let problem):
      "\(path), line \(line): \(problem); allowed are lines of the form \"key: value\""
    case .unreadable(let error):
      "the configuration cannot be read: \(error)"
    case .value(let key, let setting, let allowed):
      "\(key.rawValue) is \"\(setting.value)\" (from \(setting.source)); allowed: \(allowed)"
    case .ports(let uid, let deployment):
      "the ports that follow from the user id \(uid) would be above 65535: set managerport and"
        + " managerweb to two free ports, as \(ConfigurationKey.managerport.variable) and"
        + " \(ConfigurationKey.managerweb.variable) in the environment or in"
        + " ~/.wr_config.\(deployment.rawValue).yml"
    }
  }
}
