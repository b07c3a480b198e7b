/// A remote file system that a job wants mounted (the JSON of `wr mount --mount_json`).
///
/// Accepted, stored and shown; a job with mounts cannot run on a machine that cannot mount.
public struct Mount: Hashable, Sendable {
  /// One remote place, of several that appear merged at the mount point.
  public struct Target: Hashable, Sendable {
    public var profile: String
    public var path: String
    public var cache: Bool
    public var cacheDirectory: String
    public var write: Bool

    public init(
      profile: String = "", path: String, cache: Bool = false, cacheDirectory: String = "",
      write: Bool = false
    ) {
      self.profile = profile
      self.path = path
      self.cache = cache
      self.cacheDirectory = cacheDirectory
      self.write = write
    }
  }

  /// The local mount point; empty means `mnt` in the working directory.
  public var mount: String
  public var cacheBase: String
  public var retries: Int
  public var verbose: Bool
  public var targets: [Target]

  public init(
    mount: String = "", cacheBase: String = "", retries: Int = 0, verbose: Bool = false,
    targets: [Target]
  ) {
    self.mount = mount
    self.cacheBase = cacheBase
    self.retries = retries
    self.verbose = verbose
    self.targets = targets
  }
}
