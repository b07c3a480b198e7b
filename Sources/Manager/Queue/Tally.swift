import Jobs

/// How many jobs of each rep group are in each state, kept as they move: reading costs O(groups).
struct Tally {
  private(set) var groups: [RepGroup: [String: Int]] = [:]

  mutating func enter(_ group: RepGroup, _ state: JobState, count: Int = 1) {
    groups[group, default: [:]][state.name, default: 0] += count
  }

  mutating func leave(_ group: RepGroup, _ state: JobState) {
    guard let count = groups[group]?[state.name], count > 0 else {
      preconditionFailure("no \(state.name) job of \(group) was counted")
    }
    groups[group]![state.name] = count > 1 ? count - 1 : nil
    if groups[group]!.isEmpty { groups[group] = nil }
  }
}
