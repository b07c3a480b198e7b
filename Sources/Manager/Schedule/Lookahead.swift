import Jobs

/// Which jobs a host is given before there is room for them, to start each as soon as another ends:
/// else its cores would stand idle while that end is written down, told, and the next job reserved.
///
/// Only jobs that are known to be short go ahead, and only behind short ones of the same size: so
/// none waits long on the host, and what is more urgent waits at most for that.
struct Lookahead {
  /// How many may wait behind each that runs: as many as end while one end makes its way.
  private static let depth = 8

  private let machine: Machine
  private var held: [(room: Machine.Room, isShort: Bool)]
  private var isClosed = false

  /// - Parameters:
  ///   - machine: for its size.
  ///   - held: what every job on the host takes, those included that wait there.
  init(machine: Machine, held: [(room: Machine.Room, isShort: Bool)]) {
    self.machine = Machine(cores: machine.cores, memory: machine.memory)
    self.held = held
  }

  /// Whether a job may go ahead.
  func admits(_ room: Machine.Room, isShort: Bool) -> Bool {
    guard isShort, !isClosed else { return false }
    var machine = machine
    var alike = 0
    for other in held {
      if other.isShort, other.room == room { alike += 1 } else { machine.take(other.room) }
    }
    return alike < (1 + Self.depth) * machine.count(of: room)
  }

  /// A job must wait for room: nothing that comes after it may make it wait longer.
  mutating func close() { isClosed = true }

  mutating func take(_ room: Machine.Room, isShort: Bool) { held.append((room, isShort)) }
}
