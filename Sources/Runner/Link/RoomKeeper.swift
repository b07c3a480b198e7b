import Jobs

/// What of a machine the commands that a runner host runs have taken: orders may come before there
/// is room for them.
struct RoomKeeper: Sendable {
  private var rooms: [AttemptID: Machine.Room] = [:]
  private var machine = Machine(cores: 0, memory: 0)

  /// Gives an order its room.
  /// - Returns: false if there is none yet. Where nothing runs there always is.
  mutating func take(_ order: RunOrder) -> Bool {
    let room = Machine.Room(for: order.requirements)
    if let size = order.machine {
      adopt(size)
      guard rooms.isEmpty || machine.fits(room) else { return false }
    }
    rooms[order.attempt] = room
    machine.take(room)
    return true
  }

  /// The command of an attempt has ended, or never started.
  /// - Returns: whether that made room.
  @discardableResult
  mutating func giveBack(_ attempt: AttemptID) -> Bool {
    guard let room = rooms.removeValue(forKey: attempt) else { return false }
    machine.giveBack(room)
    return true
  }

  /// The manager may have been told of another size since the last order.
  private mutating func adopt(_ size: Machine) {
    guard size.cores != machine.cores || size.memory != machine.memory else { return }
    machine = size
    for room in rooms.values { machine.take(room) }
  }
}
