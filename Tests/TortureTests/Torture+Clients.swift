import HTTP
import Jobs
import Platform

/// What the clients do.
extension Torture {
  /// How many chores may be open before clients wait with the next POST.
  private static let backlog = 150

  /// One client: adds chores, batch after batch, each until it knows what has become of it.
  func add(_ batches: [[Chore]]) async throws {
    let line = Line(to: house, on: reactor)
    for planned in batches {
      let batch = planned.map { withoutRefused($0) }
      for chore in batch { chores[chore.number] = chore }
      try await add(batch, over: line)
      let limit = Instant.now + Self.patience
      while open.count > Self.backlog {
        guard Instant.now < limit else { throw TortureError("no job ends any more") }
        await pause(milliseconds: 20)
      }
    }
    await line.close()
  }

  private func add(_ batch: [Chore], over line: Line) async throws {
    let limit = Instant.now + Self.patience
    var isFirstTry = true
    while true {
      guard Instant.now < limit else { throw TortureError("a POST is never accepted") }
      switch await post(batch, over: line) {
      case .answer(201, _):
        for chore in batch { chores[chore.number]?.standing = .accepted }
        open.formUnion(batch.filter(\.ends).map(\.number))
        return
      case .answer(507, _) where isFirstTry && batch[0].number % 2 == 0:
        // Left at that: the answer says that none of them is there.
        for chore in batch { chores[chore.number]?.standing = .refused }
        report.refusedPosts += 1
        return
      case .answer(503, _), .answer(507, _):
        report.unavailable += 1
        await pause(milliseconds: 50)
      case .answer(let status, let body):
        throw TortureError(unexpected: "POST", status, body)
      case .lost:
        // It may have been accepted: asked again, the jobs are found to be there.
        isFirstTry = false
        report.lostAnswers += 1
        await pause(milliseconds: 20)
      }
    }
  }

  /// Half of all POSTs are of lines.
  private func post(_ batch: [Chore], over line: Line) async -> Line.Reply {
    if batch[0].number % 2 == 0 {
      return await line.ask("POST", "/rest/v1/jobs/", body(of: batch))
    }
    let lines = batch.map { chore in
      var json = JSONWriter()
      chore.write(to: &json, cwd: house.workDirectory)
      json.newline()
      return json.takeBytes()
    }
    return await line.post(lines, "/rest/v1/jobs/")
  }

  /// A chore cannot wait for one that was refused.
  private func withoutRefused(_ chore: Chore) -> Chore {
    var chore = chore
    chore.prerequisites.removeAll { chores[$0]?.standing == .refused }
    if case .doomed = chore.kind, chore.prerequisites.isEmpty { chore.kind = .good(0) }
    return chore
  }

  private func body(of batch: [Chore]) -> [UInt8] {
    var json = JSONWriter()
    json.beginArray()
    for chore in batch { chore.write(to: &json, cwd: house.workDirectory) }
    json.endArray()
    return json.takeBytes()
  }

  /// Does, until the torture is over, what clients do about jobs that they have added.
  func tend() async throws {
    let line = Line(to: house, on: reactor)
    while !isOver {
      try await tendOnce(over: line)
      await pause(milliseconds: 100 + chores.count / 10)
    }
    await line.close()
  }

  /// Kills endless jobs that run, deletes doomed ones, and has failed ones tried again.
  private func tendOnce(over line: Line) async throws {
    for chore in chores.values.sorted(by: { $0.number < $1.number })
    where chore.standing == .accepted {
      switch chore.kind {
      case .endless where !chore.isKilled && ledger.started.contains(chore.number):
        // The doomed ones that wait for it go first.
        if chores.values.contains(where: { $0.isDoomed(by: chore) }) {
          continue
        }
        if try await cancel(chore, "running", 202, over: line) {
          chores[chore.number]?.isKilled = true
        }
      case .doomed:
        if try await cancel(chore, "deletable", 200, over: line) {
          chores[chore.number]?.standing = .deleted
        }
      default: break
      }
    }
    let buried = try await records("/rest/v1/jobs/?state=buried", over: line)
    let again = buried.filter { record in
      record.number.flatMap { chores[$0] }.map { record.wantsRetry(of: $0) } ?? false
    }
    if !again.isEmpty {
      let groups = again.map(\.repGroup).joined(separator: ",")
      _ = await line.ask("POST", "/rest/v1/jobs/\(groups)/retry", [])
      report.retries += again.count
    }
  }

  /// - Returns: whether the manager has said that it will.
  private func cancel(
    _ chore: Chore, _ state: String, _ status: Int, over line: Line
  ) async throws -> Bool {
    let path = "/rest/v1/jobs/\(chore.repGroup)?state=\(state)"
    switch await line.ask("DELETE", path, []) {
    case .answer(status, let body):
      // An answer that was lost before this one may have told of it.
      let isThere = try await !records("/rest/v1/jobs/\(chore.repGroup)", over: line).isEmpty
      return try !Record.list(body).isEmpty || state == "deletable" && !isThere
    case .answer(503, _), .answer(507, _), .lost: return false
    case .answer(let status, let body):
      throw TortureError(unexpected: "DELETE", status, body)
    }
  }

  /// - Returns: none while the manager cannot be asked.
  private func records(_ target: String, over line: Line) async throws -> [Record] {
    guard case .answer(200, let body) = await line.ask("GET", target, []) else { return [] }
    return try Record.list(body)
  }
}
