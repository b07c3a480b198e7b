import Jobs
import Manager

/// What is written to a database, batch by batch, so that each prefix of it is told apart from
/// every other.
enum StoreScript {
  /// The batch of a number, beginning with 1: a new job is added, the one before runs, the one
  /// before that fails with some output, and the one before that is complete. Each second new job is a
  /// piece, which is begun before. Of each four batches
  /// the first two also write an upload and the third commits it; another one is given up.
  static func batch(_ number: Int) -> StoreBatch {
    var batch = StoreBatch()
    if number % 2 == 0 {
      batch.pieces = [[job(number, .ready)]]
    } else {
      batch.puts = [job(number, .ready)]
    }
    if number > 1 { batch.puts.append(job(number - 1, .running(attempt(number - 1)))) }
    if number > 2 {
      batch.puts.append(job(number - 2, .buried))
      // Each twelfth batch is so large that the write-ahead log is folded in after it.
      let length = number % 12 == 0 ? 4_500_000 : 3000
      batch.outputs = [
        JobOutput(
          job: JobID(Int64(number - 2)), stdout: String(repeating: "x", count: length), stderr: "")
      ]
    }
    if number > 3 { batch.completions = [job(number - 3, .complete)] }
    batch.limits = [(counter, number)]
    batch.uploads = uploads(in: number)
    return batch
  }

  private static func uploads(in number: Int) -> [UploadStep] {
    let turn = (number - 1) / 4
    let first = uploaded(turn)
    let (kept, lost) = (UploadID(Int64(first)), UploadID(Int64(first + 500)))
    switch (number - 1) % 4 {
    case 0: return [.stage(kept, (0..<3).map { job(first + $0, .ready) })]
    case 1:
      return [
        .stage(kept, (3..<6).map { job(first + $0, .ready) }),
        .stage(lost, (500..<503).map { job(first + $0, .ready) }),
      ]
    case 2: return [.drop([JobID(Int64(first + 1))]), .commit(kept)]
    default:
      return [
        .join([DepGroup("script")]), .finish(kept), .withdraw(lost, first: JobID(lost.number)),
      ]
    }
  }

  /// The first job of an upload.
  private static func uploaded(_ turn: Int) -> Int { 1_000_000 + turn * 1000 }

  /// Says how many batches a database has.
  static let counter = LimitGroup("batches")

  /// The live jobs after so many batches: their states by number.
  static func jobs(after batches: Int) -> [Int: String] {
    let states: [JobState] = [.ready, .running(attempt(1)), .buried]
    var jobs = Dictionary(
      uniqueKeysWithValues: zip(stride(from: batches, to: 0, by: -1), states).map {
        ($0, $1.name)
      })
    for turn in 0..<(batches + 1) / 4 {
      for place in [0, 2, 3, 4, 5] { jobs[uploaded(turn) + place] = "ready" }
    }
    return jobs
  }

  /// How many jobs are complete after so many batches.
  static func completeCount(after batches: Int) -> Int { max(0, batches - 3) }

  static let group = RepGroup("script")

  private static func attempt(_ number: Int) -> Attempt {
    Attempt(
      id: AttemptID(UInt64(number)), incarnation: Incarnation("i"), directorySuffix: "1",
      killRequested: false)
  }

  private static func job(_ number: Int, _ state: JobState) -> Job {
    let spec = JobSpec(cmd: "echo \(number)", repGroup: group, reqGroup: "echo")
    return Job(
      id: JobID(Int64(number)), key: JobKey(of: spec), spec: spec,
      addedAt: Timestamp(nanoseconds: Int64(number)), state: state)
  }
}
