/// The identity of an environment that is stored once and shared by many jobs: the 128-bit
/// fingerprint of its entries.
public struct EnvironmentKey: Hashable, Sendable, CustomStringConvertible {
  private let fingerprint: JobKey

  /// - Parameter entries: `NAME=value`, in their order.
  public init(of entries: [String]) {
    let (low, high) = Fingerprint128.hash(entries.joined(separator: "\0"))
    fingerprint = JobKey(low: low, high: high)
  }

  /// Reads the 32 lower-case hexadecimal digits of a key; nil if `text` is anything else.
  public init?(_ text: String) {
    guard let fingerprint = JobKey(text) else { return nil }
    self.fingerprint = fingerprint
  }

  public var description: String { fingerprint.description }
}
