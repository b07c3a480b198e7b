import Jobs
import Support
import Testing

@testable import Manager

@Suite struct WaitlistTests {
  @Test func theOldestIsTakenFirstInWhateverOrderTheyCome() {
    var random = SeededGenerator()
    var list = Waitlist()
    var expected: [JobID] = []
    var next: Int64 = 0
    for _ in 0..<5000 {
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1:
        next += 1
        list.insert(JobID(next))
        expected.append(JobID(next))
      case 2:
        let old = JobID(Int64.random(in: 0...next, using: &random))
        list.insert(old)
        expected.append(old)
      default:
        expected.sort()
        #expect(list.first == expected.first, "seed \(random.seed)")
        #expect(list.removeFirst() == expected.first, "seed \(random.seed)")
        expected = Array(expected.dropFirst())
      }
      #expect(list.isEmpty == expected.isEmpty, "seed \(random.seed)")
    }
  }
}
