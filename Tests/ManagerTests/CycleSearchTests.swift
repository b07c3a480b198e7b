import Jobs
import Support
import Testing

@testable import Manager

@Suite struct CycleSearchTests {
  /// Jobs 0, 1, …: what each depends on.
  private struct Jobs {
    var graph = DependencyGraph()
    var dependencies: [[Int]]

    init(_ dependencies: [[Int]]) {
      self.dependencies = dependencies
      for number in dependencies.indices {
        _ = graph.provide(key: Self.key(number), groups: [Self.group(number)])
      }
      for (number, others) in dependencies.enumerated() {
        // Half of them by key, half by group.
        let prerequisites = others.map { other -> Prerequisite in
          number % 2 == 0 ? .key(Self.key(other)) : .group(Self.group(other))
        }
        _ = graph.depend(JobID(Int64(number)), on: prerequisites) { _ in true }
      }
    }

    static func key(_ number: Int) -> JobKey { JobKey(low: UInt64(number), high: 1) }
    static func group(_ number: Int) -> DepGroup { DepGroup("g\(number)") }

    /// The jobs of a circle, looked for in steps of about so many.
    func circle(stepsOf budget: Int) -> [Int]? {
      var search = CycleSearch(through: dependencies.indices.map { JobID(Int64($0)) })
      while true {
        let finding = search.step(graph, upTo: budget) { id in
          (Self.key(Int(id.number)), [Self.group(Int(id.number))])
        }
        switch finding {
        case .more: continue
        case .nothing: return nil
        case .circle(let circle):
          return circle.compactMap { if case .job(let id) = $0 { Int(id.number) } else { nil } }
        }
      }
    }

    /// By taking away, as long as there are some, jobs that depend on none of those left.
    var hasCircle: Bool {
      var left = Set(dependencies.indices)
      while true {
        let free = left.filter { left.isDisjoint(with: dependencies[$0]) }
        if free.isEmpty { return !left.isEmpty }
        left.subtract(free)
      }
    }
  }

  @Test func circlesAreFoundInStepsOfAnySize() throws {
    var random = SeededGenerator()
    for round in 0..<200 {
      let count = Int.random(in: 1...30, using: &random)
      let jobs = Jobs(
        (0..<count).map { _ in
          (0..<Int.random(in: 0...2, using: &random)).map { _ in
            Int.random(in: 0..<count, using: &random)
          }
        })
      for budget in [1, 3, .max] {
        let circle = jobs.circle(stepsOf: budget)
        #expect((circle != nil) == jobs.hasCircle, "seed \(random.seed), round \(round)")
        guard let circle else { continue }
        for (job, next) in zip(circle, circle.dropFirst() + circle.prefix(1)) {
          #expect(jobs.dependencies[next].contains(job), "seed \(random.seed), round \(round)")
        }
      }
    }
  }

  @Test func aLongChainHasNoCircleAndALongCircleIsFound() {
    let count = 20_000
    let chain = (0..<count).map { $0 == 0 ? [] : [$0 - 1] }
    #expect(Jobs(chain).circle(stepsOf: 1000) == nil)
    #expect(Jobs([[count - 1]] + chain.dropFirst()).circle(stepsOf: 1000)?.count == count)
  }

  @Test func oneThatHasGoneIsPassedOver() {
    var search = CycleSearch(through: [JobID(7)])
    guard case .nothing = search.step(DependencyGraph(), upTo: .max, provides: { _ in nil }) else {
      Issue.record("there is nothing to be found")
      return
    }
  }

  @Test func ofALongCircleOnlyTheBeginningIsNamed() {
    var bench = QueueBench()
    let error = #expect(throws: QueueError.self) {
      try bench.add(Array(1...1000)) { number, spec in
        spec.dependencies = [.key(QueueBench.key(number % 1000 + 1))]
      }
    }
    guard case .invalid(let words)? = error else { return }
    #expect(words.utf8.count < 500, "\(words)")
    #expect(words.contains(" <- 980 more <- "))
  }
}
