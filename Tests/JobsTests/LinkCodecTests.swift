import Support
import Testing

@testable import Jobs

@Suite struct LinkCodecTests {
  // MARK: There and back

  private func comeBack<Value: JSONCoded & Equatable>(
    _ make: (inout SeededGenerator) -> Value
  ) throws {
    var random = SeededGenerator()
    for _ in 0..<400 {
      let value = make(&random)
      let decoded = try Value(decoding: value.encoded())
      #expect(decoded == value, "seed \(random.seed)")
    }
  }

  @Test func specificationsComeBack() throws { try comeBack { $0.spec() } }
  @Test func requirementsComeBack() throws { try comeBack { $0.requirements() } }
  @Test func runRecordsComeBack() throws { try comeBack { $0.runRecord() } }
  @Test func hostOrdersComeBack() throws { try comeBack { $0.hostOrder() } }
  @Test func runOrdersComeBack() throws { try comeBack { $0.runOrder() } }
  @Test func inventoriesComeBack() throws { try comeBack { $0.inventory() } }
  @Test func reportBatchesComeBack() throws { try comeBack { $0.reportBatch() } }
  @Test func runEndsComeBack() throws { try comeBack { $0.runEnd() } }
  @Test func reportAnswersComeBack() throws {
    try comeBack {
      ReportAnswer(acknowledged: $0.some { $0.attempt() }, discard: $0.some { $0.attempt() })
    }
  }

  /// Whatever came before, and whether or not traits are shared.
  @Test func specificationsOneAfterTheOtherAreEncodedAsEachByItself() {
    var random = SeededGenerator()
    var encoder = JobSpecEncoder()
    var pool = JobTraitsPool()
    var spec = random.spec()
    for _ in 0..<2000 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0: spec = random.spec()
      case 1: spec = JobSpec(cmd: spec.cmd, traits: spec.traits)
      case 2: pool.share(&spec)
      default: spec.cmd = random.text()
      }
      let encoded = encoder.encode(spec) { Array($0) }
      #expect(encoded == spec.encoded(), "seed \(random.seed)")
    }
  }

  @Test func equalTraitsAreSharedOnceThePoolHasSeenThem() {
    var pool = JobTraitsPool()
    var specs = (0..<3).map { JobSpec(cmd: "echo \($0)", cwd: $0 < 2 ? "/a" : "/b") }
    for index in specs.indices { pool.share(&specs[index]) }
    #expect(specs[0].traitsIdentity == specs[1].traitsIdentity)
    #expect(specs[0].traitsIdentity != specs[2].traitsIdentity)
    specs[0].cwd = "/c"
    #expect(specs.map(\.cwd) == ["/c", "/a", "/b"])
    #expect(specs.unlike.map(\.cwd) == ["/c", "/a", "/b"])
    #expect([specs[1], specs[1]].unlike.count == 1)
  }

  @Test(arguments: [
    HostOrder.kill(AttemptID(.max)), .discard(AttemptID(0)), .ping, .stop(killing: true),
    .stop(killing: false), .unfollow(7),
    .follow(OutputWish(follower: 7, attempt: AttemptID(3), stream: .stderr, isOnce: true)),
  ])
  func everyOrderIsOneLine(order: HostOrder) throws {
    let line = order.encoded()
    #expect(line.last == UInt8(ascii: "\n"))
    #expect(line.dropLast().firstIndex(of: UInt8(ascii: "\n")) == nil)
    #expect(try HostOrder(decoding: line) == order)
    #expect(try HostOrder(decoding: Array(line.dropLast())) == order)
  }

  // MARK: What is written

  @Test func whatIsUsualIsLeftOut() {
    #expect(text(JobSpec(cmd: "ls -l").encoded()) == #"{"cmd":"ls -l"}"#)
    #expect(text(Requirements().encoded()) == "{}")
    #expect(text(RunRecord().encoded()) == "{}")
    #expect(text(ReportAnswer().encoded()) == "{}")
  }

  @Test func unitsArePartOfTheNames() {
    let requirements = Requirements(
      memory: 5, time: .seconds(5), cores: Cores(thousandths: 500), diskGigabytes: 2,
      diskIsSet: true, other: ["b": "2", "a": "1"])
    #expect(
      text(requirements.encoded())
        == #"{"memory_mb":5,"time_ns":5000000000,"cores_thousandths":500,"disk_gb":2,"#
        + #""disk_is_set":true,"other":{"a":"1","b":"2"}}"#)
    let end = RunEnd(
      attempt: AttemptID(7), verdict: .bury(.exit), exited: true, exitCode: 1, peakMemory: 13,
      walltime: .milliseconds(1), endedAt: Timestamp(seconds: 2))
    #expect(
      text(end.encoded())
        == #"{"attempt":7,"verdict":"bury","reason":"command exited non-zero","exited":true,"#
        + #""exit_code":1,"peak_memory_mb":13,"walltime_ns":1000000,"ended_at_ns":2000000000}"#)
  }

  // MARK: What is read

  @Test func membersOfNewerVersionsAreIgnored() throws {
    let spec = try JobSpec(decoding: Array(#"{"new":[{"x":null}],"cmd":"ls","newer":1.5}"#.utf8))
    #expect(spec == JobSpec(cmd: "ls"))
    #expect(
      try HostOrder(decoding: Array(#"{"urgent":true,"kill":3}"#.utf8)) == .kill(AttemptID(3)))
  }

  @Test(arguments: [
    "{}", #"{"cwd":"/"}"#, "null", "[]", #"{"cmd":1}"#, #"{"cmd":null}"#, #"{"cmd":"x"} y"#,
  ])
  func aSpecificationWithoutACommandIsRefused(text: String) {
    #expect(throws: JSONError.self) { try JobSpec(decoding: Array(text.utf8)) }
  }

  @Test(arguments: [
    "{}", #"{"dance":1}"#, #"{"kill":-1}"#, #"{"kill":"1"}"#, #"{"stop":{}}"#, #"{"stop":true}"#,
    #"{"run":{}}"#, "",
  ])
  func anOrderThatCannotBeUnderstoodIsRefused(text: String) {
    #expect(throws: JSONError.self) { try HostOrder(decoding: Array(text.utf8)) }
  }

  /// Takes each member in turn out of what it needs, and expects to be told its name.
  @Test func aMissingMemberIsNamed() throws {
    var random = SeededGenerator()
    let order = random.runOrder()
    for name in ["attempt", "key", "spec", "directory_suffix", "until_buried"] {
      expectMissing(name, in: order)
    }
    var end = random.runEnd()
    end.verdict = .release(.exit)
    for name in ["attempt", "verdict", "reason", "ended_at_ns"] { expectMissing(name, in: end) }
    for name in ["attempt", "pid", "started_at_ns"] { expectMissing(name, in: random.runStart()) }
    for name in [
      "link_version", "incarnation", "host", "host_ip", "pid", "start_ticks", "boot_id", "cores",
      "memory_mb",
    ] {
      expectMissing(name, in: random.inventory())
    }
    for name in ["incarnation", "sequence"] { expectMissing(name, in: random.reportBatch()) }
    for name in ["on", "action", "command"] {
      expectMissing(name, in: Behaviour(on: .exit, .run("x")))
    }
    expectMissing("files", in: Behaviour(on: .exit, .copyToManager(["x"])))
    expectMissing("cmd", in: Dependency.command(cmd: "x", cwd: "/"))
  }

  private func expectMissing<Value: JSONCoded>(
    _ name: String, in value: Value, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    // The first member of the name is the outermost, as none is nested before its like.
    let whole = text(value.encoded())
    let without = whole.replacing("\"\(name)\":", with: "\"renamed\":", maxReplacements: 1)
    #expect(without != whole, sourceLocation: sourceLocation)
    let error = #expect(throws: JSONError.self, sourceLocation: sourceLocation) {
      try Value(decoding: Array(without.utf8))
    }
    #expect(
      error?.message == "an object without its member \(name)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    (#"{"key":"58CEF10E7A340C3B7FA09EA304A3CB98"}"#, "32 lower-case hexadecimal digits"),
    (#"{"key":"x"}"#, "32 lower-case hexadecimal digits"), ("{}", "without its member cmd"),
  ])
  func aFaultyDependencyIsExplained(text: String, words: String) {
    let error = #expect(throws: JSONError.self) { try Dependency(decoding: Array(text.utf8)) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func aWordThatIsNoChoiceIsExplained() {
    let error = #expect(throws: JSONError.self) {
      try Behaviour(decoding: Array(#"{"on":"on_monday","action":"run"}"#.utf8))
    }
    #expect(
      error?.message == "one of on_failure, on_success, on_exit is wanted, not \"on_monday\"")
  }

  @Test func linesCutOffAnywhereAreRefused() {
    var random = SeededGenerator()
    for _ in 0..<20 {
      let line = random.hostOrder().encoded().dropLast()
      for length in 0..<line.count {
        #expect(throws: JSONError.self, "seed \(random.seed)") {
          try HostOrder(decoding: Array(line.prefix(length)))
        }
      }
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
