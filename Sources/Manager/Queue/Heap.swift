/// A binary heap: the smallest element is taken first.
///
/// Nothing is removed from its middle: owners keep elements that may have become void and ask,
/// when one is taken, whether it still holds. That makes every change O(log n) without positions.
struct Heap<Element: Comparable> {
  private var elements: [Element] = []

  var count: Int { elements.count }
  var isEmpty: Bool { elements.isEmpty }
  var first: Element? { elements.first }

  mutating func insert(_ element: Element) {
    elements.append(element)
    var child = elements.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      guard elements[child] < elements[parent] else { return }
      elements.swapAt(child, parent)
      child = parent
    }
  }

  mutating func removeFirst() -> Element? {
    guard let last = elements.popLast() else { return nil }
    guard let first = elements.first else { return last }
    elements[0] = last
    var parent = 0
    while true {
      var least = 2 * parent + 1
      guard least < elements.count else { return first }
      if least + 1 < elements.count, elements[least + 1] < elements[least] { least += 1 }
      guard elements[least] < elements[parent] else { return first }
      elements.swapAt(least, parent)
      parent = least
    }
  }

  /// Drops every element that no longer holds. O(n).
  mutating func compact(keeping holds: (Element) -> Bool) {
    let kept = elements.filter(holds)
    elements.removeAll(keepingCapacity: false)
    for element in kept { insert(element) }
  }
}
