import Support
import Testing

@testable import Manager

@Suite struct PartedDictionaryTests {
  @Test func itHoldsWhatADictionaryHolds() {
    var random = SeededGenerator()
    var parted = PartedDictionary<Int, [Int]>()
    var model: [Int: [Int]] = [:]
    for step in 0..<5000 {
      let key = Int.random(in: 0..<1000, using: &random)
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
    for key in 0..<1000 { #expect(parted[key] == model[key], "seed \(random.seed)") }
  }
}
