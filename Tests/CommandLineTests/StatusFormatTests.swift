import Testing

@testable import wr

@Suite struct StatusFormatTests {
  private func job(_ change: (inout ShownJob) -> Void) -> ShownJob {
    var job = ShownJob()
    job.key = "58cef10e7a340c3b7fa09ea304a3cb98"
    job.repGroup = "grp"
    job.cmd = "sleep 5"
    job.cwdBase = "/tmp"
    job.reqGroup = "sleep"
    job.expectedRAM = 1024
    job.expectedTime = 3600
    job.cores = 1
    change(&job)
    return job
  }

  private let details = StatusDetails { "T\($0)" }

  @Test func countsAreSevenLinesThatScriptsRead() {
    var counts = StateCounts()
    counts.add("running", 2)
    counts.add("reserved")
    counts.add("lost", 4)
    #expect(
      counts.lines
        == "complete: 0\nrunning: 3\nready: 0\ndependent: 0\nlost contact: 4\ndelayed: 0\nburied: 0\n"
    )
    #expect(
      counts.line == "complete=0 running=3 ready=0 dependent=0 lost=4 delayed=0 buried=0")
  }

  @Test func aBuriedJobIsTold() {
    let buried = job {
      $0.state = "buried"
      $0.cwd = "/wr_cwd/5/8/c/x/cwd"
      $0.behaviours = #"{"on_exit":[{"cleanup":true}]}"#
      $0.depGroups = ["a", "b"]
      $0.dependencies = ["c"]
      $0.limitGroups = ["l"]
      $0.attempts = 2
      $0.exited = true
      $0.exitCode = 3
      $0.failReason = "command exited non-zero"
      $0.peakRAM = 20
      $0.walltime = 65.5
      $0.cpuTime = 0.25
      $0.host = "h"
      $0.hostIP = "127.0.0.1"
      $0.pid = 7
      $0.stdout = "out"
      $0.similar = 4
    }
    #expect(
      details.text(buried) == """

        # sleep 5
        Cwd: /tmp/wr_cwd/5/8/c/x/cwd
        Behaviours: {"on_exit":[{"cleanup":true}]}
        Id: grp (58cef10e7a340c3b7fa09ea304a3cb98); Requirements group: sleep; Dependency groups: \
        a, b; Dependencies: c; Limit groups: l; Priority: 0; Attempts: 2
        Expected requirements: { memory: 1024MB; time: 1h0m0s; cpus: 1 disk: 0GB }
        Status: buried - fix the problem, then `wr retry` it
        Previous problem: command exited non-zero
        Stats: { Exit code: 3; Peak memory: 20MB; Peak disk: 0MB; Wall time: 1m5.5s; CPU time: 250ms }
        Host: h (IP: 127.0.0.1); Pid: 7
        StdOut:
        out
        StdErr: [none]
        + 4 other commands with the same status, exit code and problem

        """)
  }

  @Test(arguments: [
    ("ready", "ready, waiting for a runner: next in line"),
    (
      "delayed",
      "delayed following a failure, will become ready by itself: next in line (attempted at T5)"
    ),
    ("dependent", "dependent, waiting for other commands: next in line"),
    ("reserved", "reserved by a runner, about to start"), ("running", "running (started T5)"),
    ("lost", "lost contact (started T5; lost T9)"), ("complete", "complete (started T5; ended T9)"),
  ])
  func everyStateHasItsSentence(state: String, sentence: String) {
    let job = job {
      $0.state = state
      $0.started = 5
      $0.ended = 9
      if ["ready", "delayed", "dependent"].contains(state) { $0.waiting = ["next in line"] }
    }
    #expect(details.text(job).contains("\nStatus: \(sentence)\n"), "\(details.text(job))")
  }

  @Test func aRunningJobShowsItsWallTimeAndHostOnly() {
    let running = job {
      $0.state = "running"
      $0.walltime = 2
      $0.host = "h"
      $0.hostIP = "i"
      $0.hostID = "d"
      $0.exitCode = -1
    }
    #expect(details.text(running).hasSuffix("Stats: { Wall time: 2s }\nHost: h (IP: i, ID: d)\n"))
  }

  @Test func environmentsAreShownWhenAskedFor() {
    var details = details
    details.showsEnvironment = true
    let text = details.text(job { $0.environment = ["A=b", "C=d"] })
    #expect(text.hasSuffix("Env: [A=b C=d]\n"))
  }

  @Test func aSummaryHasALineForEachGroupAndOneForAll() {
    func complete(_ group: String, _ memory: Int, _ seconds: Double, _ start: Int64) -> ShownJob {
      job {
        $0.state = "complete"
        $0.repGroup = group
        $0.peakRAM = memory
        $0.walltime = seconds
        $0.cpuTime = 1
        $0.started = start
        $0.ended = start + Int64(seconds)
      }
    }
    let buried = job {
      $0.state = "buried"
      $0.exitCode = 1
      $0.failReason = "no"
    }
    var summaries = StatusSummaries()
    for job in [
      complete("b", 10, 2, 100), complete("b", 20, 4, 110), buried, complete("grp", 5, 1, 3),
    ] {
      summaries.add(job)
    }
    #expect(
      summaries.text { "T\($0)" }
        == """
        b : complete=2 running=0 ready=0 dependent=0 lost=0 delayed=0 buried=0 \
        memory=15MB(+/-7MB) disk=0MB(+/-0MB) walltime=3s(+/-1.414s) cputime=1s(+/-0s) \
        started=T100 ended=T114 elapsed=14s
        grp : complete=1 running=0 ready=0 dependent=0 lost=0 delayed=0 buried=1 \
        memory=5MB(+/-0MB) disk=0MB(+/-0MB) walltime=1s(+/-0s) cputime=1s(+/-0s) \
        exitcode.1,"no"=58cef10e7a340c3b7fa09ea304a3cb98
        all above : complete=3 running=0 ready=0 dependent=0 lost=0 delayed=0 buried=1 \
        memory=12MB(+/-8MB) disk=0MB(+/-0MB) walltime=2.333s(+/-1.528s) cputime=1s(+/-0s) \
        started=T3 ended=T114 elapsed=1m51s

        """)
  }

  @Test func aTableFitsItsColumns() throws {
    let table = try StatusTable(format: "command:8 COUNT:5 status:9")
    let jobs = [
      job {
        $0.cmd = "a\tlonger command"
        $0.state = "ready"
        $0.similar = 11
      }, job { $0.cmd = "short" },
    ]
    #expect(
      table.header + jobs.map(table.line).joined()
        == "command   count  status\na lon...     12  ready\nshort         1\n")
  }

  @Test(arguments: [
    ("comand:3", "unknown field comand; did you mean command?"),
    ("command", "WR_STATUS_FORMAT is made of FIELD:width, width from 1 to 1000, not \"command\""),
    ("id:0", "WR_STATUS_FORMAT is made of FIELD:width, width from 1 to 1000, not \"id:0\""),
  ])
  func tablesThatMakeNoSenseAreRefused(format: String, message: String) {
    let error = #expect(throws: UsageError.self) { try StatusTable(format: format) }
    #expect(error?.message == message)
  }

  @Test func jobsAreGroupedAsTheManagerDoesIt() {
    let jobs = ["running", "reserved", "buried", "buried", "buried"].map { state in
      job { $0.state = state }
    }
    for (limit, similar) in [(1, [1, 2]), (2, [0, 0, 0, 1]), (9, [0, 0, 0, 0, 0])] {
      var grouping = JobGrouping(limit: limit)
      for job in jobs { grouping.add(job) }
      #expect(grouping.shown.map(\.similar) == similar)
    }
  }

  @Test(arguments: [
    ("30m", 1800), ("12h", 43200), ("2d", 172_800), ("1.5d", 129_600), ("1w", 604_800),
  ])
  func recentTimesMayBeDaysAndWeeks(text: String, seconds: Int64) throws {
    #expect(try StatusQuery.period(text) == seconds)
  }

  @Test(arguments: ["5", "x", "-1d", "d", ""])
  func otherTimesAreRefused(text: String) {
    #expect(throws: UsageError.self) { try StatusQuery.period(text) }
  }

  @Test(arguments: StatusQuery.Format.allCases)
  func aFormatHasANameAndALetter(format: StatusQuery.Format) throws {
    #expect(try StatusQuery.Format(format.rawValue) == format)
    #expect(try StatusQuery.Format(String(format.rawValue.prefix(1))) == format)
    #expect(throws: UsageError.self) { try StatusQuery.Format("x") }
  }
}
