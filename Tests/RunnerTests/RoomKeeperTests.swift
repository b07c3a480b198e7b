import Jobs
import Support
import Testing

@testable import Runner

struct RoomKeeperTests {
  private func order(_ attempt: UInt64, cores: Cores, of machine: Machine?) -> RunOrder {
    RunOrder(
      attempt: AttemptID(attempt), key: JobKey(low: attempt, high: 1), spec: JobSpec(cmd: "true"),
      requirements: Requirements(memory: 10, cores: cores), directorySuffix: "1", untilBuried: 1,
      machine: machine)
  }

  @Test func anOrderWaitsForRoom() {
    var rooms = RoomKeeper()
    let machine = Machine(cores: 2, memory: 4096)
    var taken: [Bool] = []
    for attempt in 1...3 { taken.append(rooms.take(order(UInt64(attempt), cores: 1, of: machine))) }
    #expect(taken == [true, true, false])
    var givenBack: [RoomKeeper.Freed] = []
    for attempt in [1, 1, 3] as [UInt64] { givenBack.append(rooms.giveBack(AttemptID(attempt))) }
    #expect(givenBack == [.room, .nothing, .nothing], "once, and not by one that had none")
    let third = rooms.take(order(3, cores: 1, of: machine))
    #expect(third)
  }

  @Test func whereNothingRunsThereIsRoomForAnything() {
    var rooms = RoomKeeper()
    let first = rooms.take(order(1, cores: 9, of: Machine(cores: 2, memory: 100)))
    let second = rooms.take(order(2, cores: 1, of: Machine(cores: 2, memory: 100)))
    #expect(first && !second)
  }

  @Test func anOrderThatNamesNoMachineStartsAtOnceAndTakesRoom() {
    var rooms = RoomKeeper()
    let machine = Machine(cores: 1, memory: 4096)
    let taken = [
      rooms.take(order(1, cores: 1, of: nil)), rooms.take(order(2, cores: 1, of: nil)),
      rooms.take(order(3, cores: 1, of: machine)),
    ]
    #expect(taken == [true, true, false])
  }

  @Test func aMachineThatGrowsHasMoreRoom() {
    var rooms = RoomKeeper()
    var taken: [Bool] = []
    for (index, cores) in [1, 1, 2].enumerated() {
      let machine = Machine(cores: cores, memory: 4096)
      taken.append(rooms.take(order(UInt64(index), cores: 1, of: machine)))
    }
    #expect(taken == [true, false, true])
  }

  @Test func anHeirGetsTheRoomAndNobodyElse() {
    var rooms = RoomKeeper()
    let machine = Machine(cores: 1, memory: 4096)
    func order(_ attempt: UInt64) -> RunOrder { self.order(attempt, cores: 1, of: machine) }
    _ = rooms.take(order(1))
    let promised = [
      rooms.bequeath(AttemptID(1), to: self.order(9, cores: Cores(2), of: machine)),
      rooms.bequeath(AttemptID(1), to: order(2)), rooms.bequeath(AttemptID(1), to: order(3)),
      rooms.bequeath(AttemptID(4), to: order(3)),
    ]
    #expect(promised == [false, true, false, false], "of one size, once, by who has room")
    #expect(rooms.heir(of: AttemptID(1)) == AttemptID(2))
    #expect(Array(rooms.promised) == [AttemptID(2)])
    #expect(rooms.giveBack(AttemptID(1)) == .passedOn)
    #expect(rooms.hasRoom(AttemptID(2)) && !rooms.hasRoom(AttemptID(1)))
    let third = rooms.take(order(3))
    #expect(!third)
  }

  @Test func aPromiseEndsWithEitherOfTheTwo() {
    var rooms = RoomKeeper()
    let machine = Machine(cores: 1, memory: 4096)
    func order(_ attempt: UInt64) -> RunOrder { self.order(attempt, cores: 1, of: machine) }
    _ = rooms.take(order(1))
    _ = rooms.bequeath(AttemptID(1), to: order(2))
    rooms.giveBack(AttemptID(2))
    #expect(rooms.heir(of: AttemptID(1)) == nil)
    _ = rooms.bequeath(AttemptID(1), to: order(3))
    rooms.disinherit(from: AttemptID(1))
    rooms.giveBack(AttemptID(1))
    #expect(!rooms.hasRoom(AttemptID(2)) && !rooms.hasRoom(AttemptID(3)))
    let fourth = rooms.take(order(4))
    #expect(fourth)
  }

  /// A room goes from one to the next, whoever of them drops out, and to nobody else.
  @Test(arguments: 0..<200 as Range<UInt64>) func aRoomIsNeverTwoAttempts(_ seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var rooms = RoomKeeper()
    let machine = Machine(cores: 1, memory: 4096)
    func order(_ attempt: UInt64) -> RunOrder { self.order(attempt, cores: 1, of: machine) }
    let hasRoom = rooms.take(order(0))
    #expect(hasRoom)
    var line = [AttemptID(0)]
    for number in 1...40 as ClosedRange<UInt64> {
      switch Int.random(in: 0..<4, using: &random) {
      case 0 where line.count > 1:
        let place = Int.random(in: 1..<line.count, using: &random)
        #expect(rooms.giveBack(line.remove(at: place)) == .nothing)
      case 1 where line.count > 1:
        #expect(rooms.giveBack(line.removeFirst()) == .passedOn)
      case 2 where number % 5 == 0:
        rooms.disinherit(from: line[0])
        for attempt in line.dropFirst() { #expect(rooms.giveBack(attempt) == .nothing) }
        line = [line[0]]
      default:
        let isPromised = rooms.bequeath(line.last ?? AttemptID(0), to: order(number))
        #expect(isPromised)
        line.append(AttemptID(number))
      }
      #expect(line.filter { rooms.hasRoom($0) } == [line[0]])
      #expect(Set(rooms.promised) == Set(line.dropFirst()))
      #expect(rooms.lastHeir(of: line[0])?.attempt == line.dropFirst().last)
      #expect((rooms.lastHeir(of: line[0])?.count ?? 0) == line.count - 1)
    }
    for attempt in line.dropLast() { #expect(rooms.giveBack(attempt) == .passedOn) }
    #expect(rooms.giveBack(line[line.count - 1]) == .room)
  }
}

extension RoomKeeper {
  fileprivate mutating func take(_ order: RunOrder) -> Bool {
    take(Machine.Room(for: order.requirements), for: order)
  }

  fileprivate mutating func bequeath(_ attempt: AttemptID, to order: RunOrder) -> Bool {
    bequeath(attempt, to: order.attempt, Machine.Room(for: order.requirements))
  }
}
