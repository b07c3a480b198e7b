import CLinux
import Glibc
import Synchronization

/// What a descriptor is waited upon for.
public enum Interest: Sendable { case reading, writing }

/// Why a wait ended.
public enum WaitResult: Sendable, Hashable {
  /// The descriptor is ready, or the wakeup was signalled.
  case ready
  /// The deadline has passed.
  case timeout
  /// The descriptor was shut down for waiters, or the reactor stops.
  case closed
}

/// One thread, one epoll: the executor of actors and of the tasks that prefer it.
///
/// Tasks started with `executorPreference: reactor` and actors whose `unownedExecutor` is the
/// reactor run on its thread and call one another without a change of thread. A task without that
/// preference runs there too when it calls such an actor, but every `await` of it, even of what
/// does not suspend, may let other jobs of the reactor run first. What "only on the reactor" says
/// is checked and traps. An idle reactor sleeps in epoll_wait(2) without a timeout.
///
/// Waits do not look at task cancellation: a task ends because its descriptor is shut down, its
/// deadline passes or the reactor stops.
///
/// Unchecked because of the mutable state below: it belongs to the loop's thread, and every
/// access is behind `preconditionCurrent()` or in the loop itself; other threads touch only the
/// atomics and the two descriptor numbers.
public final class Reactor: SerialExecutor, TaskExecutor, @unchecked Sendable {
  /// A job from another thread on its way to the loop.
  private struct Node {
    var job: UnownedJob
    var next: UnsafeMutablePointer<Node>?
  }
  private enum Phase: Int { case fresh, running, ended }

  private let epoll: Descriptor
  private let wakeEvent: Descriptor
  /// Pushed by any thread with a compare-and-swap, taken as a whole by the loop.
  private let inbox = Atomic<UnsafeMutablePointer<Node>?>(nil)
  /// Whether the loop is in epoll_wait or about to be, so that a push must wake it.
  private let sleeping = Atomic<Bool>(false)
  private let stopRequested = Atomic<Bool>(false)
  private let phase = Atomic<Int>(Phase.fresh.rawValue)

  // Below: only on the loop's thread.
  private var local: [UnownedJob] = []
  private var running: [UnownedJob] = []
  var slots: [DescriptorSlot] = []
  // Unsafe continuations: every one of them is in this table and taken out exactly once, and a
  // checked one would double the cost of a wait.
  var waiters = WaiterTable<UnsafeContinuation<WaitResult, Never>>()
  var yielded: [UnsafeContinuation<Void, Never>] = []
  private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)
  /// Set once `stop()` was noticed: from then on every wait ends at once with `.closed`.
  private(set) var isStopping = false

  /// The most batches of jobs between two looks at the descriptors: jobs that enqueue jobs must
  /// not keep the loop from its peers.
  private static let batchesPerPoll = 8
  private static let eventsPerPoll = 256
  private static let wakeData = UInt64.max

  /// Makes the epoll instance, and ignores SIGPIPE for the whole process: a peer that has gone
  /// is an error of the write.
  public init() throws(SystemError) {
    clinux_ignore_signal(SIGPIPE)
    epoll = try Descriptor(checking: clinux_epoll_create(), "epoll_create")
    wakeEvent = try Descriptor(checking: clinux_eventfd(), "eventfd")
    guard clinux_epoll_add_wake(epoll.number, wakeEvent.number, Self.wakeData) == 0 else {
      throw SystemError(operation: "epoll_ctl")
    }
  }

  deinit {
    // Jobs that came after the end are never run; only their nodes are freed here.
    var node = inbox.exchange(nil, ordering: .acquiring)
    while let current = node {
      node = current.pointee.next
      current.deallocate()
    }
    scratch.deallocate()
  }

  // MARK: Running

  /// Runs the loop on the calling thread until `stop()`. May be called once.
  public func run() {
    let (isFirst, _) = phase.compareExchange(
      expected: Phase.fresh.rawValue, desired: Phase.running.rawValue,
      ordering: .sequentiallyConsistent)
    precondition(isFirst, "a reactor runs once")
    clinux_set_thread_loop(mark)
    let events = UnsafeMutableBufferPointer<clinux_event>.allocate(capacity: Self.eventsPerPoll)
    defer { events.deallocate() }
    while true {
      runJobs()
      if !isStopping, stopRequested.load(ordering: .sequentiallyConsistent) { beginStop() }
      if isStopping, local.isEmpty, inbox.load(ordering: .sequentiallyConsistent) == nil { break }
      poll(into: events)
    }
    clinux_set_thread_loop(nil)
    phase.store(Phase.ended.rawValue, ordering: .sequentiallyConsistent)
  }

  /// Runs the loop on a thread of its own until `stop()`.
  public func start() {
    var thread = pthread_t()
    // The thread keeps the reactor alive until its loop is over.
    let retained = Unmanaged.passRetained(self)
    let failure = pthread_create(
      &thread, nil,
      { argument in
        // Never nil: it is what the line above passes.
        guard let argument else { return nil }
        Unmanaged<Reactor>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, retained.toOpaque())
    precondition(failure == 0, "no thread for a reactor: \(String(cString: strerror(failure)))")
    pthread_detach(thread)
  }

  /// Ends the loop, from any thread. Every waiter is resumed with `.closed` first, and what they
  /// and queued jobs do without waiting is still done. Jobs that come later are never run: whoever
  /// stops a reactor must first have seen its tasks end, or have them end by `.closed`.
  public func stop() {
    stopRequested.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Runs `body` as the root of a task tree on this reactor, and the loop on the calling thread
  /// until it has returned.
  /// - Returns: what `body` returns; its error is rethrown.
  public func runUntilDone<Success, Failure: Error>(
    _ body: sending @escaping () async throws(Failure) -> Success
  ) throws(Failure) -> Success {
    // Unsafe but alone: the task runs on the calling thread, inside run(), and is over after it.
    nonisolated(unsafe) var outcome: Result<Success, Failure>?
    nonisolated(unsafe) let body = body
    // The one unstructured task: the root that every other task descends from.
    Task(executorPreference: self) {
      do throws(Failure) {
        outcome = .success(try await body())
      } catch {
        outcome = .failure(error)
      }
      self.stop()
    }
    run()
    guard let outcome else { preconditionFailure("stop() was called before the root task ended") }
    return try outcome.get()
  }

  /// Lends 64 kB to read into: asking for that much memory and giving it back for every read costs
  /// more than the read. Only on the reactor, and not by a body of another call.
  public func withScratch<R>(_ body: (UnsafeMutableRawBufferPointer) -> R) -> R {
    preconditionCurrent()
    return body(scratch)
  }

  // MARK: Executor

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isCurrent {
      local.append(job)
      return
    }
    let node = UnsafeMutablePointer<Node>.allocate(capacity: 1)
    var head = inbox.load(ordering: .relaxed)
    node.initialize(to: Node(job: job, next: head))
    while true {
      let (exchanged, current) = inbox.weakCompareExchange(
        expected: head, desired: node, successOrdering: .sequentiallyConsistent,
        failureOrdering: .relaxed)
      if exchanged { break }
      head = current
      node.pointee.next = head
    }
    // Sequentially consistent on both sides: either this sees `sleeping`, or the loop, which
    // sets it before it looks at the inbox a last time, sees the job.
    if sleeping.load(ordering: .sequentiallyConsistent), clinux_thread_defers_wake() == 0 { wake() }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    UnownedSerialExecutor(ordinary: self)
  }

  public func asUnownedTaskExecutor() -> UnownedTaskExecutor { UnownedTaskExecutor(ordinary: self) }

  public func checkIsolated() { preconditionCurrent() }

  public func isIsolatingCurrentContext() -> Bool? { isCurrent }

  /// Whether the calling thread is the loop's.
  public var isCurrent: Bool { clinux_thread_loop() == mark }

  func preconditionCurrent() { precondition(isCurrent, "called off the reactor's thread") }

  private var mark: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

  // MARK: The loop

  private func wake() {
    var one: UInt64 = 1
    // The counter is full after 2^64 wakes: never.
    _ = write(wakeEvent.number, &one, 8)
  }

  /// Moves what other threads have pushed, in their order, to the end of `local`.
  private func takeInbox() {
    guard inbox.load(ordering: .relaxed) != nil else { return }
    var node = inbox.exchange(nil, ordering: .sequentiallyConsistent)
    let start = local.count
    while let current = node {
      local.append(current.pointee.job)
      node = current.pointee.next
      current.deallocate()
    }
    local[start...].reverse()
  }

  private func runJobs() {
    let serial = asUnownedSerialExecutor()
    let task = asUnownedTaskExecutor()
    takeInbox()
    for _ in 0..<Self.batchesPerPoll where !local.isEmpty {
      swap(&local, &running)
      for job in running { job.runSynchronously(isolatedTo: serial, taskExecutor: task) }
      running.removeAll(keepingCapacity: true)
      takeInbox()
    }
  }

  private func beginStop() {
    isStopping = true
    for waiter in waiters.removeAll() { waiter.resume(returning: .closed) }
  }

  /// Waits for descriptors, the earliest deadline or a wake, and resumes whom it concerns.
  private func poll(into events: UnsafeMutableBufferPointer<clinux_event>) {
    var timeout: Int32 = 0
    if local.isEmpty, yielded.isEmpty, !isStopping {
      timeout = millisecondsToEarliestDeadline()
      sleeping.store(true, ordering: .sequentiallyConsistent)
      if inbox.load(ordering: .sequentiallyConsistent) != nil
        || stopRequested.load(ordering: .sequentiallyConsistent)
      {
        timeout = 0
      }
    }
    let count = clinux_epoll_wait(
      epoll.number, events.baseAddress, Int32(events.count), timeout)
    sleeping.store(false, ordering: .relaxed)
    precondition(count >= 0, "epoll_wait: \(String(cString: strerror(errno)))")
    // The wake event has done its work by ending the wait; its counter need not be read.
    for event in events[..<Int(count)] where event.data != Self.wakeData {
      noteReadiness(data: event.data, mask: event.mask)
    }
    if waiters.earliestDeadline != nil {
      let now = Instant.now
      while let waiter = waiters.removeExpired(now: now) { waiter.resume(returning: .timeout) }
    }
    if !yielded.isEmpty {
      for continuation in yielded { continuation.resume() }
      yielded.removeAll(keepingCapacity: true)
    }
  }

  /// What epoll_wait takes: -1 without a deadline, never too early by rounding. The kernel counts
  /// it on a clock that stands while the machine sleeps, so that a deadline that passed in a
  /// sleep is noticed at the next event, or by then at the latest.
  private func millisecondsToEarliestDeadline() -> Int32 {
    guard let deadline = waiters.earliestDeadline else { return -1 }
    let (left, overflow) = deadline.nanoseconds.subtractingReportingOverflow(
      Instant.now.nanoseconds)
    if overflow { return .max }
    if left <= 0 { return 0 }
    return Int32(clamping: (left - 1) / 1_000_000 + 1)
  }

  func addToEpoll(_ descriptor: Int32, data: UInt64) throws(SystemError) {
    guard clinux_epoll_add(epoll.number, descriptor, data) == 0 else {
      throw SystemError(operation: "watch descriptor \(descriptor)")
    }
  }

  func removeFromEpoll(_ descriptor: Int32) {
    // Fails only if the descriptor is closed already, which has removed it.
    _ = clinux_epoll_remove(epoll.number, descriptor)
  }
}
