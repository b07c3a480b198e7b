/// What a job is expected to need of a machine.
///
/// A job keeps two: what was asked for (`JobSpec.requirements`) and what is currently believed
/// (`Job.requirements`), which learning and failures change.
public struct Requirements: Hashable, Sendable {
  public var memory: Megabytes
  public var time: Duration
  public var cores: Cores
  /// Disk space in whole gigabytes.
  public var diskGigabytes: Int
  /// Whether the disk space was asked for, if only for 0.
  public var diskIsSet: Bool
  /// Further wishes, by the names of behaviour.md §4.2 (`cloud_os`, `scheduler_queue`, …).
  public var other: [String: String]

  public init(
    memory: Megabytes = 1024, time: Duration = .seconds(3600), cores: Cores = 0,
    diskGigabytes: Int = 0, diskIsSet: Bool = false, other: [String: String] = [:]
  ) {
    self.memory = memory
    self.time = time
    self.cores = cores
    self.diskGigabytes = diskGigabytes
    self.diskIsSet = diskIsSet
    self.other = other
  }
}
