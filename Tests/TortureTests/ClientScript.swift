import Support

/// Makes up what a client asks for; the seed alone decides it.
struct ClientScript {
  private let client: Int
  private let clients: Int
  /// Failed jobs are tried again by the manager, not by the client: that takes half a minute.
  private let isPatient: Bool
  private var random: SeededGenerator
  private var made = 0
  /// The latest chores that others may wait for, and the endless one that doomed ones wait for.
  private var goals: [Int] = []
  private var endless: Int?

  static let limitGroups = [
    Chore.LimitedGroup(name: "one", limit: 1), Chore.LimitedGroup(name: "three", limit: 3),
  ]

  private init(client: Int, of clients: Int, _ settings: Settings) {
    self.client = client
    self.clients = clients
    isPatient = settings.isPatient
    random = SeededGenerator(seed: settings.seed &+ UInt64(client + 1) &* 0x9E37_79B9)
  }

  /// What each of the clients adds, POST by POST.
  static func batches(_ settings: Settings) -> [[[Chore]]] {
    (0..<Settings.clients).map { client in
      var script = ClientScript(client: client, of: Settings.clients, settings)
      var batches: [[Chore]] = []
      let wanted = settings.jobs / Settings.clients
      while script.made < wanted { batches.append(script.nextBatch(atMost: wanted - script.made)) }
      return batches
    }
  }

  /// The chores of the next POST.
  private mutating func nextBatch(atMost limit: Int) -> [Chore] {
    let count = min(limit, Int.random(in: 1...40, using: &random))
    return (0..<count).map { _ in nextChore() }
  }

  private mutating func nextChore() -> Chore {
    let number = client + made * clients
    made += 1
    var chore = Chore(number: number, kind: nextKind())
    chore.priority = Int.random(in: 0...255, using: &random)
    if isPatient, Int.random(in: 0..<4, using: &random) == 0 { chore.retries = 2 }
    if Int.random(in: 0..<10, using: &random) == 0 {
      chore.limitGroup = Self.limitGroups.randomElement(using: &random)
    }
    if Int.random(in: 0..<4, using: &random) == 0, let goal = goals.randomElement(using: &random) {
      chore.prerequisites = [goal]
    }
    if case .doomed(let endless) = chore.kind { chore.prerequisites = [endless] }
    if case .endless = chore.kind {
      // It must get to run at once: one that waits cannot be killed.
      chore.prerequisites = []
      chore.limitGroup = nil
      chore.priority = 255
      endless = number
    }
    if chore.succeeds { goals = goals.suffix(9) + [number] }
    return chore
  }

  private mutating func nextKind() -> Chore.Kind {
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<4: return .failing(Int.random(in: 1...100, using: &random))
    case 4..<8: return .secondTry
    case 8..<11: return .forking
    case 11: return .endless
    case 12..<14:
      guard let last = endless else { return .good(0) }
      endless = nil
      return .doomed(of: last)
    case 14..<40: return .good(Int.random(in: 1...300, using: &random))
    default: return .good(0)
    }
  }
}
