import Jobs
import Testing

@testable import Manager

/// The order of behaviour.md §2.3 and §5.6, against a plain sort.
@Suite struct ReadyOrderTests {
  /// A job that waits, as a plain list would hold it.
  private struct Waiting {
    var id: JobID
    var priority: Int
    var size: Int
    var group: LimitGroup
  }

  private let machine = Machine(cores: 16, memory: 65_536)

  private func add(
    _ number: Int, to order: inout ReadyOrder, _ random: inout SplitMix64
  ) -> (Waiting, ReadyOrder.LineID) {
    let id = JobID(Int64(number))
    let priority = Int.random(in: 0...2, using: &random)
    let requirements = Requirements(
      memory: Megabytes(2000 * Int.random(in: 0...3, using: &random)),
      cores: Cores(Int.random(in: 0...4, using: &random)))
    let group = LimitGroup("L\(Int.random(in: 0...3, using: &random))")
    let spec = JobSpec(cmd: "a", requirements: requirements)
    let job = Job(
      id: id, key: QueueBench.key(number), spec: spec, addedAt: Timestamp(seconds: 0),
      state: .ready)
    let line = order.insert(
      id,
      shape: ReadyOrder.Shape(
        priority: priority, estimate: Estimate(of: job), limitGroups: [group]),
      requirements: { requirements }, size: { machine.size(of: $0) })
    let size = machine.size(of: Machine.Room(for: requirements))
    return (Waiting(id: id, priority: priority, size: size, group: group), line)
  }

  private func sorted(_ waiting: [Waiting]) -> [JobID] {
    waiting.sorted { ($1.priority, $1.size, $0.id) < ($0.priority, $0.size, $1.id) }.map(\.id)
  }

  @Test(arguments: [UInt64(1), 2, 3, 20_261_127])
  func jobsComeByPriorityThenSizeThenAge(seed: UInt64) {
    var random = SplitMix64(seed: seed)
    var order = ReadyOrder()
    var waiting: [Waiting] = []
    var lines: [JobID: ReadyOrder.LineID] = [:]
    for round in 0..<60 {
      for _ in 0..<Int.random(in: 0...20, using: &random) {
        let (job, line) = add(lines.count, to: &order, &random)
        waiting.append(job)
        lines[job.id] = line
      }
      // Some leave without being placed.
      waiting.removeAll { _ in Int.random(in: 0..<10, using: &random) == 0 }
      let here = Set(waiting.map(\.id))
      // One group lets none of its jobs start, the others a few.
      let full = LimitGroup("L\(Int.random(in: 0...3, using: &random))")
      var room = Int.random(in: 0...15, using: &random)
      let expected = sorted(waiting.filter { $0.group != full }).prefix(room)
      var taken: [JobID] = []
      order.drain(
        holds: { id, line in here.contains(id) && lines[id] == line },
        decide: { _, line in
          if room == 0 { return .stop }
          return line.shape.limitGroups == [full] ? .park(full) : .take
        },
        take: { id, _ in
          room -= 1
          taken.append(id)
        })
      #expect(taken == Array(expected), "seed \(seed), round \(round)")
      let gone = Set(taken)
      waiting.removeAll { gone.contains($0.id) }
      order.unpark(full)
    }
  }
}
