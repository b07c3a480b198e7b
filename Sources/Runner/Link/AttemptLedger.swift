import Jobs
import Platform

/// What a runner host knows of its attempts, and what it still has to tell the manager of them.
///
///     order ──▶ held ──▶ running ──▶ finished ──▶ acknowledged: forgotten
///                 ├──────────────────────▲  └──▶ discarded: forgotten
///                 └──▶ given back, and taken by the manager: forgotten
struct AttemptLedger: Sendable {
  /// Where an attempt is.
  enum Phase: Hashable, Sendable {
    case held
    case running(RunStart)
    /// Not acknowledged yet.
    case finished(RunEnd)
    /// It will not begin, and the manager has not heard of that yet.
    case givenBack
    /// Being ended, with nobody to be told.
    case discarded
  }

  private(set) var phases: [AttemptID: Phase] = [:]
  /// Those of them that are discarded: asked for at each start.
  private var discarded: Set<AttemptID> = []
  /// Reports that were not taken by the manager yet, in their order.
  private var pending: [RunReport] = []
  /// Batches sent so far.
  private var sequence: UInt64 = 0
  /// How many of the pending reports are under way.
  private var underWay = 0
  /// When the first of the starts that wait was noted.
  private var firstStart: Instant?
  /// How many reports wait that are no starts, those under way included.
  private var pendingEnds = 0

  /// How long a start is kept back: that of a short command goes with its end, and the manager need
  /// not write it down by itself.
  static let startDelay = Spool.gathering + .milliseconds(30)

  /// Takes an order.
  /// - Returns: false if the attempt is known, and the order to be ignored.
  mutating func accept(_ attempt: AttemptID) -> Bool {
    guard phases[attempt] == nil else { return false }
    phases[attempt] = .held
    return true
  }

  /// The attempt's command runs.
  mutating func start(_ start: RunStart, now: Instant) {
    guard phases[start.attempt] == .held else { return }
    phases[start.attempt] = .running(start)
    pending.append(.started(start))
    firstStart = firstStart ?? now
  }

  /// The attempt has ended.
  mutating func finish(_ end: RunEnd) {
    guard phases[end.attempt] != .discarded else { return }
    // An end says when the command was started.
    if let start = end.start,
      let place = pending[underWay...].firstIndex(of: .started(start))
    {
      pending.remove(at: place)
    }
    phases[end.attempt] = .finished(end)
    pending.append(.ended(end))
    pendingEnds += 1
  }

  /// The attempt has not begun, and from now on it will not.
  mutating func giveBack(_ attempt: AttemptID) {
    guard phases[attempt] == .held else { return }
    phases[attempt] = .givenBack
    pending.append(.givenBack(attempt))
    pendingEnds += 1
  }

  /// The manager does not want the attempt any more.
  /// - Returns: where it was.
  mutating func discard(_ attempt: AttemptID) -> Phase? {
    guard let phase = phases[attempt], phase != .discarded else { return nil }
    if isOwed(phase) {
      phases[attempt] = nil
    } else {
      phases[attempt] = .discarded
      discarded.insert(attempt)
    }
    return phase
  }

  /// Nothing of the attempt is left.
  mutating func forget(_ attempt: AttemptID) {
    phases[attempt] = nil
    discarded.remove(attempt)
  }

  /// Something runs, or is about to.
  var isBusy: Bool { phases.values.contains { !isOwed($0) } }

  /// Attempts that the manager does not want are being ended.
  var isDiscarding: Bool { !discarded.isEmpty }

  /// The manager is still to hear what has become of attempts.
  var owesReports: Bool { phases.values.contains { isOwed($0) } }

  /// Whether nothing is left of an attempt but to have the manager hear of it.
  private func isOwed(_ phase: Phase) -> Bool {
    switch phase {
    case .finished, .givenBack: true
    case .held, .running, .discarded: false
    }
  }

  // MARK: The link

  /// A new link: what is owed and may not have arrived is reported again, and nothing else, as the
  /// inventory says the rest.
  mutating func connect() {
    underWay = 0
    pending = phases.compactMap { attempt, phase in
      switch phase {
      case .finished(let end): .ended(end)
      case .givenBack: .givenBack(attempt)
      case .held, .running, .discarded: nil
      }
    }
    pending.sort { $0.attempt < $1.attempt }
    pendingEnds = pending.count
    firstStart = nil
  }

  /// Writes the attempts into an inventory.
  func describe(in inventory: inout Inventory) {
    for (attempt, phase) in phases.sorted(by: { $0.key < $1.key }) {
      switch phase {
      case .held, .givenBack: inventory.held.append(attempt)
      case .running(let start): inventory.running.append(start)
      case .finished: inventory.finished.append(attempt)
      case .discarded: break
      }
    }
  }

  /// When the next batch is to be sent: at once if there is more than starts; nil if nothing waits.
  func reportsDue(now: Instant) -> Instant? {
    if pending.isEmpty { return nil }
    return pendingEnds > 0 ? now : (firstStart ?? now) + Self.startDelay
  }

  /// How many reports go in one batch at most, so that it stays below the manager's limits.
  static let batchLimit = 500

  /// The next batch: the reports that wait, in their order.
  mutating func batch(of incarnation: Incarnation) -> ReportBatch {
    sequence += 1
    underWay = min(pending.count, Self.batchLimit)
    firstStart = nil
    let alive = phases.compactMap { attempt, phase in
      if case .running = phase { attempt } else { nil }
    }
    return ReportBatch(
      incarnation: incarnation, sequence: sequence, alive: alive.sorted(),
      reports: Array(pending.prefix(underWay)))
  }

  /// The last batch was taken.
  /// - Returns: attempts whose results are on the manager's disk now: they are forgotten.
  mutating func taken(_ answer: ReportAnswer) -> [AttemptID] {
    for report in pending.prefix(underWay) {
      switch report {
      case .started: continue
      case .ended: break
      case .givenBack(let attempt):
        if phases[attempt] == .givenBack { phases[attempt] = nil }
      }
      pendingEnds -= 1
    }
    pending.removeFirst(underWay)
    underWay = 0
    return answer.acknowledged.filter { attempt in
      guard case .finished = phases[attempt] else { return false }
      phases[attempt] = nil
      return true
    }
  }
}
