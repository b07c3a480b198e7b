import Jobs
import Support
import Testing

@testable import Manager

@Suite struct PartedDictionaryTests {
  @Test func itHoldsWhatADictionaryHolds() {
    var random = SeededGenerator()
    // As they are, and many in the same part.
    let keys = (0..<500).flatMap { number in
      [JobKey(ofCommand: "\(number)", cwd: nil), JobKey(low: .max, high: UInt64(number))]
    }
    var parted = PartedDictionary<JobKey, [Int]>()
    var model: [JobKey: [Int]] = [:]
    for step in 0..<5000 {
      let key = keys.randomElement(using: &random)!
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        parted[key] = [step]
        model[key] = [step]
      case 1:
        parted[key] = nil
        model[key] = nil
      case 2:
        parted[key, default: []].append(step)
        model[key, default: []].append(step)
      default:
        parted[key]?.append(step)
        model[key]?.append(step)
      }
      #expect(parted[key] == model[key], "seed \(random.seed)")
      #expect(parted.count == model.count, "seed \(random.seed)")
      #expect(parted.isEmpty == model.isEmpty, "seed \(random.seed)")
    }
    for key in keys { #expect(parted[key] == model[key], "seed \(random.seed)") }
  }
}
