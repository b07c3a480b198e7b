import Glibc

/// The only owner of an open file descriptor; closes it when it goes.
public struct Descriptor: ~Copyable, Sendable {
  public let number: Int32

  /// Takes ownership of `number`.
  public init(owning number: Int32) { self.number = number }

  /// Takes ownership of what a system call returned.
  /// - Parameter operation: what was tried, for the error.
  /// - Throws: the error in `errno` if `number` is negative.
  public init(checking number: Int32, _ operation: @autoclosure () -> String) throws(SystemError) {
    guard number >= 0 else { throw SystemError(operation: operation()) }
    self.number = number
  }

  deinit { close(number) }

  /// Gives up ownership without closing.
  public consuming func release() -> Int32 {
    let number = self.number
    discard self
    return number
  }
}
