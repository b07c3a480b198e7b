import Glibc

/// A system call that failed: which, on what, and the error number it left.
public struct SystemError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The `errno` value.
  public let code: Int32
  /// What was tried, in words: "open /x/y".
  public let operation: String

  public init(code: Int32 = errno, operation: String) {
    self.code = code
    self.operation = operation
  }

  public var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
