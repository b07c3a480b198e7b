/// Writes JSON (RFC 8259), compact, into one growing buffer. Commas come by themselves; that
/// begins and ends match and that members have names is up to the caller.
public struct JSONWriter: ~Copyable {
  private var bytes: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  /// How many bytes have been written and not been taken.
  public private(set) var count = 0
  /// Whether a value was the last thing written, so that a comma must come before the next.
  private var followsValue = false

  public init(capacity: Int = 512) {
    self.capacity = max(capacity, 32)
    bytes = .allocate(capacity: self.capacity)
  }

  deinit { bytes.deallocate() }

  // MARK: Structure

  public mutating func beginObject() { open(UInt8(ascii: "{")) }
  public mutating func endObject() { close(UInt8(ascii: "}")) }
  public mutating func beginArray() { open(UInt8(ascii: "[")) }
  public mutating func endArray() { close(UInt8(ascii: "]")) }

  /// Writes the name of the next member. `name` must need no escaping.
  public mutating func name(_ name: StaticString) {
    let length = name.utf8CodeUnitCount
    reserve(length + 4)
    separate()
    bytes[count] = UInt8(ascii: "\"")
    (bytes + count + 1).update(from: name.utf8Start, count: length)
    count += length + 1
    bytes[count] = UInt8(ascii: "\"")
    bytes[count + 1] = UInt8(ascii: ":")
    count += 2
    followsValue = false
  }

  /// Writes the name of the next member, whatever it is made of.
  public mutating func name(escaping name: String) {
    string(name)
    reserve(1)
    put(UInt8(ascii: ":"))
    followsValue = false
  }

  // MARK: Values

  @inlinable
  public mutating func int(_ value: some FixedWidthInteger) {
    integer(UInt64(value.magnitude), isNegative: value < 0)
  }

  @usableFromInline
  mutating func integer(_ magnitude: UInt64, isNegative: Bool) {
    reserve(24)
    separate()
    followsValue = true
    if isNegative { put(UInt8(ascii: "-")) }
    digits(magnitude)
  }

  /// Writes a job's key as a string.
  public mutating func key(_ key: JobKey) {
    reserve(40)
    separate()
    followsValue = true
    put(UInt8(ascii: "\""))
    hexDigits(key.low)
    hexDigits(key.high)
    put(UInt8(ascii: "\""))
  }

  private mutating func hexDigits(_ word: UInt64) {
    for index in 0..<16 {
      let value = UInt8(truncatingIfNeeded: word &>> UInt64(60 - 4 * index)) & 15
      bytes[count + index] = JSONText.hexDigit(value)
    }
    count += 16
  }

  /// Writes the shortest text that reads back as the same number: without a fraction if it has
  /// none, without an exponent from 1e-6 to 1e21. JSON has no infinities: they become `null`.
  public mutating func double(_ value: Double) {
    if let whole = Int64(exactly: value), whole.magnitude < 1 << 53 { return int(whole) }
    guard value.isFinite else { return null() }
    var text = DecimalText.shortest(value)
    text.withUTF8 { raw($0) }
  }

  public mutating func bool(_ value: Bool) {
    if value { raw("true") } else { raw("false") }
  }

  public mutating func null() { raw("null") }

  /// Writes a string. Only what must be escaped is, so neither `/` nor `&`, `<`, `>` are, unless
  /// `escapingHTML`, which writes these three as `\u0026`, `\u003c`, `\u003e`.
  public mutating func string(_ value: String, escapingHTML: Bool = false) {
    var value = value
    value.withUTF8 { string($0, escapingHTML: escapingHTML) }
  }

  /// Writes what is a JSON value already.
  public mutating func raw(_ text: StaticString) {
    raw(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Writes what is a JSON value already.
  public mutating func raw(_ text: [UInt8]) {
    text.withUnsafeBufferPointer { raw($0) }
  }

  /// Writes a byte that is no part of a value: the newline after a document. The next value
  /// begins a document of its own.
  public mutating func newline() {
    reserve(1)
    put(UInt8(ascii: "\n"))
    followsValue = false
  }

  // MARK: The result

  /// Lends what was written since the last taking, and forgets it; the writer begins anew.
  public mutating func take<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer {
      count = 0
      followsValue = false
    }
    return try body(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// Gives what was written since the last taking; the writer goes on where it is, so a long
  /// document can be sent in pieces.
  public mutating func takeBytes() -> [UInt8] {
    let taken = [UInt8](UnsafeBufferPointer(start: bytes, count: count))
    count = 0
    return taken
  }

  /// Gives the members that were written since the last taking, to be put into an object as they
  /// are; the writer begins anew.
  public mutating func takeMembers() -> [UInt8] {
    followsValue = false
    return takeBytes()
  }

  // MARK: Bytes

  @inline(__always)
  private mutating func reserve(_ extra: Int) {
    if count + extra > capacity { grow(extra) }
  }

  @inline(never)
  private mutating func grow(_ extra: Int) {
    let larger = max(capacity * 2, count + extra)
    let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
    moved.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = moved
    capacity = larger
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }

  /// Writes the comma that is due, if one is; a byte of room must have been reserved for it.
  @inline(__always)
  private mutating func separate() {
    if followsValue { put(UInt8(ascii: ",")) }
  }

  private mutating func open(_ bracket: UInt8) {
    reserve(2)
    separate()
    put(bracket)
    followsValue = false
  }

  private mutating func close(_ bracket: UInt8) {
    reserve(1)
    put(bracket)
    followsValue = true
  }

  private mutating func raw(_ text: UnsafeBufferPointer<UInt8>) {
    reserve(text.count + 1)
    separate()
    followsValue = true
    copy(text[...])
  }

  /// Copies bytes for which there is room.
  @inline(__always)
  private mutating func copy(_ part: Slice<UnsafeBufferPointer<UInt8>>) {
    let source = UnsafeBufferPointer(rebasing: part)
    guard let start = source.baseAddress else { return }
    (bytes + count).update(from: start, count: source.count)
    count += source.count
  }

  private mutating func digits(_ value: UInt64) {
    if value < 10 { return put(UInt8(ascii: "0") + UInt8(value)) }
    var length = 1
    var rest = value / 10
    while rest != 0 {
      length += 1
      rest /= 10
    }
    var position = count + length
    count = position
    rest = value
    while rest != 0 {
      position -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      bytes[position] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit)
      rest = quotient
    }
  }

  private mutating func string(_ text: UnsafeBufferPointer<UInt8>, escapingHTML: Bool) {
    reserve(text.count + 3)
    separate()
    followsValue = true
    put(UInt8(ascii: "\""))
    var start = 0
    var highBits: UInt64 = 0
    while true {
      let end =
        escapingHTML
        ? JSONText.endOfHTMLSafe(text, from: start)
        : JSONText.endOfPlain(text, from: start, highBits: &highBits)
      reserve(text.count - start + 8)
      copy(text[start..<end])
      if end == text.count { break }
      escape(text[end])
      start = end + 1
    }
    put(UInt8(ascii: "\""))
  }

  /// Writes one byte of a string as an escape, of at most 6 bytes, for which there must be room.
  private mutating func escape(_ byte: UInt8) {
    put(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): put(byte)
    case 0x08: put(UInt8(ascii: "b"))
    case 0x09: put(UInt8(ascii: "t"))
    case 0x0a: put(UInt8(ascii: "n"))
    case 0x0c: put(UInt8(ascii: "f"))
    case 0x0d: put(UInt8(ascii: "r"))
    default:
      put(UInt8(ascii: "u"))
      put(UInt8(ascii: "0"))
      put(UInt8(ascii: "0"))
      put(JSONText.hexDigit(byte >> 4))
      put(JSONText.hexDigit(byte & 15))
    }
  }
}
