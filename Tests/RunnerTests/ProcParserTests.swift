import Testing

@testable import Runner

private func parse<R>(_ text: String, _ parser: (UnsafeRawBufferPointer) -> R) -> R {
  Array(text.utf8).withUnsafeBytes(parser)
}

struct ProcParserTests {
  /// Captured on Linux 6.18.
  static let line =
    "1234 (bash) S 1200 1234 1230 34816 1234 4194304 1063 2110 0 1 7 5 11 13 20 0 1 0 153372 "
    + "7565312 913 18446744073709551615 94316 94500 140728 0 0 0 65536 3686404 1266761467 1 0 0 "
    + "17 1 0 0 0 0 0 94553 94600 95000 140729 140730 140731 140732 0\n"

  @Test func theFieldsOfStatAreFound() throws {
    let stat = try #require(parse(Self.line, ProcParser.stat))
    #expect(
      stat
        == ProcessStat(
          pid: 1234, parent: 1200, session: 1230, state: UInt8(ascii: "S"),
          cpuTicks: 7 + 5 + 11 + 13, startTicks: 153372, residentPages: 913))
    #expect(!stat.isDead)
  }

  @Test(arguments: ["a b", ") Z 1 2 3 (", "(((", "new\nline", "", "1 (x) R 2"])
  func aNameMayHoldAnything(name: String) {
    let line = Self.line.replacing("(bash)", with: "(\(name))")
    #expect(parse(line, ProcParser.stat)?.parent == 1200)
    #expect(parse(line, ProcParser.stat)?.startTicks == 153372)
  }

  @Test func whatIsCutOrNoStatIsRefused() {
    let fields = Self.line.split(separator: " ")
    for count in 0..<24 {
      #expect(parse(fields.prefix(count).joined(separator: " "), ProcParser.stat) == nil)
    }
    #expect(parse(Self.line.replacing("153372", with: "x"), ProcParser.stat) == nil)
    #expect(parse("()", ProcParser.stat) == nil)
    #expect(parse(")(", ProcParser.stat) == nil)
  }

  @Test func deadProcessesAreTold() {
    for state in ["Z", "X"] {
      let line = Self.line.replacing(") S ", with: ") \(state) ")
      #expect(parse(line, ProcParser.stat)?.isDead == true)
    }
  }

  @Test func proportionalSizeIsRead() {
    let text = """
      55d5c9a5e000-7ffd1b1f5000 ---p 00000000 00:00 0                          [rollup]
      Rss:                3584 kB
      Pss:                 618 kB
      Pss_Dirty:           284 kB
      """
    #expect(parse(text, ProcParser.proportionalKilobytes) == 618)
    #expect(parse("", ProcParser.proportionalKilobytes) == nil)
  }

  @Test func variablesAreFoundInAnEnvironment() {
    let text = "A=1\0WR_ATTEMPTS=9\0WR_ATTEMPT=42\0WR_ATTEMPT=43\0E="
    #expect(parse(text) { ProcParser.environmentValue("WR_ATTEMPT", in: $0) } == "42")
    #expect(parse(text) { ProcParser.environmentValue("E", in: $0) } == "")
    #expect(parse(text) { ProcParser.environmentValue("B", in: $0) } == nil)
    #expect(parse("") { ProcParser.environmentValue("B", in: $0) } == nil)
  }

  @Test func theRealTimeLimitIsRead() {
    func limits(_ value: String) -> String {
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max realtime priority     0                    0
      Max realtime timeout      \(value)  unlimited            us
      """
    }
    #expect(
      parse(limits("4611686018427387905"), ProcParser.realTimeLimit) == 4_611_686_018_427_387_905)
    #expect(parse(limits("unlimited          "), ProcParser.realTimeLimit) == nil)
    #expect(parse("", ProcParser.realTimeLimit) == nil)
  }

  @Test func theLastPidIsRead() {
    #expect(parse("0.00 0.01 0.05 1/82 7078\n", ProcParser.lastPid) == 7078)
    #expect(parse("", ProcParser.lastPid) == nil)
  }
}
