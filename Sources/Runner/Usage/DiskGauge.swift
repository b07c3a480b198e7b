import Glibc
import Jobs
import Platform

/// Measures the directories of one attempt while it runs, on a queue of its own: a hung file
/// system holds up nothing but this.
actor DiskGauge {
  private let executor = SerialQueueExecutor(label: "wr.disk")
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// One measurement.
  struct Reading: Sendable {
    /// The volume has too little space left for the job to go on.
    var isFull: Bool
    /// The most the job was seen to keep in its directories.
    var peak: Megabytes
  }

  private let directory: String
  private let workspace: Workspace?
  private var space = FreeSpace()
  private var peak: Megabytes = 0
  /// When the files are counted again.
  private var nextCount = Instant.now

  /// - Parameters:
  ///   - directory: where the job runs.
  ///   - workspace: what is counted; nil for nothing.
  init(directory: String, workspace: Workspace?) {
    self.directory = directory
    self.workspace = workspace
  }

  /// Looks at the free space, and counts the job's files unless that took long lately: at most
  /// about two hundredths of the time.
  func measure() -> Reading {
    let start = Instant.now
    if let workspace, start >= nextCount {
      peak = max(peak, workspace.usage(until: start + .seconds(2)))
      nextCount = start + (Instant.now - start) * 50
    }
    // Opened each time: a job's own directory must not be kept from being unmounted.
    var free: UInt64?
    if let open = try? Directory(named: directory) { free = FreeSpace.bytes(at: open) }
    return Reading(isFull: space.isFull(free), peak: peak)
  }
}
