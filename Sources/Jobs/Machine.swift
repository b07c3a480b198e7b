/// One machine that runs jobs: what it has, what is given away (behaviour.md §5.2).
public struct Machine: Sendable, Hashable {
  /// What one job reserves of a machine.
  public struct Room: Sendable, Hashable {
    public var cores: Cores
    public var memory: Megabytes

    public init(cores: Cores, memory: Megabytes) {
      self.cores = cores
      self.memory = memory
    }

    /// What a job with these requirements reserves: 100 MB beside its own memory if that is
    /// small, for what starts and watches it (behaviour.md §5.1).
    public init(for requirements: Requirements) {
      cores = requirements.cores
      memory = requirements.memory < 924 ? requirements.memory + 100 : requirements.memory
    }
  }

  public let cores: Int
  public let memory: Megabytes
  public private(set) var coresUsed: Cores = 0
  public private(set) var memoryUsed: Megabytes = 0
  public private(set) var zeroCoreJobs = 0

  public init(cores: Int, memory: Megabytes) {
    self.cores = cores
    self.memory = memory
  }

  /// How many jobs without cores may run at once.
  public var zeroCoreLimit: Int { 2 * cores }

  /// The most memory a job can be expected to need and still have its room.
  public var largestMemory: Megabytes { memory < 1024 ? memory - 100 : memory }

  /// Nil if a job of this size can run here once there is room; else what is asked for and what
  /// there is.
  public func impossibility(of room: Room) -> String? {
    if room.memory > memory {
      return "needs \(room.memory.count) MB of memory, this machine has \(memory.count) MB"
    }
    if room.cores > Cores(cores) {
      return "needs \(room.cores) cores, this machine has \(cores)"
    }
    return nil
  }

  /// How many jobs of this size there is room for, beside those that are there.
  public func count(of room: Room) -> Int {
    let byMemory =
      room.memory > 0 ? max(0, (memory - memoryUsed).count) / room.memory.count : Int.max
    if room.cores.isZero { return min(byMemory, max(0, zeroCoreLimit - zeroCoreJobs)) }
    let free = max(0, (Cores(cores) - coresUsed).count)
    return min(byMemory, Int((free / room.cores.count).rounded(.down)))
  }

  public func fits(_ room: Room) -> Bool {
    guard room.memory <= memory - memoryUsed else { return false }
    return room.cores.isZero
      ? zeroCoreJobs < zeroCoreLimit : room.cores <= Cores(cores) - coresUsed
  }

  /// What is missing now for a job of this size; empty if it fits.
  public func lack(of room: Room) -> [String] {
    var lacks: [String] = []
    if room.memory > memory - memoryUsed {
      let free = max(0, (memory - memoryUsed).count)
      lacks.append("not enough memory: needs \(room.memory.count) MB, \(free) free")
    }
    if room.cores.isZero {
      if zeroCoreJobs >= zeroCoreLimit {
        lacks.append("\(zeroCoreJobs) jobs without cores run, the most at once")
      }
    } else if room.cores > Cores(cores) - coresUsed {
      let free = max(0, Cores(cores) - coresUsed)
      lacks.append("not enough cores: needs \(room.cores), \(free) free")
    }
    return lacks
  }

  /// Nothing at all fits any more.
  public var isFull: Bool {
    memoryUsed >= memory || (coresUsed >= Cores(cores) && zeroCoreJobs >= zeroCoreLimit)
  }

  /// How much of the machine the room takes: 0–255, of memory or cores, whichever is more.
  public func size(of room: Room) -> Int {
    let share = max(
      Double(room.memory.count) / Double(max(memory.count, 1)),
      room.cores.count / Double(max(cores, 1)))
    return min(255, Int((share * 255).rounded()))
  }

  /// Gives room to a job, which may be more than there is: see `Lookahead`.
  public mutating func take(_ room: Room) {
    memoryUsed += room.memory
    coresUsed += room.cores
    if room.cores.isZero { zeroCoreJobs += 1 }
  }

  public mutating func giveBack(_ room: Room) {
    memoryUsed -= room.memory
    coresUsed -= room.cores
    if room.cores.isZero { zeroCoreJobs -= 1 }
  }
}
