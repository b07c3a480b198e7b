import HTTP
import Jobs
import Platform

/// The link to the manager: one open stream of orders, and reports posted in batches.
extension RunnerHost {
  /// How often the manager hears of us.
  private static let signInterval = Duration.seconds(15)
  /// How long the manager may be silent.
  private static let silenceLimit = Duration.seconds(45)
  private static let firstPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(1)

  /// Connects, again and again, until the host ends.
  func keepLink() async {
    var pause = Self.firstPause
    while !isOver {
      let start = Instant.now
      do {
        let status = try await receiveOrders()
        tellTrouble(status == 200 ? "the manager closed the link" : Self.words(for: status))
        isUnwelcome = status == Self.unknownLinkStatus
      } catch {
        tellTrouble("\(error)")
      }
      isConnected = false
      closeClients()
      endIfForgotten()
      if isOver { return }
      // A link that held for a while was a good one; the next may come at once.
      pause = .now - start > .seconds(5) ? Self.firstPause : pause
      if await reconnect.wait(until: .now + pause) == .closed { return end() }
      pause = min(pause * 2, Self.longestPause)
    }
  }

  /// Opens a link and obeys what comes over it, until it ends.
  /// - Returns: the status the manager answered with.
  private func receiveOrders() async throws -> Int {
    let address = try await files.address()
    await forgetFollowers()
    guard var inventory = identity, !isOver else { return 200 }
    let orders = client(of: address)
    clients = [orders, client(of: address)]
    ledger.describe(in: &inventory)
    ledger.connect()
    // Results may go at once: the manager takes them whatever the inventory says.
    isConnected = true
    nextSign = .now + Self.signInterval
    reportsDue.signal()
    let lines = OrderStream()
    return try await orders.stream(
      "POST", "/link/v1/orders", headers: Self.headers, body: inventory.encoded(),
      idle: Self.silenceLimit
    ) { piece in
      await self.receive(piece, lines)
    }.status
  }

  private func receive(_ piece: [UInt8], _ stream: OrderStream) async -> Bool {
    noteContact()
    do throws(JSONError) {
      for order in try await stream.append(piece) { await obey(order) }
      return !isOver
    } catch {
      tellTrouble("the manager sent what is no order: \(error.message)")
      return false
    }
  }

  /// Posts reports as they come, those that gather meanwhile together, and signs of life.
  func sendReports() async {
    while !isOver {
      let now = Instant.now
      let due = min(
        nextSign, ledger.reportsDue(now: now) ?? nextSign, writtenDue ?? nextSign)
      guard isConnected, due <= now, clients.count == 2 else {
        if await reportsDue.wait(until: isConnected ? due : nil) == .closed { return }
        continue
      }
      let client = clients[1]
      do {
        try await post(over: client)
      } catch {
        // A link that takes no reports is none.
        if clients.count == 2, clients[1] === client {
          if !isOver { tellTrouble("\(error)") }
          isConnected = false
          closeClients()
        }
      }
    }
  }

  private func post(over client: Client) async throws {
    guard let incarnation = identity?.incarnation else { return }
    var batch = ledger.batch(of: incarnation)
    // Afterwards: what a command wrote is told no later than its end.
    batch.written = await takeWritten()
    let answer = try await client.send(
      "POST", "/link/v1/reports", headers: Self.headers, body: batch.encoded(),
      until: .now + Self.silenceLimit)
    // A link that was opened meanwhile says all of this again.
    guard clients.contains(where: { $0 === client }) else { return }
    guard answer.status == 200 else { throw LinkError(words: Self.words(for: answer.status)) }
    noteContact()
    nextSign = .now + Self.signInterval
    let decoded = try ReportAnswer(decoding: answer.body)
    let done = ledger.taken(decoded)
    if !done.isEmpty { await files.drop(done) }
    await discard(decoded.discard)
  }

  func closeClients() {
    let closing = clients
    clients = []
    isHeard = false
    guard !closing.isEmpty else { return }
    for client in closing { client.assumeIsolated { $0.close() } }
  }

  private func client(of address: ManagerAddress) -> Client {
    Client(
      reactor: reactor, host: address.host, port: address.port,
      serverName: configuration.certificateDomain, context: address.context,
      token: address.token)
  }

  private func noteContact() {
    lastContact = .now
    if !isHeard {
      isHeard = true
      changed.signal()
    }
    if lastTrouble != nil {
      lastTrouble = nil
      log.info("the manager answers")
    }
  }

  /// Says once what is wrong with the link.
  private func tellTrouble(_ words: String) {
    guard words != lastTrouble, !isOver else { return }
    lastTrouble = words
    log.warning("no link to the manager: \(words)")
  }

  /// Ends the host when it has been without a manager for too long.
  private func endIfForgotten() {
    let away = Instant.now - lastContact
    if let stopLimit, Instant.now >= stopLimit {
      log.warning("the manager has not taken all results: they are kept")
      end()
    } else if ledger.isBusy {
      return
    } else if isUnwelcome {
      log.warning("the results are left to a runner host that the manager understands")
      end()
    } else if !ledger.owesReports, isStopping || away >= configuration.idleLimit {
      log.info("nothing to do, and no manager: the runner host ends")
      end()
    } else if away >= configuration.resultLimit {
      log.warning("no manager has taken the results for long: they are kept, the host ends")
      end()
    }
  }

  private static let unknownLinkStatus = 409

  private static func words(for status: Int) -> String {
    switch status {
    case unknownLinkStatus: "the manager is of a version of wr that speaks another link"
    case 401: "the manager does not know our token"
    case 503: "the manager is not ready yet"
    default: "the manager answers with status \(status)"
    }
  }

  private static var headers: Headers {
    var headers = Headers()
    headers.add("Content-Type", "application/json")
    return headers
  }
}

/// Why a report was not taken.
private struct LinkError: Error, CustomStringConvertible {
  let words: String
  var description: String { words }
}

/// The lines of one link, kept between its pieces.
private actor OrderStream {
  private var lines = OrderLines()

  func append(_ piece: [UInt8]) throws(JSONError) -> [HostOrder] { try lines.append(piece) }
}
