import Glibc
import Jobs
import Platform

/// The control group of one attempt: whatever its command starts is in it, wherever it goes.
///
/// The files are those of the kernel's cgroup-v2.rst. All calls block, if not for long.
struct AttemptCgroup: Hashable, Sendable {
  let path: String

  init(path: String) { self.path = path }

  /// Names the group of an attempt. Several managers may use one machine, so the incarnation of
  /// the host belongs to the name.
  init(of mark: AttemptMark, below root: String) {
    self.init(path: "\(root)/wr-\(mark.attempt)-\(mark.incarnation)")
  }

  /// Makes the group.
  /// - Parameter limit: beyond which the kernel ends all of it; nil for none.
  func make(limit: Megabytes?) throws(SystemError) {
    guard mkdir(path, 0o755) == 0 else { throw SystemError(operation: "make cgroup \(path)") }
    guard let limit else { return }
    do throws(SystemError) {
      try CgroupFile.write("\(limit.count << 20)", to: "\(path)/memory.max")
      // A command that has lost one of its processes has failed, whatever it makes of that.
      try CgroupFile.write("1", to: "\(path)/memory.oom.group")
    } catch {
      rmdir(path)
      throw error
    }
  }

  /// Opens what a process writes `0` to, to enter.
  func openEntrance() throws(SystemError) -> Descriptor {
    try openFile("\(path)/cgroup.procs", O_WRONLY)
  }

  /// Who is in the group; dead ones are not.
  var processes: [Int32] {
    guard let bytes = try? readFile("\(path)/cgroup.procs") else { return [] }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Int32($0) }
  }

  /// Ends all that is in the group, and what is being started in it, at once (SIGKILL).
  /// - Returns: false if the kernel cannot: before Linux 5.14.
  @discardableResult
  func kill() -> Bool {
    (try? CgroupFile.write("1", to: "\(path)/cgroup.kill")) != nil
  }

  /// What the kernel counts.
  func read() -> CgroupReading {
    let stat = CgroupFile.table("\(path)/memory.stat")
    return CgroupReading(
      peak: CgroupFile.number("\(path)/memory.peak"),
      current: CgroupFile.number("\(path)/memory.current"),
      cache: max(
        0,
        (stat["file"] ?? 0) - (stat["shmem"] ?? 0) - (stat["file_mapped"] ?? 0)),
      killed: CgroupFile.table("\(path)/memory.events")["oom_kill"] ?? 0,
      cpuTime: CgroupFile.table("\(path)/cpu.stat")["usage_usec"].map { .microseconds($0) })
  }

  /// Removes the group, which nothing must be alive in; one that is not there is no error.
  func remove() throws(SystemError) {
    let deadline = Instant.now + .seconds(1)
    while rmdir(path) != 0, errno != ENOENT {
      let error = SystemError(operation: "remove cgroup \(path)")
      // Whatever ended a moment ago may still be on its way out.
      guard error.code == EBUSY, Instant.now < deadline, waitForChange() else { throw error }
    }
  }

  /// Waits a little for the group to become empty.
  private func waitForChange() -> Bool {
    guard let events = try? openFile("\(path)/cgroup.events", O_RDONLY) else { return false }
    var waiting = pollfd(fd: events.number, events: Int16(POLLPRI), revents: 0)
    return poll(&waiting, 1, 20) >= 0
  }
}
