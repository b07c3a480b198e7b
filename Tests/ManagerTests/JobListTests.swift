import Jobs
import Support
import Testing

@testable import Manager

@Suite(.timeLimit(.minutes(1)))
struct JobListTests {
  @Test func whatIsTakenPieceByPieceIsTheWholeInOrder() {
    var random = SeededGenerator()
    var list = JobList()
    var expected: [ListedJob] = []
    for part in 0..<Int64(20) {
      let numbers = (0..<Int64.random(in: 0...30, using: &random)).map { part * 100 + $0 }
      let group: RepGroup? = part % 4 == 0 ? nil : RepGroup("g\(part)")
      switch part % 3 {
      case 0:
        list.append(live: numbers.map { JobID($0) }, by: group)
        expected += numbers.map { ListedJob(place: .live(JobID($0), nil), repGroup: group) }
      case 1:
        list.append(complete: numbers, by: group)
        expected += numbers.map { ListedJob(place: .history(row: $0), repGroup: group) }
      default:
        let jobs = numbers.map { ListedJob(place: .history(row: $0), repGroup: group, similar: 1) }
        list.append(jobs)
        expected += jobs
      }
    }
    var taken: [ListedJob] = []
    while true {
      let count = Int.random(in: 1...40, using: &random)
      let piece = list.next(count)
      if piece.isEmpty { break }
      #expect(
        piece.count == min(count, expected.count - taken.count), "seed \(random.seed)")
      taken += piece
    }
    #expect(taken == expected, "seed \(random.seed)")
  }
}
