import Jobs

/// Which jobs a host is given before there is room for them, to start each as soon as another ends:
/// else its cores would stand idle while that end is written down, told, and the next job reserved.
///
/// Only jobs that are known to be short go ahead, and only behind short ones of the same size: so
/// none waits long on the host, and what is more urgent waits at most for that. Where that was wrong
/// the host gives back what has waited for `RunOrder.patience`.
struct Lookahead {
  private let size: Machine
  private var held: [(room: Machine.Room, isShort: Bool)]
  /// What was found for the room that was asked for last: jobs of one size come together.
  private var latest: Crowd?
  private var isClosed = false

  /// Who shares the machine with jobs of one size.
  private struct Crowd {
    let room: Machine.Room
    /// How many short ones of the same size there are.
    var alike = 0
    /// What all others leave.
    var machine: Machine

    mutating func take(_ room: Machine.Room, isShort: Bool) {
      if isShort, room == self.room { alike += 1 } else { machine.take(room) }
    }
  }

  /// - Parameters:
  ///   - machine: for its size.
  ///   - held: what every job on the host takes, those included that wait there.
  init(machine: Machine, held: [(room: Machine.Room, isShort: Bool)]) {
    size = Machine(cores: machine.cores, memory: machine.memory)
    self.held = held
  }

  /// How many jobs may wait behind each that runs, of a group: as many as may end while one end makes
  /// its way. None if they take longer than that, or it is not known; and no more than have ended in
  /// the last moment, but one: what the next are like is known the less the longer it is ago.
  static func depth(pace: Learning.Pace?) -> Int {
    guard let pace, pace.walltime < longestPace else { return 0 }
    let most = pace.mean > .zero ? Int(longestWait / pace.mean) : greatestDepth
    return max(1, min(greatestDepth, most, pace.ends + pace.endsBefore))
  }

  private static let longestPace = Duration.milliseconds(250)
  /// How long a job waits on the host, unless the one before it takes longer by itself.
  private static let longestWait = RunOrder.patience / 10
  private static let greatestDepth = 64

  /// Whether a job may go ahead.
  /// - Parameter depth: of its group.
  mutating func admits(_ room: Machine.Room, depth: Int) -> Bool {
    guard depth > 0, !isClosed else { return false }
    let crowd = crowd(around: room)
    latest = crowd
    return crowd.alike < (1 + depth) * crowd.machine.count(of: room)
  }

  private func crowd(around room: Machine.Room) -> Crowd {
    if let latest, latest.room == room { return latest }
    var crowd = Crowd(room: room, machine: size)
    for other in held { crowd.take(other.room, isShort: other.isShort) }
    return crowd
  }

  /// A job must wait for room: nothing that comes after it may make it wait longer.
  mutating func close() { isClosed = true }

  mutating func take(_ room: Machine.Room, isShort: Bool) {
    held.append((room, isShort))
    latest?.take(room, isShort: isShort)
  }
}
