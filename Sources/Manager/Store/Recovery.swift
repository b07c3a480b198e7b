import CSQLite
import Glibc
import Jobs
import Platform

/// Opens the database at a start of the manager: makes it, or restores it from its backup, if
/// need be (behaviour.md §12.3).
struct Recovery {
  let path: String
  let backupPath: String?

  /// - Throws: if there is no database to work with; all files are then as they were, so that a
  ///   person can decide.
  func open() throws(StoreError) -> (BatchWriter, Recovered) {
    try restoring.remove()
    try making.remove()
    guard let size = try DatabaseFiles.size(of: path) else {
      guard let backupPath = try presentBackup() else { return try make() }
      return try restore(
        from: backupPath,
        message: "recreated missing db file \(path) from backup file \(backupPath)",
        otherwise: "db file \(path) is missing")
    }
    let backupPath = try presentBackup()
    if size == 0, backupPath == nil { return try make() }
    do throws(StoreError) {
      return try load()
    } catch {
      guard error.isDamage else { throw error }
      guard let backupPath else {
        throw StoreError(
          code: error.code,
          message: "db file \(path) is damaged (\(error.message)), and there is no backup file to"
            + " recreate it from; nothing was changed")
      }
      return try restore(
        from: backupPath,
        message: "recreated corrupt (?) db file \(path) from backup file \(backupPath)"
          + " (error with original db file was: \(error.message))",
        otherwise: "db file \(path) is damaged (\(error.message))")
    }
  }

  private var making: DatabaseFiles { DatabaseFiles(path: path + ".new") }
  private var restoring: DatabaseFiles { DatabaseFiles(path: path + ".restoring") }

  private func presentBackup() throws(StoreError) -> String? {
    guard let backupPath, try DatabaseFiles.size(of: backupPath) != nil else { return nil }
    return backupPath
  }

  /// Makes a database, whole before it gets its name.
  private func make() throws(StoreError) -> (BatchWriter, Recovered) {
    try making.makeEmpty()
    do {
      let database = try Database.open(making.path, for: .writing)
      try Schema.migrate(database)
    }
    // A WAL that is left of a database of this name must not be taken for the new one's.
    try DatabaseFiles.remove(path)
    let aside = try DatabaseFiles(path: path).setAside()
    try making.rename(to: path)
    return try load(saying: "created new empty db file \(path)", aside)
  }

  /// Puts the backup in the place of the database, which is kept under another name.
  private func restore(
    from backupPath: String, message: String, otherwise complaint: String
  ) throws(StoreError) -> (BatchWriter, Recovered) {
    do throws(StoreError) {
      let problems = try IntegrityChecker.problems(of: backupPath, access: .immutable)
      if let problem = problems.first { throw .damaged(backupPath, problem) }
      _ = try read(Database.open(backupPath, for: .immutable))
    } catch {
      throw StoreError(
        code: error.code,
        message: "\(complaint), and its backup cannot be used (\(error.message)); nothing was"
          + " changed")
    }
    try restoring.copy(from: backupPath)
    let aside = try DatabaseFiles(path: path).setAside()
    try restoring.rename(to: path)
    return try load(saying: message, aside)
  }

  /// - Parameter aside: where what stood in the way is now.
  private func load(
    saying message: String, _ aside: String?
  ) throws(StoreError) -> (BatchWriter, Recovered) {
    var (writer, recovered) = try load()
    recovered.messages.append(message)
    if let aside { recovered.messages.append("what was there is kept as \(aside)") }
    return (writer, recovered)
  }

  /// Opens the database that is there, checks the queue's tables and reads them.
  private func load() throws(StoreError) -> (BatchWriter, Recovered) {
    let writer = try connect()
    try writer.settleUploads()
    return (writer, try read(writer.database))
  }

  /// Opens the database that is there for writing, and checks the queue's tables.
  func connect() throws(StoreError) -> BatchWriter {
    try DatabaseFiles(path: path).restrict()
    let database = try Database.open(path, for: .writing)
    try Schema.check(database)
    try Schema.migrate(database)
    for table in Schema.queueTables {
      let report = try database.texts("PRAGMA quick_check('\(table)')")
      guard report == ["ok"] else {
        throw .damaged(path, report.first ?? "table \(table) cannot be checked")
      }
    }
    // Set here and not in the schema, because a backup is no WAL database until then.
    guard try database.texts("PRAGMA journal_mode = WAL") == ["wal"] else {
      throw StoreError(
        message: "\(path) cannot have a write-ahead log: put the database on a local file system")
    }
    return try BatchWriter(database)
  }

  /// Reads all that is live.
  private func read(_ database: borrowing Database) throws(StoreError) -> Recovered {
    var recovered = Recovered()
    recovered.jobs = try jobs(database, sharing: &recovered.traits)
    try readMemberships(database, into: &recovered)
    let limits = try Statement("SELECT name, value FROM limits", on: database)
    while try limits.step() {
      recovered.limits[LimitGroup(limits.text(0))] = Int(limits.integer(1))
    }
    recovered.lessons = try LearningTable.all(database)
    recovered.joinedGroups = try joinedGroups(database, of: recovered.jobs)
    recovered.environments = try EnvironmentTable.all(
      Set(recovered.jobs.compactMap(\.spec.environmentKey)), database)
    let host = try Statement(
      "SELECT incarnation, pid, start_ticks, boot_id FROM local_host", on: database)
    if try host.step() {
      recovered.localHost = StoredHost(
        incarnation: Incarnation(host.text(0)), pid: Int(host.integer(1)),
        startTicks: UInt64(bitPattern: host.integer(2)), bootID: host.text(3))
    }
    let meta = try Statement("SELECT generation, next_job_id FROM meta", on: database)
    guard try meta.step() else { throw .damaged(path, "table meta is empty") }
    recovered.generation = UInt64(bitPattern: meta.integer(0)) + 1
    recovered.nextJobID = meta.integer(1)
    return recovered
  }

  private func jobs(
    _ database: borrowing Database, sharing traits: inout JobTraitsPool
  ) throws(StoreError) -> [Job] {
    let count = try database.integer("SELECT count(*) FROM jobs")
    let strays = try database.integer(
      "SELECT count(*) FROM job_states WHERE id NOT IN (SELECT id FROM jobs)")
    guard strays == 0 else {
      throw .damaged(path, "\(strays) states have no job")
    }
    let rows = try Statement(
      """
      SELECT j.id, j.key, j.added_ns, j.spec, \(JobRow.stateColumns)
      FROM jobs j LEFT JOIN job_states s ON s.id = j.id ORDER BY j.id
      """, on: database)
    var jobs: [Job] = []
    jobs.reserveCapacity(Int(clamping: max(0, count)))
    while try rows.step() {
      var job = try JobRow.liveJob(rows)
      traits.share(&job.spec)
      jobs.append(job)
    }
    return jobs
  }

  /// Which of the groups that the jobs depend on were ever joined.
  private func joinedGroups(
    _ database: borrowing Database, of jobs: [Job]
  ) throws(StoreError) -> Set<DepGroup> {
    var asked: Set<DepGroup> = []
    for job in jobs {
      for case .group(let group) in job.spec.dependencies { asked.insert(group) }
    }
    let find = try Statement("SELECT 1 FROM dep_groups WHERE name = ?", on: database)
    var joined: Set<DepGroup> = []
    for group in asked {
      try find.bind(1, group.text)
      if try find.step() { joined.insert(group) }
      find.reset()
    }
    return joined
  }

  private func readMemberships(
    _ database: borrowing Database, into recovered: inout Recovered
  ) throws(StoreError) {
    let rows = try Statement(
      """
      SELECT g.name, m.key, 0 FROM memberships m JOIN rep_groups g ON g.id = m.group_id
        WHERE m.key IN (SELECT key FROM jobs)
      UNION
      SELECT g.name, h.key, 1 FROM jobs j CROSS JOIN history h ON h.key = j.key
        JOIN rep_groups g ON g.id = h.group_id
      """, on: database)
    var memberships: [(group: RepGroup, key: JobKey)] = []
    while try rows.step() {
      memberships.append((RepGroup(rows.text(0)), try rows.key(1)))
      if rows.integer(2) == 1 { recovered.reruns.insert(try rows.key(1)) }
    }
    guard !memberships.isEmpty else { return }
    let own = Dictionary(recovered.jobs.map { ($0.key, $0.spec.repGroup) }) { first, _ in first }
    recovered.memberships = memberships.filter { own[$0.key] != $0.group }
  }
}
