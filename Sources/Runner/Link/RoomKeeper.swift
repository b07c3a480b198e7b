import Jobs

/// What of a machine the commands that a runner host runs have taken: orders may come before there
/// is room for them.
struct RoomKeeper: Sendable {
  private var rooms: [AttemptID: Machine.Room] = [:]
  private var machine = Machine(cores: 0, memory: 0)
  /// Who gets the room of an attempt.
  private var heirs: [AttemptID: AttemptID] = [:]

  /// Gives an order its room.
  /// - Parameter room: what it needs.
  /// - Returns: false if there is none yet. Where nothing runs there always is.
  mutating func take(_ room: Machine.Room, for order: RunOrder) -> Bool {
    if let size = order.machine {
      adopt(size)
      guard rooms.isEmpty || machine.fits(room) else { return false }
    }
    rooms[order.attempt] = room
    machine.take(room)
    return true
  }

  /// The command of an attempt has ended, never started, or is to wait again: it has no room any more,
  /// nor the promise of one.
  /// - Returns: whether that made room, or moved its heir in.
  @discardableResult
  mutating func giveBack(_ attempt: AttemptID) -> Bool {
    guard let room = rooms.removeValue(forKey: attempt) else {
      if let promise = heirs.first(where: { $0.value == attempt }) { heirs[promise.key] = nil }
      return false
    }
    if let heir = heirs.removeValue(forKey: attempt) {
      rooms[heir] = room
    } else {
      machine.giveBack(room)
    }
    return true
  }

  /// Promises the room of an attempt to another.
  /// - Parameter room: what that needs.
  /// - Returns: false if it is promised already, or of another size.
  mutating func bequeath(_ attempt: AttemptID, to heir: AttemptID, _ room: Machine.Room) -> Bool {
    guard rooms[attempt] == room, heirs[attempt] == nil else { return false }
    heirs[attempt] = heir
    return true
  }

  /// Takes such a promise back.
  mutating func disinherit(from attempt: AttemptID) { heirs[attempt] = nil }

  func hasRoom(_ attempt: AttemptID) -> Bool { rooms[attempt] != nil }

  /// Who is to get the room of another.
  var promised: [AttemptID] { Array(heirs.values) }

  func heir(of attempt: AttemptID) -> AttemptID? { heirs[attempt] }

  /// The manager may have been told of another size since the last order.
  private mutating func adopt(_ size: Machine) {
    guard size.cores != machine.cores || size.memory != machine.memory else { return }
    machine = size
    for room in rooms.values { machine.take(room) }
  }
}
