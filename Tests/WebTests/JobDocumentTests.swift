import Jobs
import Support
import Testing

@testable import Web

@Suite struct JobDocumentTests {
  // MARK: Bodies

  @Test func theQuickStartIsReadAsDocumented() throws {
    let document = try readJobs(
      #"[{"cmd":"sleep 5 && echo mymsg && false","memory":"5M","cpus":1},{"cmd":"sleep 5","cpus":1}]"#,
      [("rep_grp", "myid"), ("cpus", "2"), ("memory", "3G"), ("time", "5s")])
    #expect(
      document.specs == [
        JobSpec(
          cmd: "sleep 5 && echo mymsg && false", repGroup: "myid",
          requirements: Requirements(memory: 5, time: .seconds(5), cores: 1)),
        JobSpec(
          cmd: "sleep 5", repGroup: "myid",
          requirements: Requirements(memory: 3072, time: .seconds(5), cores: 1)),
      ])
    #expect(document.rerun == [false, false])
    #expect(document.limits.isEmpty)
  }

  @Test func aCommandAloneGetsTheDocumentedDefaults() throws {
    let spec = try readJob(#"{"cmd":"/bin/echo 1 && true"}"#)
    #expect(spec == JobSpec(cmd: "/bin/echo 1 && true"))
    #expect(spec.cwd == "/tmp")
    #expect(spec.repGroup == "manually_added")
    #expect(spec.reqGroup == "echo")
    #expect(spec.requirements == Requirements(memory: 1024, time: .seconds(3600), cores: 0))
    #expect((spec.override, spec.priority, spec.retries) == (0, 0, 0))
    #expect(spec.behaviours.isEmpty)
  }

  @Test(arguments: ["[]", "null", " [ ] \n", "[] and more", "null null", "[][{}]"])
  func noJobsAreNoFault(body: String) throws {
    #expect(try readJobs(body).specs.isEmpty)
  }

  @Test func textAfterTheArrayIsIgnored() throws {
    #expect(try readJobs(#"[{"cmd":"a"}] } what is this"#).specs.map(\.cmd) == ["a"])
  }

  @Test(arguments: ["", " ", "\r\n\t"])
  func anEmptyBodyIsTheEndOfAFile(body: String) {
    #expect(refusal(of: body) == "EOF")
  }

  @Test(arguments: [
    #"{"cmd":"a"}"#, "\"a\"", "1", "true", "x", "[", "[null]", "[1]", "[[]]", #"["a"]"#, #"[{"#,
    #"[{"cmd":"a"}"#, #"[{"cmd":"a"},]"#, #"[{"cmd":"a"},null]"#, #"[{"cmd":"a" "cwd":"/"}]"#,
    #"[{"cmd":"a}]"#, #"[{"cmd":"\x"}]"#, "[{\"cmd\":\"a\nb\"}]", "\u{feff}[]",
  ])
  func whatIsNoArrayOfJobsIsRefused(body: String) {
    #expect(!refusal(of: body).isEmpty)
  }

  @Test func aBodyCutOffAnywhereIsRefused() throws {
    let body = Array(
      #"[{"cmd":"é","deps":["a"],"cpus":1.5},{"cmd":"b","on_exit":[{"run":"x"}]}]"#.utf8)
    for length in 0..<body.count {
      #expect(throws: JobDocumentError.self) {
        try JobDocument(Array(body.prefix(length)), parameters: []) {
          (_: String) throws(JobDocumentError) in ""
        }
      }
    }
  }

  /// Faults too are the same, at the same byte.
  @Test func inWhateverPiecesABodyComesItIsReadAsAWhole() throws {
    var random = SeededGenerator()
    let long = String(repeating: "x", count: 300)
    let bodies = [
      "", " ", "[]", " null ", "nul", "[", "x[]",
      #"[{"cmd":"a é","cpus":1.5e-1,"deps":["g"]},{"cmd":"b","cpus":1.5e-1}] and more"#,
      #"[{"cmd":"a","priority":1},{"cmd":"\#(long)","priority":1},{"cmd":"c","priority":1}]"#,
      #"[{"cmd":"a","limit_grps":["l:2"]},{"cmd":"b","rerun":true},{"cmd":"a"}]"#,
      #"[{"cmd":"a","memory":"much"},{"cmd":"b","retries":1000},{"cmd":"c"}]"#,
      #"[{"cmd":"a","memory":"much"},{"cmd":"b","retries":-}]"#,
      #"[{"cmd":"a"},{"cmd":"b"} {"cmd":"c"}]"#, #"[{"cmd":"a"},{"cmd":"b"},tru]"#,
      #"[{"cmd":"a"},{"cmd":"\#(long)"#,
    ]
    for body in bodies {
      let text = Array(body.utf8)
      let whole = Result { try JobDocument(text, parameters: [], readFile: Self.noFile) }
      for most in [1, 3, 10, 100] {
        var reader = try JobDocumentReader([])
        var rest = text[...]
        while rest.count > most {
          let piece = rest.prefix(Int.random(in: 0...most, using: &random))
          rest = rest.dropFirst(piece.count)
          reader.take(Array(piece), readFile: Self.noFile)
        }
        let inPieces = Result { try reader.finish(Array(rest), readFile: Self.noFile) }
        let isSame =
          switch (inPieces, whole) {
          case (.success(let document), .success(let other)): Self.areEqual(document, other)
          case (.failure(let error), .failure(let other)): "\(error)" == "\(other)"
          default: false
          }
        #expect(isSame, "\(body): \(inPieces), not \(whole), seed \(random.seed)")
      }
    }
  }

  private static func noFile(_ path: String) throws(JobDocumentError) -> String {
    throw JobDocumentError(message: "no file is read")
  }

  private static func areEqual(_ document: JobDocument, _ other: JobDocument) -> Bool {
    document.specs == other.specs && document.keys == document.specs.map { JobKey(of: $0) }
      && document.rerun == other.rerun && document.limits.elementsEqual(other.limits, by: ==)
  }

  @Test func whatIsNotUTF8IsRefused() {
    #expect(throws: JobDocumentError.self) {
      try JobDocument(Array("[{\"cmd\":\"".utf8) + [0xff] + Array("\"}]".utf8), parameters: []) {
        (_: String) throws(JobDocumentError) in ""
      }
    }
  }

  @Test func namesMatchWhateverTheirCaseAndUnknownOnesAreIgnored() throws {
    let spec = try readJob(
      #"{"CMD":"a","Rep_Grp":"r","unheard_of":{"cmd":["b"]},"MEMORY":"2G","Cmd_":"x"}"#,
      [("unheard_of", "1"), ("RETRIES", "3"), ("token", "x")])
    #expect((spec.cmd, spec.repGroup, spec.requirements.memory) == ("a", "r", 2048))
    #expect(spec.retries == 0)
  }

  @Test func ofARepeatedPropertyTheLastCountsAndOfAParameterTheFirst() throws {
    let spec = try readJob(#"{"cmd":"a","cmd":"b"}"#, [("priority", "3"), ("priority", "4")])
    #expect((spec.cmd, spec.priority) == ("b", 3))
  }

  @Test func nullAndEmptyTextMeanNotGiven() throws {
    let names = [
      "cwd", "cwd_matters", "change_home", "rep_grp", "req_grp", "group", "memory", "time", "cpus",
      "disk", "override", "priority", "retries", "no_retry_over_walltime", "rerun", "limit_grps",
      "modules", "dep_grps", "deps", "cmd_deps", "on_failure", "on_success", "on_exit", "mounts",
      "env", "keep_output", "monitor_docker", "with_docker", "with_singularity", "container_mounts",
      "bsub_mode",
      "cloud_os", "cloud_username", "cloud_flavor", "cloud_script", "cloud_config_files",
      "cloud_ram", "cloud_shared", "queue", "queues_avoid", "misc", "reserve_timeout",
    ]
    let members = names.map { "\"\($0)\":null" }.joined(separator: ",")
    #expect(try readJob("{\"cmd\":\"a\",\(members)}") == JobSpec(cmd: "a"))
    #expect(try readJob(#"{"cmd":"a"}"#, names.map { ($0, "") }) == JobSpec(cmd: "a"))
    #expect(
      try readJob(
        #"{"cmd":"a","memory":"","time":"","no_retry_over_walltime":"","cwd":"","rep_grp":"","#
          + #""dep_grps":["",""],"deps":[""],"limit_grps":[""],"modules":[]}"#)
        == JobSpec(cmd: "a"))
    #expect(
      try readJob(
        #"{"cmd":"a","memory":"","dep_grps":[""],"mounts":[]}"#,
        [("memory", "2G"), ("dep_grps", "x")])
        == JobSpec(cmd: "a", requirements: Requirements(memory: 2048), depGroups: ["x"]))
  }

  // MARK: What is refused

  @Test(arguments: [
    ("{}", "cmd was not specified"),
    (#"{"cmd":""}"#, "cmd was not specified"),
    (#"{"cmd":null}"#, "cmd was not specified"),
    (
      #"{"cmd":"a","memory":"5"}"#,
      "memory value (5) was not specified correctly: byte quantity must be a positive integer with "
        + "a unit of measurement like M, MB, MiB, G, GiB, or GB"
    ),
    (
      #"{"cmd":"a","time":"5"}"#,
      "time value (5) was not specified correctly: time: missing unit in duration \"5\""
    ),
    (
      #"{"cmd":"a","time":"-5s"}"#,
      "time value (-5s) was not specified correctly: time: negative duration \"-5s\""
    ),
    (
      #"{"cmd":"a","no_retry_over_walltime":"abc"}"#,
      "time value (abc) was not specified correctly: time: invalid duration \"abc\""
    ),
    (#"{"cmd":"a","override":3}"#, "override value (3) is not in the range 0..2"),
    (#"{"cmd":"a","override":-1}"#, "override value (-1) is not in the range 0..2"),
    (#"{"cmd":"a","priority":256}"#, "priority value (256) is not in the range 0..255"),
    (#"{"cmd":"a","retries":256}"#, "retries value (256) is not in the range 0..255"),
    (#"{"cmd":"a","cpus":-1}"#, "cpus value (-1) is not in the range 0..1000000"),
    (
      #"{"cmd":"a","cloud_script":"/no/such"}"#,
      "path [/no/such] could not be read: no such file"
    ),
  ])
  func aLoneJobThatMakesNoSenseIsRefusedInTheKnownWords(job: String, words: String) {
    #expect(refusal(of: "[\(job)]") == interpretationPrefix + words)
  }

  @Test func ofSeveralJobsTheFaultyOneIsNamed() {
    #expect(
      refusal(of: #"[{"cmd":"a"},{"cmd":"b"},{}]"#) == interpretationPrefix
        + "cmd was not specified (at index 2)"
    )
    #expect(
      refusal(of: #"[{},{"cmd":"b"}]"#) == interpretationPrefix
        + "cmd was not specified (at index 0)")
  }

  @Test(arguments: [
    ("cmd", "1", "a string is wanted, not a number"),
    ("cpus", "\"1\"", "a number is wanted, not a string"),
    ("retries", "1.5", "a whole number is wanted"), ("retries", "1e400", "too large"),
    ("disk", "99999999999999999999", "too large"), ("cpus", "1e999", "too large"),
    ("cwd_matters", "\"true\"", "true or false is wanted, not a string"),
    ("deps", "\"a,b\"", "an array is wanted, not a string"), ("deps", "[1]", "a string is wanted"),
    ("on_exit", #"{"run":"x"}"#, "an array is wanted, not an object"),
    ("on_exit", #"["x"]"#, "an object is wanted"), ("mounts", "[{\"Targets\":1}]", "an array"),
    ("cmd_deps", "[{}]", "cmd"), ("cmd_deps", #"[{"key":"x"}]"#, "hexadecimal"),
  ])
  func aValueOfTheWrongKindIsRefusedByNameAndIndex(name: String, value: String, words: String) {
    let sentence = refusal(of: "[{\"cmd\":\"a\"},{\"cmd\":\"b\",\"\(name)\":\(value)}]")
    #expect(sentence.hasPrefix(interpretationPrefix + name + ": "), "\(sentence)")
    #expect(sentence.contains(words), "\(sentence)")
    #expect(sentence.hasSuffix("(at index 1)"), "\(sentence)")
  }

  @Test(arguments: [
    #""cpus":1e7"#, #""disk":-1"#, #""disk":1e15"#, #""cloud_ram":-1"#, #""cloud_ram":1e15"#,
    #""reserve_timeout":-1"#, #""retries":-1"#, #""priority":-1"#,
  ])
  func numbersOutOfRangeAreRefused(member: String) {
    #expect(refusal(of: "[{\"cmd\":\"a\",\(member)}]").hasPrefix(interpretationPrefix))
  }

  @Test(arguments: [
    #""cwd":"/\u0000""#, #""env":["A=\u0000"]"#, #""group":"\u0000""#, #""modules":["\u0000"]"#,
    #""with_docker":"\u0000""#, #""on_exit":[{"run":"a\u0000"}]"#,
    #""mounts":[{"Mount":"\u0000","Targets":[{"Path":"p"}]}]"#, #""cmd":"\u0000""#,
  ])
  func aNULIsRefusedInWhatBecomesAnArgument(member: String) {
    let sentence = refusal(of: "[{\"cmd\":\"a\",\(member)}]")
    #expect(sentence.contains("NUL"), "\(sentence)")
  }

  @Test(arguments: ["FOO", "=1", "="])
  func anEnvironmentEntryThatNamesNoVariableIsRefused(entry: String) {
    let sentence = refusal(of: "[{\"cmd\":\"a\",\"env\":[\"OK=1\",\"\(entry)\"]}]")
    #expect(sentence.contains("(\(entry))") && sentence.contains("NAME=value"), "\(sentence)")
    #expect(refusal(of: #"[{"cmd":"a"}]"#, [("env", entry)]).contains("NAME=value"))
  }

  @Test(arguments: [#"{}"#, #"{"Targets":[]}"#, #"{"Mount":"/m","Targets":[{"Write":true}]}"#])
  func aMountOfNothingIsRefused(mount: String) {
    #expect(refusal(of: "[{\"cmd\":\"a\",\"mounts\":[\(mount)]}]").contains("Targets"))
  }

  // MARK: Values

  @Test func valuesOfAllKindsAreTaken() throws {
    let spec = try readJob(
      #"""
      {"cmd":"a","cwd":"/c","cwd_matters":true,"change_home":true,"rep_grp":"r","req_grp":"q",
       "group":"g","memory":"1.5g","time":"1h30m","cpus":0.5,"disk":0,"override":2.0,"priority":255,
       "retries":1e1,"no_retry_over_walltime":"5m","limit_grps":["b","a:3","b"],"modules":["m"],
       "dep_grps":["d1","d2"],"deps":["x"],
       "on_failure":[{"run":"f"}],"on_success":[{"cleanup":true}],"on_exit":[{"remove":true},{}],
       "mounts":[{"Mount":"/m","Targets":[{"Path":"p"}]}],"env":["A=1","B=","C==="],
       "monitor_docker":"?","with_docker":"i","with_singularity":"s","container_mounts":"/a:/b",
       "bsub_mode":"production"}
      """#)
    #expect(
      spec
        == JobSpec(
          cmd: "a", cwd: "/c", cwdMatters: true, changeHome: true, repGroup: "r", reqGroup: "q",
          unixGroup: "g",
          requirements: Requirements(
            memory: 1536, time: .seconds(5400), cores: Cores(thousandths: 500), diskIsSet: true),
          override: 2, priority: 255, retries: 10, noRetryOverWalltime: .seconds(300),
          limitGroups: ["a", "b"], modules: ["m"], depGroups: ["d1", "d2"],
          dependencies: [.group("x")],
          behaviours: [
            Behaviour(on: .failure, .run("f")), Behaviour(on: .success, .cleanup),
            Behaviour(on: .exit, .remove), Behaviour(on: .exit, .nothing),
          ],
          mounts: [Mount(mount: "/m", targets: [.init(path: "p")])], monitorDocker: "?",
          withDocker: "i", withSingularity: "s", containerMounts: "/a:/b", bsubMode: "production",
          environment: ["A=1", "B=", "C==="]))
  }

  @Test func wishesForTheSchedulerKeepTheirNames() throws {
    let body = #"""
      {"cmd":"a","cloud_os":"o","cloud_username":"u","cloud_flavor":"f","cloud_script":"~/s",
       "cloud_config_files":"~/c:d","cloud_ram":0,"cloud_shared":true,"queue":"q",
       "queues_avoid":"v","misc":"-x","reserve_timeout":30}
      """#
    #expect(
      try readJob(body, files: ["~/s": "#!/bin/sh\n"]).requirements.other == [
        "cloud_os": "o", "cloud_user": "u", "cloud_flavor": "f", "cloud_script": "#!/bin/sh\n",
        "cloud_config_files": "~/c:d", "cloud_os_ram": "0", "cloud_shared": "true",
        "scheduler_queue": "q", "scheduler_queues_avoid": "v", "scheduler_misc": "-x",
        "rtimeout": "30",
      ])
  }

  @Test func aScriptIsReadOnceHoweverManyJobsNameItAndNotAtAllIfNoneDoes() throws {
    var count = 0
    let jobs = Array(repeating: #"{"cmd":"a","cloud_script":"s"}"#, count: 50)
    func read(_ body: String, _ parameters: [(name: String, value: String)]) throws {
      _ = try JobDocument(Array(body.utf8), parameters: parameters) {
        (_: String) throws(JobDocumentError) in
        count += 1
        return "x"
      }
    }
    try read("[\(jobs.joined(separator: ","))]", [("cloud_script", "other")])
    #expect(count == 1)
    try read("[]", [("cloud_script", "other")])
    #expect(count == 1)
    try read(#"[{"cmd":"a"},{"cmd":"b"}]"#, [("cloud_script", "other")])
    #expect(count == 2)
  }

  @Test func literalZerosOfAJobBeatTheDefaults() throws {
    let spec = try readJob(
      #"{"cmd":"a","memory":"0M","time":"0s","cpus":0,"retries":0,"no_retry_over_walltime":"0s"}"#,
      [
        ("memory", "1G"), ("time", "2h"), ("cpus", "2"), ("retries", "3"),
        ("no_retry_over_walltime", "1m"),
      ])
    #expect(spec.requirements == Requirements(memory: 0, time: .zero, cores: 0))
    #expect(spec.retries == 0)
    #expect(spec.noRetryOverWalltime == nil)
  }

  @Test func theSmallestPartOfACoreIsStillSome() throws {
    #expect(try readJob(#"{"cmd":"a","cpus":0.0001}"#).requirements.cores == Cores(thousandths: 1))
    #expect(try readJob(#"{"cmd":"a","cpus":0.0015}"#).requirements.cores == Cores(thousandths: 2))
  }

  @Test(arguments: [
    (#"{"cmd":"b","cwd":"/c"}"#, Dependency.command(cmd: "b", cwd: "/c")),
    (#"{"cmd":"b"}"#, .command(cmd: "b", cwd: nil)),
    (#"{"Essence":{"Cmd":"b","Cwd":""}}"#, .command(cmd: "b", cwd: nil)),
    (#"{"Essence":{"Cmd":"b","Cwd":"/c","MountConfigs":null}}"#, .command(cmd: "b", cwd: "/c")),
    (#"{"Essence":null,"DepGroup":"g"}"#, .group("g")),
    (#"{"depgroup":"g"}"#, .group("g")),
    (
      #"{"key":"ea4266bc0fc7dd493caeb2fff1963e4a"}"#,
      .key(JobKey(ofCommand: "sleep 5", cwd: nil))
    ),
    (
      #"{"Essence":{"JobKey":"ea4266bc0fc7dd493caeb2fff1963e4a"}}"#,
      .key(JobKey(ofCommand: "sleep 5", cwd: nil))
    ),
    (
      #"{"Essence":{"Cmd":"echo defaults","MountConfigs":[{"Mount":"/tmp/wr_mnt","Targets":[{"Path":"mybucket/subdir"}]}]}}"#,
      .key(JobKey(low: 0xb17c_6652_95e0_a3fc, high: 0xf2e0_7c6d_7ad6_ddd4))
    ),
  ])
  func jobsAreDependedUponInEveryForm(text: String, dependency: Dependency) throws {
    #expect(
      try readJob("{\"cmd\":\"a\",\"deps\":[\"x\"],\"cmd_deps\":[\(text)]}").dependencies
        == [dependency, .group("x")])
  }

  // MARK: Limit groups

  @Test func limitsAreSplitOffTheirGroupsAndTheLastOfEachWins() throws {
    let document = try readJobs(
      #"[{"cmd":"a","limit_grps":["z","b:3","b:5"]},{"cmd":"b","limit_grps":["b:0","c:-1"]},"#
        + #"{"cmd":"c","limit_grps":["a:d3","22:00:00<time","time < 23:00:00"]}]"#)
    #expect(document.specs[0].limitGroups == ["b", "z"])
    #expect(document.specs[1].limitGroups == ["b", "c"])
    #expect(document.specs[2].limitGroups == ["22:00:00<time", "a:d3", "time < 23:00:00"])
    let limits = Dictionary(document.limits.map { ($0.group, $0.limit) }) { $1 }
    #expect(limits == ["b": 0, "c": -1])
  }

  @Test(arguments: ["a~b", "a~b:3", "a:-2", ":3"])
  func aLimitGroupThatCannotBeIsRefused(text: String) {
    let sentence = refusal(of: "[{\"cmd\":\"a\",\"limit_grps\":[\"\(text)\"]}]")
    #expect(sentence.contains("(\(text))"), "\(sentence)")
  }

  @Test func aDefaultLimitIsSetOnlyIfAJobIsInTheGroup() throws {
    let parameters = [(name: "limit_grps", value: "a:3,b")]
    #expect(try readJobs(#"[{"cmd":"x","limit_grps":["c"]}]"#, parameters).limits.isEmpty)
    let document = try readJobs(#"[{"cmd":"x"}]"#, parameters)
    #expect(document.limits.map(\.group) == ["a"] && document.limits.map(\.limit) == [3])
    #expect(document.specs[0].limitGroups == ["a", "b"])
  }

  /// Objects that are spelled like the one before are read another way.
  @Test func aJobAmongOthersIsReadAsByItself() throws {
    var random = SeededGenerator()
    let commands = [
      #""echo a""#, #""/bin/tool b""#, #""echo b c d e f g""#, #""a\n""#, #""é""#, #""other/ x""#,
    ]
    let members = [
      #""cpus":1,"memory":"10M""#, #""cpus":1,"memory":"10M","rerun":true"#, #""req_grp":"r""#,
      #""limit_grps":["a:3"]"#, #""limit_grps":["a:4"]"#, #""deps":["x"], "cwd_matters":true"#,
      #""cmd":"echo last""#,
    ]
    for _ in 0..<300 {
      let objects = (0..<12).map { _ in
        "{\"cmd\":\(commands.randomElement(using: &random)!),"
          + "\(members.prefix(bool(&random) ? 2 : 7).randomElement(using: &random)!)}"
      }
      let together = try readJobs("[\(objects.joined(separator: bool(&random) ? "," : " , "))]")
      let alone = try objects.map { try readJobs("[\($0)]") }
      #expect(together.specs == alone.flatMap(\.specs), "seed \(random.seed)")
      #expect(together.rerun == alone.flatMap(\.rerun), "seed \(random.seed)")
      #expect(
        together.limits.first?.limit == alone.last { !$0.limits.isEmpty }?.limits.first?.limit,
        "seed \(random.seed)")
    }
  }

  private func bool(_ random: inout SeededGenerator) -> Bool { Bool.random(using: &random) }

  @Test func anObjectLikeTheOneBeforeIsRefusedForItsCommand() {
    for (cmd, words) in [("", "cmd was not specified"), ("a\\u0000", "NUL"), ("a\\x", "escape")] {
      #expect(refusal(of: #"[{"cmd":"a","cpus":1},{"cmd":"\#(cmd)","cpus":1}]"#).contains(words))
    }
  }
}
