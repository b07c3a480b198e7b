import Glibc
import Platform

/// The secret that every request has to show: 43 characters of the URL-safe base64 alphabet.
///
/// Its text comes out of `text` only: descriptions, mirrors and so logs show none of it.
public struct Token: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The 43 characters: 32 random bytes without padding (behaviour.md §13).
  public static let length = 43

  private let bytes: [UInt8]

  /// Makes a new one.
  public init() throws(SystemError) {
    bytes = Self.encoded(try randomBytes(32))
  }

  /// Takes what a file holds.
  /// - Returns: nil unless it is exactly 43 characters of the alphabet, no line end among them.
  public init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count == Self.length, bytes.allSatisfy({ Self.alphabet.contains($0) }) else {
      return nil
    }
    self.bytes = Array(bytes)
  }

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether that is the token, in a time that tells nothing of it.
  public func matches(_ shown: String) -> Bool {
    let shown = Array(shown.utf8)
    var difference = shown.count ^ bytes.count
    for (index, byte) in bytes.enumerated() {
      difference |= Int(byte ^ (index < shown.count ? shown[index] : 0))
    }
    return difference == 0
  }

  public var description: String { "<token>" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }

  // MARK: The file

  /// Reads the token that a manager left in a file.
  /// - Returns: nil if there is no file, or no token in it.
  public static func read(_ path: String) throws(SystemError) -> Token? {
    do throws(SystemError) {
      return Token(try readFile(path))
    } catch {
      if error.code == ENOENT { return nil }
      throw error
    }
  }

  /// The token of a manager that starts: the one in the file if there is one, else a new one, in
  /// the file when this returns. It stays valid until the file goes (decision 29).
  /// - Returns: besides, what an administrator should know: that others could read the file. Its
  ///   mode is 0600 again then, but the token stays, for the runner hosts that know it.
  public static func establish(at path: String) throws(SystemError) -> (
    token: Token, warning: String?
  ) {
    guard let token = try read(path) else {
      let token = try Token()
      try writeFileAtomically(path, token.bytes, mode: 0o600)
      return (token, nil)
    }
    guard try restrictToOwner(path) else { return (token, nil) }
    return (
      token,
      "\(path) could be read by others; its mode is 0600 now. If somebody may have read it, stop "
        + "the manager with the command line and start it again: that makes a new token"
    )
  }

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Base64 with the URL-safe alphabet and without padding (RFC 4648 §5).
  static func encoded(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var (bits, count): (UInt32, Int) = (0, 0)
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        text.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
    }
    if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return text
  }
}

/// Takes all rights of group and others from a file that holds a secret.
/// - Returns: whether there were any.
func restrictToOwner(_ path: String) throws(SystemError) -> Bool {
  var status = stat()
  guard stat(path, &status) == 0 else { throw SystemError(operation: "look at \(path)") }
  guard status.st_mode & 0o077 != 0 else { return false }
  guard chmod(path, 0o600) == 0 else { throw SystemError(operation: "chmod \(path)") }
  return true
}
