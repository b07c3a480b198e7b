import Glibc
import Platform
import Testing

@Suite(.timeLimit(.minutes(1))) struct SerialQueueExecutorTests {
  private actor Worker {
    private let executor = SerialQueueExecutor(label: "test")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private(set) var calls = 0

    func call(deferring: Bool) -> Int {
      // So that the reactor has gone to sleep meanwhile.
      usleep(200)
      if deferring { SerialQueueExecutor.deferWake() }
      calls += 1
      return calls
    }
  }

  /// Were the last wake lost as well, this would not end.
  @Test func whatIsToldWithoutAWakeIsHeardWithTheNext() throws {
    let reactor = try Reactor()
    let worker = Worker()
    let sum = reactor.runUntilDone {
      var sum = 0
      for size in 1...20 {
        await withTaskGroup(of: Int.self) { group in
          for number in 1...size {
            group.addTask { await worker.call(deferring: number < size) }
          }
          for await call in group { sum += call }
        }
      }
      return sum
    }
    #expect(sum == 210 * 211 / 2)
  }
}
