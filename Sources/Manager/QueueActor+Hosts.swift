import Jobs
import Platform

/// The open stream of orders to one runner host.
struct Link {
  private let continuation: AsyncStream<[UInt8]>.Continuation
  /// Of the link protocol, as the host speaks it.
  let version: Int

  init(_ continuation: AsyncStream<[UInt8]>.Continuation, version: Int) {
    self.continuation = continuation
    self.version = version
  }

  /// - Returns: false if nobody reads the stream any more.
  @discardableResult
  func send(_ order: HostOrder) -> Bool { send(lines: order.encoded()) }

  func send(lines: [UInt8]) -> Bool {
    if case .terminated = continuation.yield(lines) { return false }
    return true
  }

  func finish() { continuation.finish() }
}

extension QueueActor {
  /// How often a host is told that we are still there, and how long it may be silent.
  private static let pingInterval = Duration.seconds(15)
  private static let silenceLimit = Duration.seconds(45)

  /// A host has connected: settles its inventory, then gives the lines of its order stream, each
  /// an NDJSON line of `HostOrder`. The stream ends when a newer link of the host comes, the host
  /// is given up, or the manager stops. Ending the iteration drops the link.
  public func connect(_ inventory: Inventory) async throws(QueueError) -> AsyncStream<[UInt8]> {
    try refuseUnknownLink(of: inventory)
    for incarnation in links.keys { close(incarnation) }
    let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
    links[inventory.incarnation] = Link(
      continuation, version: inventory.linkVersion)
    nextPing = nextPing ?? .now + Self.pingInterval
    let local = StoredHost(
      incarnation: inventory.incarnation, pid: inventory.pid, startTicks: inventory.startTicks,
      bootID: inventory.bootID)
    localHost = local
    log.info("runner host \(inventory.host) (pid \(inventory.pid)) is connected")
    do throws(QueueError) {
      // Orders follow only once what the inventory changed is on disk: effects see to that.
      try await commit { queue, now in
        queue.connect(inventory, now: now)
        queue.rememberLocalHost(local)
      }
    } catch {
      drop(inventory.incarnation)
      throw error
    }
    // One that comes while the manager stops was not there to be told.
    if endsJobs { links[inventory.incarnation]?.send(.stop(killing: true)) }
    return stream
  }

  /// A host of another version of wr may speak what we don't understand. Its jobs run on, and it
  /// ends once they have; their results wait on its disk for a host that we do understand.
  private func refuseUnknownLink(of inventory: Inventory) throws(QueueError) {
    let known = Inventory.acceptedLinkVersions
    guard !known.contains(inventory.linkVersion) else { return }
    let sentence =
      "runner host \(inventory.host) (pid \(inventory.pid)) was started by another version of wr: it"
      + " speaks version \(inventory.linkVersion) of the link, this manager"
      + " \(known.lowerBound) to \(known.upperBound). What it runs goes on and is recorded once it"
      + " has ended; until then no other job starts on its machine"
    if refusedHosts.insert(inventory.incarnation).inserted {
      log.warning(sentence)
      warn(sentence)
    }
    throw .unknownLink(sentence)
  }

  /// Takes reports; returns when all of it is on disk.
  ///
  /// What a batch says is acknowledged only after a commit that began after it was taken in, even
  /// if it said nothing new: an earlier try may have failed to commit.
  public func report(_ batch: ReportBatch) async throws(QueueError) -> ReportAnswer {
    deliver(batch.written)
    return try await commit { queue, now in queue.take(batch, now: now) }
  }

  /// A runner host's process is provably gone; one that never connected held nothing.
  public func hostIsGone(pid: Int, startTicks: UInt64) {
    guard let host = localHost, host.pid == pid, host.startTicks == startTicks else { return }
    if !endsJobs { log.warning("the runner host (pid \(pid)) is gone") }
    close(host.incarnation)
    apply { queue, now in queue.hostIsGone(host.incarnation, now: now) }
  }

  /// Does what a round asked for, now that it is on disk.
  func perform(_ effects: [Effect]) {
    // What one round asks for goes in one piece.
    var lines: [Incarnation: [UInt8]] = [:]
    for effect in effects {
      switch effect {
      case .run(let id, let attempt):
        if let (incarnation, bare) = queue.order(id, attempt) {
          var order = bare
          order.baseEnvironment = baseEnvironment(of: order.spec)
          lines[incarnation, default: []] += HostOrder.run(order).encoded()
        }
      case .kill(let incarnation, let attempt):
        lines[incarnation, default: []] += HostOrder.kill(attempt).encoded()
      case .discard(let incarnation, let attempt):
        lines[incarnation, default: []] += HostOrder.discard(attempt).encoded()
      }
    }
    for (incarnation, lines) in lines {
      if let link = links[incarnation], !link.send(lines: lines) { drop(incarnation) }
    }
  }

  /// An order that cannot be sent is not lost: the host's next inventory settles it.
  private func send(_ order: HostOrder, to incarnation: Incarnation) {
    guard let link = links[incarnation] else { return }
    if !link.send(order) { drop(incarnation) }
  }

  private func drop(_ incarnation: Incarnation) {
    close(incarnation)
    queue.disconnect(incarnation)
  }

  private func close(_ incarnation: Incarnation) {
    guard let link = links.removeValue(forKey: incarnation) else { return }
    link.finish()
    endFollowing(because: "the runner host that runs the job is out of touch", withHost: true)
  }

  /// Tells connected hosts that we are there, and gives up links of hosts that are silent.
  func pingIfDue(now: Now) {
    guard let due = nextPing, due <= now.instant else { return }
    for incarnation in links.keys.sorted(by: { $0.text < $1.text }) {
      if let host = queue.host, host.incarnation == incarnation,
        host.lastSeen + Self.silenceLimit < now.instant
      {
        log.warning("runner host \(host.name) has been silent for 45 s: its link is closed")
        drop(incarnation)
      } else {
        send(.ping, to: incarnation)
      }
    }
    for number in followers.keys { tell(number) }
    nextPing = links.isEmpty ? nil : now.instant + Self.pingInterval
  }
}
