import Jobs
import Testing

@testable import Manager

/// The rows of behaviour.md §5.1 and §5.2 that concern one machine.
@Suite struct MachineTests {
  private func room(_ cores: Cores, _ memory: Megabytes) -> Machine.Room {
    Machine.Room(cores: cores, memory: memory)
  }

  @Test(arguments: [(0, 100), (10, 110), (600, 700), (923, 1023), (924, 924), (1024, 1024)])
  func littleMemoryGetsAHundredMegabytesMore(asked: Int, reserved: Int) {
    let requirements = Requirements(memory: Megabytes(asked))
    #expect(Machine.Room(for: requirements).memory.count == reserved)
  }

  @Test(
    arguments: [
      (2000, 4096, nil), (2001, 1, "needs 2.001 cores, this machine has 2"),
      (500, 4097, "needs 4097 MB of memory, this machine has 4096 MB"), (0, 4096, nil),
    ] as [(Int, Int, String?)])
  func whatIsMoreThanThereIsIsImpossible(thousandths: Int, memory: Int, why: String?) {
    let machine = Machine(cores: 2, memory: 4096)
    let room = room(Cores(thousandths: thousandths), Megabytes(memory))
    #expect(machine.impossibility(of: room) == why)
  }

  @Test(arguments: [
    // thousandths of cores, MB, how many fit on 2 cores and 4096 MB
    (1000, 10, 2), (500, 10, 4), (1500, 10, 1), (300, 10, 6), (1, 2048, 2), (0, 10, 4),
    (0, 2000, 2), (100, 4096, 1),
  ])
  func asManyFitAsThereIsRoomFor(thousandths: Int, memory: Int, count: Int) {
    var machine = Machine(cores: 2, memory: 4096)
    let room = room(Cores(thousandths: thousandths), Megabytes(memory))
    var fitted = 0
    while machine.fits(room) {
      #expect(machine.lack(of: room) == [])
      machine.take(room)
      fitted += 1
    }
    #expect(fitted == count)
    #expect(!machine.lack(of: room).isEmpty)
    for _ in 0..<fitted { machine.giveBack(room) }
    #expect(machine == Machine(cores: 2, memory: 4096))
  }

  @Test func jobsWithoutCoresAndJobsWithThemDoNotTakeEachOthersPlace() {
    var machine = Machine(cores: 1, memory: 4096)
    machine.take(room(1, 10))
    #expect(machine.fits(room(0, 10)) && !machine.isFull)
    machine.take(room(0, 10))
    machine.take(room(0, 10))
    #expect(machine.isFull)
    #expect(machine.lack(of: room(0, 10)) == ["2 jobs without cores run, the most at once"])
    machine.giveBack(room(1, 10))
    #expect(machine.fits(room(1, 10)) && !machine.fits(room(0, 10)))
  }

  @Test func whatIsLackingIsSaidInFull() {
    var machine = Machine(cores: 2, memory: 4096)
    machine.take(room(Cores(thousandths: 1500), 3000))
    #expect(
      machine.lack(of: room(1, 2048)) == [
        "not enough memory: needs 2048 MB, 1096 free", "not enough cores: needs 1, 0.5 free",
      ])
  }

  @Test(arguments: [
    (0, 0, 0), (2000, 0, 255), (1000, 0, 128), (0, 4096, 255), (500, 2048, 128), (2000, 4096, 255),
  ])
  func theSizeIsTheLargerShareOfMemoryOrCores(thousandths: Int, memory: Int, size: Int) {
    let machine = Machine(cores: 2, memory: 4096)
    #expect(
      machine.size(of: room(Cores(thousandths: thousandths), Megabytes(memory))) == size)
  }
}
