import Support
import Testing

@testable import Jobs

@Suite struct UnitTextTests {
  @Test(arguments: [
    ("1G", 1024), ("3G", 3072), ("5M", 5), ("50M", 50), ("1g", 1024), ("1gb", 1024),
    ("1GiB", 1024), (" 500m \n", 500), ("1.5G", 1536), ("500K", 0), ("1K", 0), ("2048K", 2),
    ("0M", 0), ("-0M", 0), ("1048576B", 1), ("1048575B", 0), ("1T", 1 << 20), ("1PB", 1 << 30),
    ("1EIB", 1 << 40), (".5G", 512), ("+1M", 1), ("1.9999M", 1),
  ])
  func memoryIsReadInWholeMegabytes(text: String, megabytes: Int) throws {
    #expect(try UnitText.memory(text).count == megabytes)
  }

  @Test(arguments: [
    "", " ", "5", "G", "1 G", "-1G", "1X", "1GG", "1G5", "1e3M", "0x10M", "nanM", "infG", "1,5G",
    "1..5G", "--1M", "1µM", "1\u{0}M",
  ])
  func memoryThatIsNoNumberWithAUnitIsRefused(text: String) {
    #expect {
      try UnitText.memory(text)
    } throws: {
      ($0 as? UnitText.Fault)?.description
        == "byte quantity must be a positive integer with a unit of measurement like M, MB, MiB, "
        + "G, GiB, or GB"
    }
  }

  @Test(arguments: ["8E", "9999999999E", String(repeating: "9", count: 400) + "M"])
  func memoryBeyondAllMeasureIsRefused(text: String) {
    #expect(throws: UnitText.Fault.self) { try UnitText.memory(text) }
  }

  @Test(arguments: [
    ("0", 0), ("0s", 0), ("-0s", 0), ("+5s", 5_000_000_000), ("5s", 5_000_000_000),
    ("1h30m", 5_400_000_000_000), ("1.5h", 5_400_000_000_000), ("300ms", 300_000_000),
    ("4m", 240_000_000_000), ("1us", 1_000), ("1\u{b5}s", 1_000), ("1\u{3bc}s", 1_000),
    ("7ns", 7), ("1h1m1s1ms1us1ns", 3_661_001_001_001), (".5s", 500_000_000),
    ("1.s", 1_000_000_000), ("0.1s", 100_000_000), ("0.9ns", 0), ("1s1s", 2_000_000_000),
    ("0.100000000000000000000h", 360_000_000_000), ("2562047h", 9_223_369_200_000_000_000),
  ])
  func durationsAreReadAsGoDoes(text: String, nanoseconds: Int64) throws {
    #expect(try UnitText.duration(text) == .nanoseconds(nanoseconds))
  }

  @Test(arguments: [
    ("5", "time: missing unit in duration \"5\""),
    ("abc", "time: invalid duration \"abc\""),
    ("5d", "time: unknown unit \"d\" in duration \"5d\""),
    ("1h5x3s", "time: unknown unit \"x\" in duration \"1h5x3s\""),
    ("", "time: invalid duration \"\""),
    ("-", "time: invalid duration \"-\""),
    (".", "time: invalid duration \".\""),
    (".s", "time: invalid duration \".s\""),
    ("1.2.3s", "time: invalid duration \"1.2.3s\""),
    ("1 h", "time: unknown unit \" h\" in duration \"1 h\""),
    (" 1h", "time: invalid duration \" 1h\""),
    ("-5s", "time: negative duration \"-5s\""),
    ("9999999h", "time: invalid duration \"9999999h\""),
    ("9223372036854775808ns", "time: invalid duration \"9223372036854775808ns\""),
    ("2562047h60m", "time: invalid duration \"2562047h60m\""),
    ("99999999999999999999s", "time: invalid duration \"99999999999999999999s\""),
    ("\"\\\u{1}é", #"time: invalid duration "\"\\\x01\xc3\xa9""#),
  ])
  func aDurationThatCannotBeReadIsExplained(text: String, message: String) {
    #expect {
      try UnitText.duration(text)
    } throws: {
      ($0 as? UnitText.Fault)?.description == message
    }
  }

  @Test(arguments: [
    (0, "0s"), (1, "1ns"), (1_500, "1.5µs"), (1_000_000, "1ms"), (1_000_001, "1.000001ms"),
    (5_000_000_000, "5s"), (1_500_000_000, "1.5s"), (90_000_000_000, "1m30s"),
    (60_000_000_000, "1m0s"), (3_600_000_000_000, "1h0m0s"), (5_400_000_000_000, "1h30m0s"),
    (3_600_000_000_001, "1h0m0.000000001s"), (-5_000_000_000, "-5s"), (-1, "-1ns"),
    (.max, "2562047h47m16.854775807s"), (.min, "-2562047h47m16.854775808s"),
  ])
  func durationsAreWrittenAsGoDoes(nanoseconds: Int64, text: String) {
    #expect(UnitText.text(of: .nanoseconds(nanoseconds)) == text)
  }

  @Test func writtenDurationsReadBack() throws {
    var random = SeededGenerator()
    for _ in 0..<2000 {
      // At random lengths, so that every unit has its turn.
      let nanoseconds = Int64(random.next() >> UInt64.random(in: 11...63, using: &random))
      let text = UnitText.text(of: .nanoseconds(nanoseconds))
      #expect(try UnitText.duration(text) == .nanoseconds(nanoseconds), "seed \(random.seed)")
    }
  }
}
