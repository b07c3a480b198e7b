/// The processes of a machine at one instant, and which of them belong to which attempt.
///
/// A process belongs to an attempt if it is its root, descends from one that belongs, is in the
/// root's session, was seen to belong before, or carries the attempt in its environment. The last
/// three find what has left the tree: such processes are adopted by the runner host.
struct ProcessTable: Sendable {
  private(set) var processes: [Int32: ProcessStat] = [:]
  /// Processes may lack that could not be looked at for want of descriptors or memory.
  let isPartial: Bool
  private var children: [Int32: [Int32]] = [:]

  init(_ list: some Sequence<ProcessStat>, isPartial: Bool = false) {
    self.isPartial = isPartial
    for process in list where processes.updateValue(process, forKey: process.pid) == nil {
      children[process.parent, default: []].append(process.pid)
    }
  }

  /// The attempt's processes, its root included if it is in the table, dead ones too.
  ///
  /// - Parameters:
  ///   - known: processes seen to belong before.
  ///   - carries: whether a process has the attempt in its environment; asked only for processes
  ///     that started after the root, are candidates and do not belong for another reason.
  ///   - isCandidate: whether a process can be an orphan of the attempt at all. In the runner
  ///     host that began the attempt only its own children can, as it adopts all orphans.
  func members(
    of root: ProcessIdentity, known: Set<ProcessIdentity>,
    isCandidate: (ProcessStat) -> Bool, carries: (ProcessStat) -> Bool
  ) -> [ProcessStat] {
    // Once the root is reaped its number may name another session.
    let rootIsThere = processes[root.pid]?.identity == root
    var found: Set<Int32> = []
    var pending: [Int32] = []
    for process in processes.values where process.startTicks >= root.startTicks {
      let belongs =
        process.identity == root
        || rootIsThere && process.session == root.pid
        || known.contains(process.identity)
        || isCandidate(process) && carries(process)
      if belongs, found.insert(process.pid).inserted { pending.append(process.pid) }
    }
    while let pid = pending.popLast() {
      for child in children[pid] ?? [] {
        if found.insert(child).inserted { pending.append(child) }
      }
    }
    return found.compactMap { processes[$0] }
  }

  /// The children of a process.
  func children(of pid: Int32) -> [ProcessStat] {
    (children[pid] ?? []).compactMap { processes[$0] }
  }
}
