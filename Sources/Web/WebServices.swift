import Manager

/// What the routes need of the rest of the manager.
public struct WebServices: Sendable {
  /// Nil while what is stored is being read: everything but the version is then answered with
  /// 503 (decision 30).
  public var queue: QueueActor?
  public var token: Token
  /// As `wr version` says it.
  public var version: String
  public var deployment: Deployment
  public var managerPort: UInt16
  public var webPort: UInt16
  /// The name of the scheduler, as `/info/` shows it.
  public var scheduler: String
  /// The machine's name.
  public var hostName: String
  /// The machine's name with its domain.
  public var fullyQualifiedName: String
  /// Absolute; where uploads without a path go.
  public var uploadDirectory: String
  /// Absolute; what `~` stands for.
  public var home: String
  /// The largest upload, in bytes.
  public var uploadLimit: Int
  /// The largest body of jobs that come as lines, in bytes.
  public var linesLimit: Int
  /// The largest body of another request, in bytes; it is held in memory.
  public var bodyLimit: Int

  public init(
    queue: QueueActor?, token: Token, version: String, deployment: Deployment,
    managerPort: UInt16, webPort: UInt16, scheduler: String, hostName: String,
    fullyQualifiedName: String, uploadDirectory: String, home: String,
    uploadLimit: Int = 4 << 30, linesLimit: Int = 16 << 30, bodyLimit: Int = 256 << 20
  ) {
    self.queue = queue
    self.token = token
    self.version = version
    self.deployment = deployment
    self.managerPort = managerPort
    self.webPort = webPort
    self.scheduler = scheduler
    self.hostName = hostName
    self.fullyQualifiedName = fullyQualifiedName
    self.uploadDirectory = uploadDirectory
    self.home = home
    self.uploadLimit = uploadLimit
    self.linesLimit = linesLimit
    self.bodyLimit = bodyLimit
  }
}
