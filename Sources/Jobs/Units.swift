/// An amount of memory or disk in units of 2^20 bytes.
public struct Megabytes: Hashable, Sendable, Comparable, ExpressibleByIntegerLiteral {
  public var count: Int

  public init(_ count: Int) { self.count = count }
  public init(integerLiteral count: Int) { self.count = count }

  public static func < (a: Self, b: Self) -> Bool { a.count < b.count }
  public static func + (a: Self, b: Self) -> Self { Self(a.count + b.count) }
  public static func - (a: Self, b: Self) -> Self { Self(a.count - b.count) }
  public static func += (a: inout Self, b: Self) { a.count += b.count }
  public static func -= (a: inout Self, b: Self) { a.count -= b.count }
}

/// A number of processor cores, counted in thousandths so that sums are exact.
public struct Cores: Hashable, Sendable, Comparable, ExpressibleByIntegerLiteral,
  CustomStringConvertible
{
  public var thousandths: Int

  public init(thousandths: Int) { self.thousandths = thousandths }
  public init(_ count: Int) { thousandths = count * 1000 }
  public init(integerLiteral count: Int) { thousandths = count * 1000 }

  /// The nearest number of thousandths to `count`; nil for what is negative, not finite or
  /// above a million cores.
  public init?(exactly count: Double) {
    guard count.isFinite, count >= 0, count <= 1_000_000 else { return nil }
    thousandths = Int((count * 1000).rounded())
  }

  public var count: Double { Double(thousandths) / 1000 }
  /// `2`, `0.5`, `1.25`.
  public var description: String { DecimalText.shortest(count) }
  public var isZero: Bool { thousandths == 0 }

  public static func < (a: Self, b: Self) -> Bool { a.thousandths < b.thousandths }
  public static func + (a: Self, b: Self) -> Self {
    Self(thousandths: a.thousandths + b.thousandths)
  }
  public static func - (a: Self, b: Self) -> Self {
    Self(thousandths: a.thousandths - b.thousandths)
  }
  public static func += (a: inout Self, b: Self) { a.thousandths += b.thousandths }
  public static func -= (a: inout Self, b: Self) { a.thousandths -= b.thousandths }
}

/// A point of wall-clock time: nanoseconds since the Unix epoch. For showing and storing, never
/// for measuring: the wall clock may jump.
public struct Timestamp: Hashable, Sendable, Comparable {
  public var nanoseconds: Int64

  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }
  public init(seconds: Int64) { nanoseconds = seconds * 1_000_000_000 }

  /// Whole seconds since the Unix epoch, rounded down.
  public var seconds: Int64 {
    nanoseconds >= 0 ? nanoseconds / 1_000_000_000 : -((-nanoseconds + 999_999_999) / 1_000_000_000)
  }

  public static func < (a: Self, b: Self) -> Bool { a.nanoseconds < b.nanoseconds }
  public static func + (a: Self, b: Duration) -> Self {
    Self(nanoseconds: a.nanoseconds + b.nanoseconds)
  }
  public static func - (a: Self, b: Self) -> Duration {
    .nanoseconds(a.nanoseconds - b.nanoseconds)
  }
}

extension Duration {
  /// The whole nanoseconds of this duration, held within ±292 years.
  public var nanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
    return carried ? (seconds < 0 ? .min : .max) : sum
  }

  /// This duration in seconds, as a floating-point number with nanosecond resolution.
  public var inSeconds: Double { Double(nanoseconds) / 1e9 }
}
