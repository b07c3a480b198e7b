import Glibc
import Jobs
import Platform
import Support

@testable import Manager

/// A store in a directory of its own, and jobs to put into it.
struct StoreBench: Sendable {
  let directory = TemporaryDirectory()
  var path: String { directory.file("db") }
  var backupPath: String { directory.file("db_bk") }

  func store(backup: Bool = true) -> StoreActor {
    StoreActor(path: path, backupPath: backup ? backupPath : nil)
  }

  /// A job as it is when it was just added.
  static func job(
    _ id: Int64, group: RepGroup = "g", cmd: String? = nil, state: JobState = .ready
  ) -> Job {
    let cmd = cmd ?? "echo \(id)"
    let spec = JobSpec(
      cmd: cmd, repGroup: group, reqGroup: "echo", limitGroups: ["l"], depGroups: ["d"],
      environment: ["A=\"b\"\n", "C=é"])
    return Job(
      id: JobID(id), key: key(of: cmd), spec: spec, addedAt: Timestamp(nanoseconds: id),
      state: state)
  }

  /// A job that has succeeded.
  static func complete(
    _ id: Int64, group: RepGroup = "g", cmd: String? = nil, started: Int64 = 1, ended: Int64 = 2
  ) -> Job {
    var job = job(id, group: group, cmd: cmd, state: .complete)
    job.attempts = 1
    job.run.startedAt = Timestamp(nanoseconds: started)
    job.run.endedAt = Timestamp(nanoseconds: ended)
    job.run.exited = true
    job.run.host = "node"
    return job
  }

  /// A key that depends on nothing but the command, cheaply.
  static func key(of cmd: String) -> JobKey {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in cmd.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return JobKey(low: hash, high: hash &* 0x9e37_79b9_7f4a_7c15)
  }

  /// A job in each state a live job may have, with all that belongs to it.
  static var oneOfEachState: [Job] {
    let attempt = Attempt(
      id: AttemptID(.max - 1), incarnation: Incarnation("0123456789abcdef"),
      directorySuffix: "00123", killRequested: true)
    var unkilled = attempt
    unkilled.killRequested = false
    let states: [JobState] = [
      .dependent, .ready, .delayed(until: Timestamp(nanoseconds: 1_700_000_000_123_456_789)),
      .reserved(unkilled), .running(attempt), .lost(attempt), .buried,
    ]
    var jobs = states.enumerated().map { job(Int64($0 + 1), state: $1) }
    jobs[6].requirements.memory = 5000
    jobs[6].untilBuried = 0
    jobs[6].attempts = 4
    jobs[6].run.exited = true
    jobs[6].run.exitCode = 3
    jobs[6].run.failReason = .exit
    jobs[6].run.walltime = .nanoseconds(1_234_567_891)
    return jobs
  }

  /// A new job as it comes back: that it depends on others is found out anew (decision 10).
  static func asRead(_ job: Job) -> Job {
    var job = job
    if job.isAsAdded { job.state = .ready }
    return job
  }

  static func batch(_ fill: (inout StoreBatch) -> Void) -> StoreBatch {
    var batch = StoreBatch()
    fill(&batch)
    return batch
  }

  static func puts(_ jobs: [Job]) -> StoreBatch { batch { $0.puts = jobs } }
  static func completions(_ jobs: [Job]) -> StoreBatch { batch { $0.completions = jobs } }

  /// What a start after a crash at this moment would find: opens a copy of the files as they are.
  func recoveredAfterCrash() async throws -> Recovered {
    let copy = directory.file("crashed")
    for suffix in ["", "-wal"] {
      try writeFileAtomically(copy + suffix, readFile(path + suffix), mode: 0o600)
    }
    let store = StoreActor(path: copy, backupPath: nil)
    let recovered = try await store.open()
    #if DEBUG
      let problems = try await store.verify()
      precondition(problems.isEmpty, problems.joined(separator: "; "))
    #endif
    await store.close()
    unlink(copy)
    return recovered
  }

  /// Changes a database that nobody has open.
  static func execute(_ sql: String, in path: String) throws {
    let database = try Database.open(path, for: .writing)
    try database.execute(sql)
    database.keepWALOnClose(false)
  }

  /// Damages a file by writing over a part of it.
  static func overwrite(_ path: String, at offset: Int, count: Int) throws {
    let file = try openFile(path, O_WRONLY)
    lseek(file.number, off_t(offset), SEEK_SET)
    try writeAll([UInt8](repeating: 0xa5, count: count), to: file.number, path: path)
  }
}

/// Puts other files in the place of a file that this process has open.
struct DescriptorFault {
  private let number: Int32
  private let original: Int32

  /// Lets the one descriptor of `path` lead to `substitute` instead.
  init?(of path: String, leadingTo substitute: String, _ flags: Int32) {
    guard let number = Self.descriptor(of: path) else { return nil }
    let other = open(substitute, flags | O_CLOEXEC)
    guard other >= 0 else { return nil }
    self.number = number
    original = dup(number)
    dup2(other, number)
    close(other)
  }

  /// Ends the fault for whoever still has the descriptor.
  func end() {
    dup2(original, number)
    close(original)
  }

  /// Ends the fault where the descriptor has been closed meanwhile.
  func forget() { close(original) }

  private static func descriptor(of path: String) -> Int32? {
    for number: Int32 in 3..<65_536 {
      var target = [UInt8](repeating: 0, count: 4096)
      let count = target.withUnsafeMutableBytes {
        readlink("/proc/self/fd/\(number)", $0.baseAddress!, $0.count)
      }
      if count > 0, String(decoding: target[..<count], as: UTF8.self) == path { return number }
    }
    return nil
  }
}

extension StoreActor {
  var isInTransaction: Bool { writer?.database.isInTransaction ?? false }

  /// Commits, and leaves checkpoints to whenever they come.
  func put(_ batch: StoreBatch) throws(StoreError) { _ = try commit(batch) }
}
