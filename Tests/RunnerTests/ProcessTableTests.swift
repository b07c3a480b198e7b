import Testing

@testable import Runner

private func process(
  _ pid: Int32, parent: Int32, session: Int32, start: UInt64 = 100, state: String = "S"
) -> ProcessStat {
  ProcessStat(
    pid: pid, parent: parent, session: session, state: state.utf8.first!, cpuTicks: 0,
    startTicks: start, residentPages: 1)
}

struct ProcessTableTests {
  private let root = ProcessIdentity(pid: 10, startTicks: 100)

  private func members(
    _ list: [ProcessStat], known: Set<ProcessIdentity> = [], carriers: Set<Int32> = []
  ) -> [Int32] {
    ProcessTable(list).members(
      of: root, known: known, isCandidate: { $0.parent == 1 },
      carries: { carriers.contains($0.pid) }
    ).map(\.pid).sorted()
  }

  @Test func descendantsBelongAndOthersDoNot() {
    #expect(
      members([
        process(1, parent: 0, session: 1, start: 1), process(10, parent: 1, session: 10),
        process(11, parent: 10, session: 10), process(12, parent: 11, session: 12),
        process(20, parent: 1, session: 20), process(21, parent: 20, session: 20),
      ]) == [10, 11, 12])
  }

  @Test func anAdoptedProcessIsToldByItsSession() {
    #expect(
      members([
        process(10, parent: 1, session: 10, state: "Z"), process(15, parent: 1, session: 10),
        process(16, parent: 15, session: 16),
      ]) == [10, 15, 16])
  }

  @Test func onceTheRootIsReapedItsNumberNamesNoSession() {
    #expect(members([process(15, parent: 1, session: 10)]) == [])
    #expect(
      members([
        process(10, parent: 1, session: 10, start: 200), process(15, parent: 1, session: 10),
      ])
        == [])
  }

  @Test func anAdoptedProcessIsToldByWhatWasSeenBefore() {
    let known: Set = [ProcessIdentity(pid: 15, startTicks: 100)]
    #expect(members([process(15, parent: 1, session: 15)], known: known) == [15])
    #expect(members([process(15, parent: 1, session: 15, start: 101)], known: known) == [])
  }

  @Test func anAdoptedProcessIsToldByItsEnvironment() {
    let list = [
      process(15, parent: 1, session: 15), process(16, parent: 15, session: 15),
      process(17, parent: 2, session: 17),
    ]
    #expect(members(list, carriers: [15, 17]) == [15, 16])
  }

  @Test func whatWasThereBeforeTheRootNeverBelongs() {
    #expect(members([process(15, parent: 1, session: 10, start: 99)], carriers: [15]) == [])
  }
}
