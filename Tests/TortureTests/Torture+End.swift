import Glibc
import Platform

/// How a torture ends.
extension Torture {
  /// Waits until every job has come to its end.
  func settle() async throws {
    let line = Line(to: house, on: reactor)
    var last: [Record] = []
    var limit = Instant.now + Self.patience
    while true {
      try readLedger()
      if case .answer(200, let body) = await line.ask("GET", "/rest/v1/jobs/") {
        let records = try Record.list(body)
        let unsettled = records.filter { record in
          guard let chore = record.number.flatMap({ chores[$0] }) else { return true }
          return !record.isFinal(of: chore)
        }
        if unsettled.isEmpty { break }
        if unsettled != last { limit = .now + Self.patience }
        last = unsettled
      }
      guard Instant.now < limit else {
        let first = last.first.flatMap { $0.number }
        throw TortureError(
          "nothing happens any more to \(last.prefix(5)) (\(last.count) jobs); the runs of the first:"
            + " \(ledger.runs.filter { $0.number == first }), \(chores[first ?? -1] as Any)")
      }
      await pause(milliseconds: 100)
    }
    await line.close()
  }

  /// Holds what clients, commands and manager say against each other.
  func judge() async throws {
    let line = Line(to: house, on: reactor)
    var records: [Int: Record] = [:]
    let groups = chores.keys.sorted().map { "j\($0)" }
    for start in stride(from: 0, to: groups.count, by: 400) {
      let names = groups[start..<min(start + 400, groups.count)].joined(separator: ",")
      for record in try await self.records(of: names, over: line) {
        guard let number = record.number else { continue }
        if records.updateValue(record, forKey: number) != nil {
          complaints.append("job \(number) is listed twice")
        }
      }
    }
    await line.close()
    // A host that is killed while it drops what the manager has gets a successor, but not once all
    // is being stopped.
    let limit = Instant.now + .seconds(20)
    while !((try? Leftovers(of: house).usedSlots())?.isEmpty ?? false), Instant.now < limit {
      await pause(milliseconds: 20)
    }
    guard let host = await waitFor(.host) else { return }
    try readLedger()
    let agreement = Agreement(
      chores: chores, ledger: ledger, records: records, survivor: Int(host),
      hostKills: max(killedHosts.count, crash?.hasCome == true ? 1 : 0))
    complaints += agreement.complaints()
    report.runs = ledger.runs.count
    report.lostRuns = agreement.lostRuns
    if let manager { complaints += await leftDescriptors(of: [manager, host]) }
  }

  private func records(of names: String, over line: Line) async throws -> [Record] {
    let limit = Instant.now + Self.patience
    while Instant.now < limit {
      if case .answer(200, let body) = await line.ask("GET", "/rest/v1/jobs/\(names)") {
        return try Record.list(body)
      }
      await pause(milliseconds: 20)
    }
    throw TortureError("the manager does not tell of its jobs")
  }

  /// Descriptors that must not be open when nothing runs; some take a moment to be closed.
  private func leftDescriptors(of processes: [pid_t]) async -> [String] {
    let limit = Instant.now + .seconds(20)
    while true {
      let left = processes.flatMap { Leftovers.descriptors(of: $0) }
      if left.isEmpty || Instant.now > limit { return left }
      await pause(milliseconds: 50)
    }
  }
}

/// Why a torture cannot go on.
struct TortureError: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }

  init(unexpected method: String, _ status: Int, _ body: [UInt8]) {
    description = "a \(method) was answered \(status): \(String(decoding: body, as: UTF8.self))"
  }
}
