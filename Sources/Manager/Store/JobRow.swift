import Jobs

/// How a job stands in the columns of `jobs`, `job_states` and `history`.
enum JobRow {
  /// The changing columns, in the order `bindState` binds and `liveJob` reads them.
  static let stateColumns = """
    state, delayed_until_ns, attempt, incarnation, directory_suffix, kill_requested,
    until_buried, attempts, requirements, run
    """

  /// Binds the changing columns of a live job to the parameters 1 to 10.
  static func bindState(of job: Job, to statement: borrowing Statement) throws(StoreError) {
    try statement.bind(1, job.state.name)
    if case .delayed(let until) = job.state {
      try statement.bind(2, until.nanoseconds)
    } else {
      try statement.bindNull(2)
    }
    if let attempt = job.state.attempt {
      try statement.bind(3, Int64(bitPattern: attempt.id.number))
      try statement.bind(4, attempt.incarnation.text)
      try statement.bind(5, attempt.directorySuffix)
      try statement.bind(6, attempt.killRequested ? 1 : 0 as Int64)
    } else {
      for index: Int32 in 3...6 { try statement.bindNull(index) }
    }
    try bindRun(of: job, to: statement, from: 7)
  }

  /// Binds until_buried, attempts, requirements and run to four parameters. Requirements that
  /// are those of the specification and a run that is empty are NULL.
  static func bindRun(
    of job: Job, to statement: borrowing Statement, from index: Int32
  ) throws(StoreError) {
    try statement.bind(index, Int64(job.untilBuried))
    try statement.bind(index + 1, Int64(job.attempts))
    if job.requirements == job.spec.requirements {
      try statement.bindNull(index + 2)
    } else {
      try statement.bind(index + 2, utf8: job.requirements.encoded())
    }
    if job.run == RunRecord() {
      try statement.bindNull(index + 3)
    } else {
      try statement.bind(index + 3, utf8: job.run.encoded())
    }
  }

  /// Reads id, key, added_ns, spec and then `stateColumns`, from column 0. A job that waits may be
  /// dependent if it is read as ready, and the other way round.
  static func liveJob(_ row: borrowing Statement) throws(StoreError) -> Job {
    let id = row.integer(0)
    if row.isNull(4) { return try job(row, state: .ready, run: nil) }
    return try job(row, state: try state(row, of: id), run: 10)
  }

  /// Reads id, key, added_ns, spec, until_buried, attempts, requirements, run, from column 0.
  static func completeJob(_ row: borrowing Statement) throws(StoreError) -> Job {
    try job(row, state: .complete, run: 4)
  }

  private static func job(
    _ row: borrowing Statement, state: JobState, run first: Int32?
  ) throws(StoreError) -> Job {
    let id = row.integer(0)
    let key = try row.key(1)
    do throws(JSONError) {
      let spec = try JobSpec(decoding: row.bytes(3))
      let added = Timestamp(nanoseconds: row.integer(2))
      guard let first else {
        return Job(id: JobID(id), key: key, spec: spec, addedAt: added, state: state)
      }
      return Job(
        id: JobID(id), key: key, spec: spec, addedAt: added,
        state: state,
        requirements: row.isNull(first + 2)
          ? nil : try Requirements(decoding: row.bytes(first + 2)),
        untilBuried: Int(row.integer(first)), attempts: Int(row.integer(first + 1)),
        run: row.isNull(first + 3)
          ? nil : try RunRecord(decoding: row.bytes(first + 3)))
    } catch {
      throw row.damage("job \(id) cannot be read: \(error.message) at byte \(error.offset)")
    }
  }

  /// Reads what is known of a run.
  static func run(
    _ row: borrowing Statement, _ column: Int32
  ) throws(StoreError) -> RunRecord {
    guard !row.isNull(column) else { return RunRecord() }
    do throws(JSONError) {
      return try RunRecord(decoding: row.bytes(column))
    } catch {
      throw row.damage("a run cannot be read: \(error.message) at byte \(error.offset)")
    }
  }

  /// Reads the state from the columns 4 to 9.
  private static func state(
    _ row: borrowing Statement, of id: Int64
  ) throws(StoreError) -> JobState {
    let name = row.text(4)
    switch name {
    case "dependent": return .dependent
    case "ready": return .ready
    case "buried": return .buried
    case "suspended": return .suspended
    case "delayed": return .delayed(until: Timestamp(nanoseconds: row.integer(5)))
    case "reserved": return .reserved(try attempt(row, of: id))
    case "running": return .running(try attempt(row, of: id))
    case "lost": return .lost(try attempt(row, of: id))
    default: throw row.damage("job \(id) is in an unknown state \"\(name)\"")
    }
  }

  private static func attempt(
    _ row: borrowing Statement, of id: Int64
  ) throws(StoreError) -> Attempt {
    guard !row.isNull(6), !row.isNull(7), !row.isNull(8) else {
      throw row.damage("job \(id) is held, but by no attempt")
    }
    return Attempt(
      id: AttemptID(UInt64(bitPattern: row.integer(6))), incarnation: Incarnation(row.text(7)),
      directorySuffix: row.text(8), killRequested: row.integer(9) != 0)
  }
}
