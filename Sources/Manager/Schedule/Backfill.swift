import Jobs
import Platform

/// One round of placing on a machine, by EASY backfilling: the first job in order that finds no
/// room gets a reservation for when, by what is expected of the running ones, there will be; jobs
/// behind it take gaps only where that does not put it off.
/// Source: Lifka, "The ANL/IBM SP scheduling system" (JSSPP 1995).
struct Backfill {
  /// What is kept for a job that waits.
  struct Reservation: Hashable {
    var job: JobID
    var at: Instant
    /// What will be left of the machine then, the job's own room taken off.
    var machine: Machine
  }

  enum Judgement { case fits, roomIsFull, wouldPutOff }

  private(set) var machine: Machine
  private(set) var reservation: Reservation?
  /// The job that is to get the reservation; it costs time only if somebody is behind it.
  private var waiting: (job: JobID, room: Machine.Room)?
  private var ends: [(at: Instant, room: Machine.Room)]
  private let now: Instant

  /// - Parameter ends: when each job on the machine is expected to end, and give back its room.
  init(machine: Machine, ends: [(at: Instant, room: Machine.Room)], now: Instant) {
    self.machine = machine
    self.ends = ends
    self.now = now
  }

  /// Judges the next job in order.
  mutating func judge(_ job: JobID, _ room: Machine.Room, time: Duration) -> Judgement {
    guard machine.fits(room) else {
      if waiting == nil { waiting = (job, room) }
      return .roomIsFull
    }
    reserve()
    guard let reservation, now + time > reservation.at else { return .fits }
    return reservation.machine.fits(room) ? .fits : .wouldPutOff
  }

  /// Gives a job that fits its room.
  mutating func take(_ room: Machine.Room, time: Duration) {
    machine.take(room)
    ends.append((now + time, room))
    if let reservation, now + time > reservation.at { self.reservation?.machine.take(room) }
  }

  /// Finds out when there is room for the job that waits.
  mutating func reserve() {
    guard reservation == nil, let waiting else { return }
    var machine = machine
    // What runs longer than expected may end at any moment.
    for end in ends.sorted(by: { $0.at < $1.at }) {
      machine.giveBack(end.room)
      guard machine.fits(waiting.room) else { continue }
      machine.take(waiting.room)
      reservation = Reservation(job: waiting.job, at: max(end.at, now), machine: machine)
      return
    }
  }
}
