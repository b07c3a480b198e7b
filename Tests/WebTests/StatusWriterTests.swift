import Jobs
import Testing

@testable import Web

@Suite struct StatusWriterTests {
  private func text(_ statuses: JobStatus...) -> String {
    var json = JSONWriter()
    json.beginArray()
    var writer = StatusWriter()
    for status in statuses { writer.write(status, to: &json) }
    json.endArray()
    return String(decoding: json.takeBytes(), as: UTF8.self)
  }

  private func job(
    _ spec: JobSpec, _ state: JobState = .ready, attempts: Int = 0, run: RunRecord = RunRecord()
  ) -> Job {
    Job(
      id: JobID(1), key: JobKey(of: spec), spec: spec, addedAt: Timestamp(seconds: 0),
      state: state, attempts: attempts, run: run)
  }

  private func quickStart(_ cmd: String, memory: Megabytes) -> JobSpec {
    JobSpec(
      cmd: cmd, repGroup: "myid",
      requirements: Requirements(memory: memory, time: .seconds(5), cores: 1))
  }

  /// What follows the documented properties of a job that says little.
  private func additions(reqGroup: String, untilBuried: Int = 1) -> String {
    #""LimitGroups":null,"Modules":null,"PeakDisk":0,"WithDocker":"","WithSingularity":"","#
      + #""ContainerMounts":"","IsPushUpdate":false,"ReqGroup":"\#(reqGroup)","Override":0,"#
      + #""Priority":0,"Retries":0,"UntilBuried":\#(untilBuried),"CwdMatters":false,"#
      + #""NoRetryOverWalltime":0,"Meter":"proc","Waiting":null,"Number":1,"Added":0}"#
  }

  /// The answer of the documentation's first example, with MonitorDocker, which its table has, and
  /// the Cores of 1 that were asked for (decisions 3 and 5).
  @Test func addedJobsAreShownAsDocumented() {
    let expected =
      #"[{"Key":"58cef10e7a340c3b7fa09ea304a3cb98","RepGroup":"myid","DepGroups":null,"Dependencies":null,"Cmd":"sleep 5 && echo mymsg && false","State":"ready","Cwd":"","CwdBase":"/tmp","HomeChanged":false,"Behaviours":"","Mounts":"","MonitorDocker":"","ExpectedRAM":5,"ExpectedTime":5,"RequestedDisk":0,"OtherRequests":null,"Cores":1,"PeakRAM":0,"Exited":false,"Exitcode":0,"FailReason":"","Pid":0,"Host":"","HostID":"","HostIP":"","Walltime":0,"CPUtime":0,"Started":-62135596800,"Ended":-62135596800,"StdErr":"","StdOut":"","Env":null,"Attempts":0,"Similar":0,"#
      + additions(reqGroup: "sleep")
      + #",{"Key":"ea4266bc0fc7dd493caeb2fff1963e4a","RepGroup":"myid","DepGroups":null,"Dependencies":null,"Cmd":"sleep 5","State":"ready","Cwd":"","CwdBase":"/tmp","HomeChanged":false,"Behaviours":"","Mounts":"","MonitorDocker":"","ExpectedRAM":3072,"ExpectedTime":5,"RequestedDisk":0,"OtherRequests":null,"Cores":1,"PeakRAM":0,"Exited":false,"Exitcode":0,"FailReason":"","Pid":0,"Host":"","HostID":"","HostIP":"","Walltime":0,"CPUtime":0,"Started":-62135596800,"Ended":-62135596800,"StdErr":"","StdOut":"","Env":null,"Attempts":0,"Similar":0,"#
      + additions(reqGroup: "sleep") + "]"
    #expect(
      text(
        JobStatus(job: job(quickStart("sleep 5 && echo mymsg && false", memory: 5))),
        JobStatus(job: job(quickStart("sleep 5", memory: 3072)))) == expected)
  }

  @Test func aBuriedJobIsShownAsDocumented() {
    var run = RunRecord()
    run.actualCwd = "/wr_cwd/5/8/c/ef10e7a340c3b7fa09ea304a3cb98591997052/cwd"
    run.peakMemory = 13
    run.exited = true
    run.exitCode = 1
    run.failReason = .exit
    run.pid = 25927
    run.host = "vr-2-2-02"
    run.hostIP = "172.17.27.150"
    run.walltime = .nanoseconds(5_002_266_249)
    run.startedAt = Timestamp(nanoseconds: 1_524_225_096_999_999_999)
    run.endedAt = Timestamp(seconds: 1_524_225_101)
    var job = job(
      quickStart("sleep 5 && echo mymsg && false", memory: 5), .buried, attempts: 1, run: run)
    job.untilBuried = 0
    var status = JobStatus(job: job)
    status.stdout = "mymsg"
    #expect(
      text(status)
        == #"[{"Key":"58cef10e7a340c3b7fa09ea304a3cb98","RepGroup":"myid","DepGroups":null,"Dependencies":null,"Cmd":"sleep 5 && echo mymsg && false","State":"buried","Cwd":"/wr_cwd/5/8/c/ef10e7a340c3b7fa09ea304a3cb98591997052/cwd","CwdBase":"/tmp","HomeChanged":false,"Behaviours":"","Mounts":"","MonitorDocker":"","ExpectedRAM":5,"ExpectedTime":5,"RequestedDisk":0,"OtherRequests":null,"Cores":1,"PeakRAM":13,"Exited":true,"Exitcode":1,"FailReason":"command exited non-zero","Pid":25927,"Host":"vr-2-2-02","HostID":"","HostIP":"172.17.27.150","Walltime":5.002266249,"CPUtime":0,"Started":1524225096,"Ended":1524225101,"StdErr":"","StdOut":"mymsg","Env":null,"Attempts":1,"Similar":0,"#
        + additions(reqGroup: "sleep", untilBuried: 0) + "]")
  }

  @Test func listsAndTextsAreShownInTheirForms() {
    let key = JobKey(ofCommand: "sleep 5", cwd: nil)
    let spec = JobSpec(
      cmd: "a <b> & \"c\"", changeHome: true, reqGroup: "q",
      requirements: Requirements(
        memory: 1, time: .milliseconds(1500), cores: Cores(thousandths: 500), diskGigabytes: 3,
        diskIsSet: true, other: ["cloud_os": "x", "cloud_flavor": "o1.tiny"]),
      override: 2, priority: 3, retries: 4, noRetryOverWalltime: .seconds(300),
      limitGroups: ["l"], modules: ["m"], depGroups: ["d1", "d2"],
      dependencies: [
        .group("g"), .key(key), .command(cmd: "b", cwd: nil), .command(cmd: "b", cwd: "/c"),
      ],
      behaviours: [Behaviour(on: .exit, .run("x && y"))],
      mounts: [Mount(mount: "/a&b", targets: [.init(path: "p")])], monitorDocker: "?",
      withDocker: "i", withSingularity: "s", containerMounts: "/o:/i", environment: ["A=1"])
    var status = JobStatus(job: job(spec), repGroup: "asked_for")
    status.showsEnvironment = true
    status.similar = 7
    status.walltimeSoFar = .milliseconds(250)
    let shown = text(status)
    for member in [
      #""RepGroup":"asked_for""#, #""DepGroups":["d1","d2"]"#,
      #""Dependencies":["g","ea4266bc0fc7dd493caeb2fff1963e4a","b","b [/c]"]"#,
      #""Cmd":"a <b> & \"c\"""#, #""HomeChanged":true"#,
      #""Behaviours":"{\"on_exit\":[{\"run\":\"x && y\"}]}""#,
      #""Mounts":"[{\"Mount\":\"/a\\u0026b\",\"Targets\":[{\"Path\":\"p\"}]}]""#,
      #""MonitorDocker":"?""#, #""ExpectedTime":1.5"#, #""RequestedDisk":3"#,
      #""OtherRequests":["cloud_flavor:o1.tiny","cloud_os:x"]"#, #""Cores":0.5"#,
      #""Walltime":0.25"#, #""Env":["A=1"]"#, #""Similar":7"#, #""LimitGroups":["l"]"#,
      #""Modules":["m"]"#, #""WithDocker":"i""#, #""WithSingularity":"s""#,
      #""ContainerMounts":"/o:/i""#, #""ReqGroup":"q""#, #""Override":2"#, #""Priority":3"#,
      #""Retries":4"#, #""UntilBuried":5"#, #""NoRetryOverWalltime":300"#,
    ] {
      #expect(shown.contains(member), "\(member) is not in \(shown)")
    }
  }

  @Test func theEnvironmentIsShownOnlyIfAskedFor() {
    let spec = JobSpec(cmd: "a", environment: ["SECRET=1"])
    #expect(!text(JobStatus(job: job(spec))).contains("SECRET"))
  }

  @Test func theRequirementsShownAreThoseBelieved() {
    var job = job(JobSpec(cmd: "a"))
    job.requirements = Requirements(memory: 7, time: .seconds(9), cores: 2, diskGigabytes: 1)
    let shown = text(JobStatus(job: job))
    #expect(shown.contains(#""ExpectedRAM":7,"ExpectedTime":9,"RequestedDisk":1"#))
    #expect(shown.contains(#""Cores":2"#))
  }

  /// What a client posts is what it is shown: behaviours and mounts, as texts.
  @Test func behavioursAndMountsComeBackWordForWord() throws {
    let mounts =
      #"[{"Mount":"/tmp/wr_mnt","Targets":[{"Profile":"default","Path":"mybucket/subdir"}]}]"#
    let document = try JobDocument(
      Array(#"[{"cmd":"echo defaults"}]"#.utf8),
      parameters: [
        ("on_failure", #"[{"run":"foo"}]"#), ("on_success", #"[{"cleanup":true}]"#),
        ("on_exit", #"[{"cleanup_all":true}]"#), ("mounts", mounts),
      ]
    ) { (_: String) throws(JobDocumentError) in "" }
    let job = job(try #require(document.specs.first))
    #expect(job.key.description == "b17c665295e0a3fcf2e07c6d7ad6ddd4")
    var expected = JSONWriter()
    expected.beginObject()
    expected.member(
      "Behaviours",
      #"{"on_failure":[{"run":"foo"}],"on_success":[{"cleanup":true}],"on_exit":[{"cleanup_all":true}]}"#
    )
    expected.member("Mounts", mounts)
    let members = String(decoding: expected.takeBytes().dropFirst(), as: UTF8.self)
    #expect(text(JobStatus(job: job)).contains(members))
  }

  /// What was kept of those written before changes nothing.
  @Test func statusesOneAfterTheOtherAreWrittenAsEachByItself() {
    let specs = [
      quickStart("a", memory: 5), quickStart("b", memory: 6), JobSpec(cmd: "a", retries: 3),
      JobSpec(cmd: "c", limitGroups: ["l"], modules: ["m"], depGroups: ["d"]),
    ]
    var run = RunRecord()
    run.exitCode = 3
    run.peakDisk = 4
    run.meter = .cgroup
    var statuses = specs.flatMap { spec in
      [spec, spec, JobSpec(cmd: "other", traits: spec.traits)].map { JobStatus(job: job($0)) }
    }
    statuses += specs.map { JobStatus(job: job($0, .buried, attempts: 2, run: run)) }
    statuses += specs.map { JobStatus(job: job($0), repGroup: "another") }
    for index in statuses.indices where index % 3 == 0 {
      statuses[index].similar = index
      statuses[index].stderr = "words"
      statuses[index].job.requirements.memory = Megabytes(index)
    }
    let order = statuses.indices.flatMap { [$0, statuses.count - 1 - $0] }
    var writer = StatusWriter()
    for index in order {
      var json = JSONWriter()
      json.beginArray()
      writer.write(statuses[index], to: &json)
      json.endArray()
      #expect(String(decoding: json.takeBytes(), as: UTF8.self) == text(statuses[index]))
    }
  }
}
