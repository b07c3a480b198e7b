/// Takes the elements out of a JSON array that comes in pieces which end anywhere, so that no more
/// than one element and one piece are ever held.
///
/// Finds where elements end, and no more: whether each is proper JSON is for its reader to say.
public struct JSONElements: Sendable {
  private enum Place { case before, inside, after }

  private var place = Place.before
  /// What has come of the element that is not whole yet.
  private var rest: [UInt8] = []
  /// How many arrays and objects inside the element are open.
  private var depth = 0
  private var isString = false
  private var isEscaped = false

  public init() {}

  /// The array was closed.
  public var isComplete: Bool { place == .after }

  /// Takes the next piece.
  ///
  /// - Parameter take: called with each element that it completes.
  /// - Throws: `JSONError` for what is no array; what `take` throws.
  public mutating func append(_ piece: [UInt8], _ take: ([UInt8]) throws -> Void) throws {
    var start = 0
    for index in piece.indices {
      let byte = piece[index]
      if isString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        if place == .before, byte == UInt8(ascii: "[") {
          place = .inside
          start = index + 1
        } else if place == .inside {
          depth += 1
        } else {
          throw unexpected(byte)
        }
      case UInt8(ascii: "]") where depth == 0 && place == .inside:
        try finish(piece[start..<index], take)
        place = .after
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ",") where depth == 0:
        try finish(piece[start..<index], take)
        start = index + 1
      case UInt8(ascii: "\""): isString = true
      case 0x20, 0x09, 0x0A, 0x0D: break
      default: if place != .inside { throw unexpected(byte) }
      }
    }
    if place == .inside { rest += piece[start...] }
  }

  private mutating func finish(
    _ end: ArraySlice<UInt8>, _ take: ([UInt8]) throws -> Void
  ) throws {
    let element = rest + end
    rest.removeAll(keepingCapacity: true)
    // Nothing but space is no element, as in [].
    if element.contains(where: { $0 > 0x20 }) { try take(element) }
  }

  private func unexpected(_ byte: UInt8) -> JSONError {
    JSONError(message: "byte \(byte) where a JSON array was expected", offset: 0)
  }
}
