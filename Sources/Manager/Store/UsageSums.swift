import Jobs

/// What complete jobs have used, summed up so that their mean and deviation can be told without
/// visiting them.
public struct UsageSums: Sendable, Hashable {
  /// The sum of numbers, and of their squares.
  public struct Sums: Sendable, Hashable {
    public var sum = 0.0
    public var squares = 0.0

    static func += (sums: inout Sums, other: Sums) {
      sums.sum += other.sum
      sums.squares += other.squares
    }

    /// - Parameter count: of the numbers.
    public func mean(of count: Int) -> Double { count > 0 ? sum / Double(count) : 0 }

    /// The standard deviation of a sample; 0 of fewer than two numbers.
    public func deviation(of count: Int) -> Double {
      guard count > 1 else { return 0 }
      let mean = mean(of: count)
      // What rounding may leave of equal numbers is no deviation.
      return max(0, (squares - mean * sum) / Double(count - 1)).squareRoot()
    }

    fileprivate init(_ value: Double, times: Double) {
      sum = times * value
      squares = times * value * value
    }

    init(sum: Double, squares: Double) {
      self.sum = sum
      self.squares = squares
    }

    public init() {}
  }

  /// How many jobs.
  public var count = 0
  /// Peak memory and disk in megabytes, wall and processor time in seconds.
  public var memory = Sums()
  public var disk = Sums()
  public var walltime = Sums()
  public var cpuTime = Sums()
  /// The first start and the last end.
  public var startedAt: Timestamp?
  public var endedAt: Timestamp?

  public init() {}

  /// - Parameter times: 1 for a job that is complete, -1 for one that is so no more.
  init(_ run: RunRecord, times: Int = 1) {
    let factor = Double(times)
    count = times
    memory = Sums(Double(run.peakMemory.count), times: factor)
    disk = Sums(Double(run.peakDisk.count), times: factor)
    walltime = Sums((run.walltime ?? .zero).inSeconds, times: factor)
    cpuTime = Sums(run.cpuTime.inSeconds, times: factor)
    if times > 0 { (startedAt, endedAt) = (run.startedAt, run.endedAt) }
  }

  static func += (sums: inout UsageSums, other: UsageSums) {
    sums.count += other.count
    sums.memory += other.memory
    sums.disk += other.disk
    sums.walltime += other.walltime
    sums.cpuTime += other.cpuTime
    sums.startedAt = [sums.startedAt, other.startedAt].compactMap { $0 }.min()
    sums.endedAt = [sums.endedAt, other.endedAt].compactMap { $0 }.max()
  }
}
