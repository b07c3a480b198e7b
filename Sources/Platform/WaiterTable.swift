/// Names a waiter of a `WaiterTable`; never names another one later.
struct WaiterID: Hashable {
  fileprivate var index: Int32
  fileprivate var generation: UInt32
}

/// Those who wait, each under an identity that goes stale when it is taken out, the ones with a
/// deadline also in a heap by it. Adding and taking out cost O(log n) at most.
struct WaiterTable<Waiter> {
  private struct Entry {
    var waiter: Waiter?
    var deadline: Instant?
    var generation: UInt32 = 0
    /// Where the heap holds this entry; -1 if it does not.
    var position: Int32 = -1
  }

  private var entries: [Entry] = []
  private var free: [Int32] = []
  /// A binary heap by deadline; ties by no particular order. Keeps the deadline beside the index
  /// so that comparisons stay within one array.
  private var heap: [(deadline: Instant, index: Int32)] = []

  /// The number of waiters.
  private(set) var count = 0

  /// The earliest deadline of all.
  var earliestDeadline: Instant? { heap.first?.deadline }

  /// Whether the waiter is still in the table.
  func contains(_ id: WaiterID) -> Bool {
    let entry = entries[Int(id.index)]
    return entry.generation == id.generation && entry.waiter != nil
  }

  /// Adds a waiter.
  mutating func insert(_ waiter: Waiter, deadline: Instant?) -> WaiterID {
    let index: Int32
    if let reused = free.popLast() {
      index = reused
    } else {
      index = Int32(entries.count)
      entries.append(Entry())
    }
    entries[Int(index)].waiter = waiter
    count += 1
    if let deadline {
      heap.append((deadline, index))
      entries[Int(index)].position = Int32(heap.count - 1)
      siftUp(from: heap.count - 1)
    }
    return WaiterID(index: index, generation: entries[Int(index)].generation)
  }

  /// Takes a waiter out; nil if it was taken out before.
  mutating func remove(_ id: WaiterID) -> Waiter? {
    guard contains(id) else { return nil }
    return take(id.index)
  }

  /// Takes out a waiter whose deadline is not after `now`, the earliest first.
  mutating func removeExpired(now: Instant) -> Waiter? {
    guard let first = heap.first, first.deadline <= now else { return nil }
    return take(first.index)
  }

  /// Takes all waiters out.
  mutating func removeAll() -> [Waiter] {
    entries.indices.compactMap { entries[$0].waiter == nil ? nil : take(Int32($0)) }
  }

  private mutating func take(_ index: Int32) -> Waiter? {
    let at = Int(index)
    let waiter = entries[at].waiter
    entries[at].waiter = nil
    entries[at].generation &+= 1
    count -= 1
    let position = entries[at].position
    if position >= 0 {
      entries[at].position = -1
      removeFromHeap(Int(position))
    }
    free.append(index)
    return waiter
  }

  private mutating func removeFromHeap(_ position: Int) {
    let last = heap.removeLast()
    guard position < heap.count else { return }
    place(last, at: position)
    siftDown(from: position)
    siftUp(from: position)
  }

  private mutating func place(_ item: (deadline: Instant, index: Int32), at position: Int) {
    heap[position] = item
    entries[Int(item.index)].position = Int32(position)
  }

  private mutating func siftUp(from start: Int) {
    var position = start
    let item = heap[position]
    while position > 0 {
      let parent = (position - 1) / 2
      guard item.deadline < heap[parent].deadline else { break }
      place(heap[parent], at: position)
      position = parent
    }
    place(item, at: position)
  }

  private mutating func siftDown(from start: Int) {
    var position = start
    let item = heap[position]
    while true {
      var child = 2 * position + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1].deadline < heap[child].deadline { child += 1 }
      guard heap[child].deadline < item.deadline else { break }
      place(heap[child], at: position)
      position = child
    }
    place(item, at: position)
  }
}
