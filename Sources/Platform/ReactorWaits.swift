import CLinux

/// What the reactor knows of one descriptor number.
struct DescriptorSlot {
  /// Counts registrations: events of an earlier one are told apart by it.
  var generation: UInt32 = 0
  /// CLINUX_READABLE and CLINUX_WRITABLE edges that nobody has waited for yet.
  var ready: UInt32 = 0
  var isRegistered = false
  /// Nothing more comes: from then on it is always readable, be it only the end.
  var hasEnded = false
  var isShutDown = false
  /// The identity of the last waiter of each interest; stale once it was resumed.
  var reader: WaiterID?
  var writer: WaiterID?
}

extension Interest {
  fileprivate var bit: UInt32 {
    switch self {
    case .reading: UInt32(CLINUX_READABLE)
    case .writing: UInt32(CLINUX_WRITABLE)
    }
  }
}

extension DescriptorSlot {
  /// The last waiter for an interest.
  fileprivate subscript(interest: Interest) -> WaiterID? {
    get { interest == .reading ? reader : writer }
    set { if interest == .reading { reader = newValue } else { writer = newValue } }
  }
}

extension Reactor {
  /// Makes a non-blocking descriptor known. Only on the reactor.
  ///
  /// The caller owns it on and calls `unregister` before closing it. A number that is still
  /// registered was closed without that, and is taken over.
  /// - Throws: EPERM for what cannot be waited upon (regular files), EMFILE and the like.
  public func register(_ descriptor: Int32) throws(SystemError) {
    preconditionCurrent()
    let index = Int(descriptor)
    if index >= slots.count {
      let grown = max(64, slots.count * 2, index + 1)
      slots.append(contentsOf: repeatElement(DescriptorSlot(), count: grown - slots.count))
    }
    if slots[index].isRegistered { unregister(descriptor) }
    slots[index].generation &+= 1
    try addToEpoll(
      descriptor, data: UInt64(slots[index].generation) << 32 | UInt64(UInt32(descriptor)))
    slots[index].ready = 0
    slots[index].isShutDown = false
    slots[index].hasEnded = false
    slots[index].isRegistered = true
  }

  /// Forgets a descriptor, before it is closed; its waiters get `.closed`. Only on the reactor.
  public func unregister(_ descriptor: Int32) {
    preconditionCurrent()
    guard isRegistered(descriptor) else { return }
    // Explicitly, for a duplicate in a child process would keep the registration alive.
    removeFromEpoll(descriptor)
    slots[Int(descriptor)].isRegistered = false
    slots[Int(descriptor)].generation &+= 1
    closeWaiters(of: descriptor)
  }

  /// Resumes whoever waits for the descriptor, now and later, with `.closed`. Only on the reactor.
  public func shutDown(_ descriptor: Int32) {
    preconditionCurrent()
    guard isRegistered(descriptor) else { return }
    slots[Int(descriptor)].isShutDown = true
    closeWaiters(of: descriptor)
  }

  /// Waits until `descriptor` may be read or written. One waiter per interest. Only on the reactor.
  ///
  /// Readiness is edge-triggered and remembered: try the call, wait when it says EAGAIN, try again.
  /// A read that gave less than was asked for is as good as EAGAIN (epoll(7)).
  /// - Returns: `.closed` as well for a descriptor that is not registered.
  @inlinable
  public func wait(for interest: Interest, on descriptor: Int32, until deadline: Instant?) async
    -> WaitResult
  {
    // Inlinable: an async function of its own costs a frame, and finding out on the way back where its
    // caller runs.
    await withUnsafeContinuation {
      enlist($0, for: interest, on: descriptor, until: deadline)
    }
  }

  /// Looks whether there is anything to wait for, only now, as a task without preference for the
  /// reactor may have been put at the end of its queue on the way.
  @usableFromInline
  func enlist(
    _ continuation: UnsafeContinuation<WaitResult, Never>, for interest: Interest,
    on descriptor: Int32, until deadline: Instant?
  ) {
    preconditionCurrent()
    if let result = takeResult(for: interest, on: descriptor) {
      continuation.resume(returning: result)
      return
    }
    let index = Int(descriptor)
    precondition(
      !isWaiting(slots[index][interest]),
      "two waiters for \(interest) on descriptor \(descriptor)")
    slots[index][interest] = waiters.insert(continuation, deadline: deadline)
  }

  /// What ends a wait at once; nil if it must wait.
  private func takeResult(for interest: Interest, on descriptor: Int32) -> WaitResult? {
    guard isRegistered(descriptor), !isStopping else { return .closed }
    let index = Int(descriptor)
    guard !slots[index].isShutDown else { return .closed }
    if interest == .reading, slots[index].hasEnded { return .ready }
    guard slots[index].ready & interest.bit != 0 else { return nil }
    slots[index].ready &= ~interest.bit
    return .ready
  }

  /// Ends a wait, now or the next one, as if the descriptor had become ready. Only on the reactor.
  public func nudge(_ interest: Interest, on descriptor: Int32) {
    preconditionCurrent()
    guard isRegistered(descriptor) else { return }
    note(interest, at: Int(descriptor))
  }

  /// Waits until the deadline; `.closed` when the reactor stops. Only on the reactor.
  public func sleep(until deadline: Instant) async -> WaitResult {
    preconditionCurrent()
    return await withUnsafeContinuation { continuation in
      if isStopping {
        continuation.resume(returning: .closed)
      } else {
        _ = waiters.insert(continuation, deadline: deadline)
      }
    }
  }

  /// Lets everything else that is due run first, descriptors included. For loops that may go on
  /// for long without waiting; `Task.yield` may leave the reactor. Only on the reactor.
  public func yield() async {
    preconditionCurrent()
    await withUnsafeContinuation { continuation in
      if isStopping { continuation.resume() } else { yielded.append(continuation) }
    }
  }

  // MARK: For the loop and for Wakeup

  func isWaiting(_ id: WaiterID?) -> Bool {
    guard let id else { return false }
    return waiters.contains(id)
  }

  /// Resumes the waiter if it still waits.
  func resume(_ id: WaiterID?, with result: WaitResult) -> Bool {
    guard let id, let waiter = waiters.remove(id) else { return false }
    waiter.resume(returning: result)
    return true
  }

  /// Takes what epoll reports; drops it if it is about an earlier registration of the number.
  func noteReadiness(data: UInt64, mask: UInt32) {
    let index = Int(data & 0xffff_ffff)
    guard slots[index].generation == UInt32(data >> 32) else { return }
    if mask & UInt32(CLINUX_ENDED) != 0 { slots[index].hasEnded = true }
    if mask & Interest.reading.bit != 0 { note(.reading, at: index) }
    if mask & Interest.writing.bit != 0 { note(.writing, at: index) }
  }

  private func note(_ interest: Interest, at index: Int) {
    if !resume(slots[index][interest], with: .ready) {
      slots[index].ready |= interest.bit
    }
  }

  private func isRegistered(_ descriptor: Int32) -> Bool {
    slots.indices.contains(Int(descriptor)) && slots[Int(descriptor)].isRegistered
  }

  private func closeWaiters(of descriptor: Int32) {
    _ = resume(slots[Int(descriptor)].reader, with: .closed)
    _ = resume(slots[Int(descriptor)].writer, with: .closed)
  }
}
