import Support
import Testing

@testable import Jobs

/// Random texts: none may trap, what is valid must come back as it was.
@Suite struct JSONFuzzTests {
  indirect enum Value: Equatable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string([UInt8])
    case array([Value])
    case object([[UInt8]: Value])

    init(random: inout SeededGenerator, depth: Int = 0) {
      switch Int.random(in: 0..<(depth > 5 ? 5 : 7), using: &random) {
      case 0: self = .null
      case 1: self = .bool(Bool.random(using: &random))
      case 2: self = .int(Int(truncatingIfNeeded: random.next()))
      case 3:
        let value = Double(bitPattern: random.next())
        // A whole number would come back as an int.
        self = value.isFinite && value != value.rounded() ? .double(value) : .double(0.5)
      case 4: self = .string(Array(Self.text(&random).utf8))
      case 5:
        self = .array(
          (0..<Int.random(in: 0..<5, using: &random)).map { _ in
            Value(random: &random, depth: depth + 1)
          })
      default:
        var members: [[UInt8]: Value] = [:]
        for _ in 0..<Int.random(in: 0..<5, using: &random) {
          members[Array(Self.text(&random).utf8)] = Value(random: &random, depth: depth + 1)
        }
        self = .object(members)
      }
    }

    static func text(_ random: inout SeededGenerator) -> String {
      var text = ""
      for _ in 0..<Int.random(in: 0..<20, using: &random) {
        let limit: UInt32 = [0x20, 0x80, 0x800, 0x110000].randomElement(using: &random)!
        let scalar = UnicodeScalar(UInt32.random(in: 0..<limit, using: &random))
        text.unicodeScalars.append(scalar ?? "\"")
      }
      return text
    }

    func write(to writer: inout JSONWriter) {
      switch self {
      case .null: writer.null()
      case .bool(let value): writer.bool(value)
      case .int(let value): writer.int(value)
      case .double(let value): writer.double(value)
      case .string(let value): writer.string(String(decoding: value, as: UTF8.self))
      case .array(let values):
        writer.beginArray()
        for value in values { value.write(to: &writer) }
        writer.endArray()
      case .object(let members):
        writer.beginObject()
        for (name, value) in members {
          writer.name(escaping: String(decoding: name, as: UTF8.self))
          value.write(to: &writer)
        }
        writer.endObject()
      }
    }

    init(from reader: inout JSONReader) throws(JSONError) {
      switch try reader.kind() {
      case .null:
        _ = try reader.null()
        self = .null
      case .bool: self = .bool(try reader.bool())
      case .number:
        var ahead = reader
        if let value = try? ahead.int() {
          reader = ahead
          self = .int(value)
        } else {
          self = .double(try reader.double())
        }
      case .string: self = .string(Array(try reader.string().utf8))
      case .array:
        self = .array(try reader.array { reader throws(JSONError) in try Value(from: &reader) })
      case .object:
        var members: [[UInt8]: Value] = [:]
        try reader.beginObject()
        while let name = try reader.nextName() {
          members[Array(name.utf8)] = try Value(from: &reader)
        }
        self = .object(members)
      }
    }

    static func read(_ bytes: [UInt8]) throws(JSONError) -> Value {
      var reader = JSONReader(bytes)
      let value = try Value(from: &reader)
      try reader.finish()
      return value
    }
  }

  @Test func randomDocumentsComeBackAsTheyWere() throws {
    var random = SeededGenerator()
    for _ in 0..<2000 {
      let value = Value(random: &random)
      var writer = JSONWriter(capacity: 1)
      value.write(to: &writer)
      let bytes = writer.takeBytes()
      #expect(try Value.read(bytes) == value, "seed \(random.seed)")
      var skipping = JSONReader(bytes)
      try skipping.skip()
      try skipping.finish()
    }
  }

  @Test func aDocumentCutOffAnywhereIsRefused() throws {
    var random = SeededGenerator()
    for _ in 0..<60 {
      var writer = JSONWriter()
      Value.array([Value(random: &random), Value(random: &random)]).write(to: &writer)
      let bytes = writer.takeBytes()
      for length in 0..<bytes.count {
        let error = #expect(throws: JSONError.self, "seed \(random.seed)") {
          try Value.read(Array(bytes.prefix(length)))
        }
        #expect((error?.offset ?? 0) <= length)
      }
    }
  }

  @Test func damagedDocumentsNeverTrap() throws {
    var random = SeededGenerator()
    let interesting = Array("{}[]\",:\\u0123456789.eE+-truefalsn \u{0}\u{7f}".utf8) + [0x80, 0xff]
    for _ in 0..<5000 {
      var writer = JSONWriter()
      Value.array([Value(random: &random), Value(random: &random)]).write(to: &writer)
      var bytes = writer.takeBytes()
      for _ in 0...Int.random(in: 0..<4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = interesting.randomElement(using: &random)!
      }
      let readsAs = try? Value.read(bytes)
      var skipping = JSONReader(bytes)
      let skips = (try? skipping.skip()) != nil && (try? skipping.finish()) != nil
      // Only a number too large to hold is JSON that reads as nothing.
      #expect(skips || readsAs == nil, "seed \(random.seed)")
    }
  }

  @Test func randomBytesNeverTrap() {
    var random = SeededGenerator()
    let alphabet = Array("{}[]\",:\\u0123456789.eE+-truefalsn ".utf8)
    for round in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0..<64, using: &random)).map { _ in
        round % 2 == 0
          ? UInt8.random(in: .min ... .max, using: &random)
          : alphabet.randomElement(using: &random)!
      }
      let value = try? Value.read(bytes)
      _ = try? JobSpec(decoding: bytes)
      _ = try? HostOrder(decoding: bytes)
      var skipping = JSONReader(bytes)
      let skips = (try? skipping.skip()) != nil && (try? skipping.finish()) != nil
      #expect(skips || value == nil, "seed \(random.seed)")
    }
  }
}
