import Jobs

/// What of a machine the commands that a runner host runs have taken: orders may come before there
/// is room for them.
struct RoomKeeper: Sendable {
  private var rooms: [AttemptID: Machine.Room] = [:]
  private var machine = Machine(cores: 0, memory: 0)
  /// Who gets the room that an attempt has or is promised.
  private var heirs: [AttemptID: AttemptID] = [:]
  /// The room that each heir is promised.
  private var promises: [AttemptID: Machine.Room] = [:]

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

  /// What became of a room.
  enum Freed {
    case nothing
    /// An heir has it now.
    case passedOn
    case room
  }

  /// The command of an attempt has ended, never started, or is to wait again: it has no room any more,
  /// nor the promise of one.
  @discardableResult
  mutating func giveBack(_ attempt: AttemptID) -> Freed {
    guard let room = rooms.removeValue(forKey: attempt) else {
      // Its own heir moves up.
      if promises.removeValue(forKey: attempt) != nil,
        let before = heirs.first(where: { $0.value == attempt })?.key
      {
        heirs[before] = heirs.removeValue(forKey: attempt)
      }
      return .nothing
    }
    if let heir = heirs.removeValue(forKey: attempt) {
      rooms[heir] = room
      promises[heir] = nil
      return .passedOn
    }
    machine.giveBack(room)
    return .room
  }

  /// Promises the room that an attempt has, or is itself promised, to another.
  /// - Parameter room: what that needs.
  /// - Returns: false if it is promised already, or of another size.
  mutating func bequeath(_ attempt: AttemptID, to heir: AttemptID, _ room: Machine.Room) -> Bool {
    guard heirs[attempt] == nil, (rooms[attempt] ?? promises[attempt]) == room else {
      return false
    }
    heirs[attempt] = heir
    promises[heir] = room
    return true
  }

  /// Takes such a promise back, and those that were made of it.
  /// - Returns: whose.
  @discardableResult
  mutating func disinherit(from attempt: AttemptID) -> [AttemptID] {
    var line: [AttemptID] = []
    while let heir = heirs.removeValue(forKey: line.last ?? attempt) {
      promises[heir] = nil
      line.append(heir)
    }
    return line
  }

  func hasRoom(_ attempt: AttemptID) -> Bool { rooms[attempt] != nil }

  /// Who is to get the room of another.
  var promised: Dictionary<AttemptID, Machine.Room>.Keys { promises.keys }

  func heir(of attempt: AttemptID) -> AttemptID? { heirs[attempt] }

  /// The last of those who get the room of an attempt, one after the other, and how many they are.
  func lastHeir(of attempt: AttemptID) -> (attempt: AttemptID, count: Int)? {
    guard var last = heirs[attempt] else { return nil }
    var count = 1
    while let next = heirs[last] { (last, count) = (next, count + 1) }
    return (last, count)
  }

  /// The manager may have been told of another size since the last order.
  private mutating func adopt(_ size: Machine) {
    guard size.cores != machine.cores || size.memory != machine.memory else { return }
    machine = size
    for room in rooms.values { machine.take(room) }
  }
}
