/// Why a job's last run failed, in the words clients know (behaviour.md §6.9).
public struct FailReason: Hashable, Sendable, CustomStringConvertible {
  public let text: String

  public init(_ text: String) { self.text = text }

  public var description: String { text }

  public static let permission = Self("command permission problem")
  public static let commandNotFound = Self("command not found")
  public static let invalidExitCode = Self("command invalid exit code")
  public static let memory = Self("command used too much RAM")
  public static let disk = Self("ran out of disk space")
  public static let time = Self("command used too much time")
  public static let signal = Self("runner received a signal to stop")
  public static let killed = Self("killed by user request")
  public static let exit = Self("command exited non-zero")
  public static let abnormal = Self("command failed to complete normally")
  public static let upload = Self("failed to upload files to remote file system")
  public static let start = Self("command failed to start")
  public static let cwd = Self("working directory does not exist")
  public static let environment = Self("failed to get environment variables")
  public static let mount = Self("mounting of remote file system(s) failed")
  public static let docker = Self("could not interact with docker")
  public static let lost = Self("lost contact with runner")
  public static let requirements = Self("resource requirements cannot be met")
}
