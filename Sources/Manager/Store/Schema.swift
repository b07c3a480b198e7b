/// The tables, and the ladder from older forms of them to this one.
///
/// A live job is one row in `jobs`, written once, and from its first transition on one in
/// `job_states`, a tenth of the size and rewritten with each: measured, 10,000 transitions in a batch
/// cost half the time of rewriting rows that carry the specification too, because half the pages get
/// dirty. A job without the latter is as it was added; that it waits for others is found out anew.
///
/// A complete job is one row in `history`, under its own rep group. Further groups stand in
/// `memberships`, which is therefore small. `rep_groups` counts the complete jobs under each group,
/// both ways, and sums up what they have used, so that neither is asked of the jobs.
enum Schema {
  /// Marks the file as ours (sqlite.org/pragma.html#pragma_application_id): "wrS1".
  static let applicationID: Int64 = 0x7772_5331

  /// Step n takes a database from version n to version n+1. Steps are never changed, only added.
  static let steps = [version1, version2, version3, version4, version5]

  static var version: Int64 { Int64(steps.count) }

  /// The tables that hold the queue, checked before a manager starts.
  static let queueTables = [
    "meta", "jobs", "job_states", "limits", "local_host", "lessons", "environments", "uploads",
  ]

  /// Everything the newest version has, by name.
  static let objects: Set<String> = [
    "meta", "jobs", "job_states", "outputs", "rep_groups", "history", "history_by_group",
    "memberships", "memberships_by_key", "limits", "local_host", "lessons", "dep_groups",
    "group_dependants", "environments", "uploads",
  ]

  /// Brings a database to the newest version, in one transaction.
  static func migrate(_ database: borrowing Database) throws(StoreError) {
    let present = try database.integer("PRAGMA user_version")
    guard present < version else { return }
    let ladder = steps[Int(present)...].joined(separator: "\n")
    do throws(StoreError) {
      try database.execute(
        """
        BEGIN IMMEDIATE;
        \(ladder)
        PRAGMA application_id = \(applicationID);
        PRAGMA user_version = \(version);
        COMMIT;
        """)
    } catch {
      if database.isInTransaction { try? database.execute("ROLLBACK") }
      throw error
    }
  }

  /// Throws if the file is another program's, a newer version's, or lacks what it should have.
  static func check(_ database: borrowing Database) throws(StoreError) {
    let application = try database.integer("PRAGMA application_id")
    let present = try database.integer("PRAGMA user_version")
    if application != applicationID {
      guard application == 0, present == 0, try database.texts(names).isEmpty else {
        throw StoreError(
          message: "\(database.path) is a database, but not one of wr: name another file in"
            + " managerdbfile or move it away")
      }
      throw .damaged(database.path, "the database is empty")
    }
    guard present <= version else {
      throw StoreError(
        message: "\(database.path) was written by a newer wr (its format is \(present), this"
          + " version knows up to \(version)): use the newer version")
    }
    guard present == version else { return }
    let missing = objects.subtracting(try database.texts(names))
    guard missing.isEmpty else {
      throw .damaged(database.path, "no table \(missing.sorted().joined(separator: ", "))")
    }
  }

  private static let names = "SELECT name FROM sqlite_schema"

  private static let version1 = """
    CREATE TABLE meta (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      generation INTEGER NOT NULL,
      next_job_id INTEGER NOT NULL,
      commits INTEGER NOT NULL
    ) STRICT;
    INSERT INTO meta VALUES (1, 0, 1, 0);

    CREATE TABLE jobs (
      id INTEGER PRIMARY KEY,
      key BLOB NOT NULL,
      added_ns INTEGER NOT NULL,
      spec TEXT NOT NULL
    ) STRICT;
    CREATE TABLE job_states (
      id INTEGER PRIMARY KEY,
      state TEXT NOT NULL,
      delayed_until_ns INTEGER,
      attempt INTEGER,
      incarnation TEXT,
      directory_suffix TEXT,
      kill_requested INTEGER,
      until_buried INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      requirements TEXT,
      run TEXT
    ) STRICT;
    CREATE TABLE outputs (
      id INTEGER PRIMARY KEY,
      stdout TEXT NOT NULL,
      stderr TEXT NOT NULL
    ) STRICT;

    CREATE TABLE rep_groups (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      complete INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE history (
      id INTEGER PRIMARY KEY,
      key BLOB NOT NULL UNIQUE,
      group_id INTEGER NOT NULL,
      added_ns INTEGER NOT NULL,
      started_ns INTEGER,
      ended_ns INTEGER,
      until_buried INTEGER NOT NULL,
      attempts INTEGER NOT NULL,
      requirements TEXT,
      run TEXT,
      spec TEXT NOT NULL
    ) STRICT;
    CREATE INDEX history_by_group ON history (group_id, started_ns, ended_ns, key);
    CREATE TABLE memberships (
      group_id INTEGER NOT NULL,
      key BLOB NOT NULL,
      PRIMARY KEY (group_id, key)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX memberships_by_key ON memberships (key);

    CREATE TABLE limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE local_host (
      one INTEGER PRIMARY KEY CHECK (one = 1),
      incarnation TEXT NOT NULL,
      pid INTEGER NOT NULL,
      start_ticks INTEGER NOT NULL,
      boot_id TEXT NOT NULL
    ) STRICT;
    """

  /// What was learnt of jobs; who has ever joined a dependency group, and which complete jobs
  /// depend on one; environments that jobs share.
  private static let version2 = """
    CREATE TABLE lessons (
      req_group TEXT NOT NULL,
      quantity TEXT NOT NULL,
      value INTEGER NOT NULL,
      PRIMARY KEY (req_group, quantity, value)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE dep_groups (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE group_dependants (
      dep_group TEXT NOT NULL,
      key BLOB NOT NULL,
      PRIMARY KEY (dep_group, key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE environments (key TEXT PRIMARY KEY, entries TEXT NOT NULL) STRICT;
    INSERT OR IGNORE INTO dep_groups
      SELECT g.value FROM jobs, json_each(jobs.spec, '$.dep_grps') g
      UNION SELECT g.value FROM history, json_each(history.spec, '$.dep_grps') g;
    INSERT OR IGNORE INTO group_dependants
      SELECT json_extract(d.value, '$.group'), history.key
        FROM history, json_each(history.spec, '$.deps') d
        WHERE json_extract(d.value, '$.group') IS NOT NULL;
    """

  /// The ranges of live jobs that belong to uploads which are not over, and whether these are
  /// committed.
  private static let version3 = """
    CREATE TABLE uploads (
      first_id INTEGER PRIMARY KEY,
      last_id INTEGER NOT NULL,
      upload INTEGER NOT NULL,
      is_committed INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """

  /// A job may have no row in `job_states`. Nothing is to be done, but older programs must not open
  /// the database any more.
  private static let version4 = "SELECT 1;"

  /// What the complete jobs of each group have used.
  private static let version5 = """
    ALTER TABLE rep_groups ADD COLUMN memory_mb_sum REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN memory_mb_squares REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN disk_mb_sum REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN disk_mb_squares REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN walltime_s_sum REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN walltime_s_squares REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN cpu_time_s_sum REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN cpu_time_s_squares REAL NOT NULL DEFAULT 0;
    ALTER TABLE rep_groups ADD COLUMN last_ended_ns INTEGER;
    UPDATE rep_groups SET
      memory_mb_sum = s.m, memory_mb_squares = s.mm, disk_mb_sum = s.d, disk_mb_squares = s.dd,
      walltime_s_sum = s.w, walltime_s_squares = s.ww, cpu_time_s_sum = s.c,
      cpu_time_s_squares = s.cc, last_ended_ns = s.last
    FROM (
      SELECT f.group_id AS id, total(m) AS m, total(m * m) AS mm, total(d) AS d,
        total(d * d) AS dd, total(w) AS w, total(w * w) AS ww, total(c) AS c, total(c * c) AS cc,
        max(u.ended_ns) AS last
      FROM (
        SELECT key, ended_ns, json_extract(run, '$.peak_memory_mb') * 1.0 AS m,
          json_extract(run, '$.peak_disk_mb') * 1.0 AS d,
          json_extract(run, '$.walltime_ns') / 1e9 AS w,
          json_extract(run, '$.cpu_time_ns') / 1e9 AS c
        FROM history) u
      JOIN (
        SELECT key, group_id FROM history UNION ALL SELECT key, group_id FROM memberships) f
        ON f.key = u.key
      GROUP BY f.group_id) s
    WHERE s.id = rep_groups.id;
    """
}
