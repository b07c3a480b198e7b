import Testing

@testable import wr

@Suite struct LSFTests {
  @Test func aScriptHoldsItsOptions() throws {
    let script = try BsubScript(
      """
      #!/bin/bash
      #BSUB -J "my_job"
      #BSUB -n 4 -M 2000
      #BSUB -W 1:30/host
      #BSUB -q long -R "span[hosts=1]" -o out.txt

      echo one
      echo two

      """)
    #expect(script.command == "echo one\necho two")
    #expect(script.name == "my_job")
    #expect(script.slots == 4)
    #expect(script.memory == "2000M")
    #expect(script.time == "90m")
    #expect(script.queue == "long")
    #expect(
      try String(decoding: script.body(cwd: "/w"), as: UTF8.self)
        == #"[{"cmd":"echo one\necho two","cwd":"/w","cwd_matters":true,"rep_grp":"my_job","#
        + #""cpus":4,"memory":"2000M","time":"90m","queue":"long"}]"#)
  }

  @Test func aJobHasWhatTheJobHasThatAddsItUnlessItSaysOtherwise() throws {
    let inheritance = Array(#"{"bsub_mode":"production","rep_grp":"outer","priority":5}"#.utf8)
    func body(_ script: String) throws -> String {
      try String(
        decoding: BsubScript(script).body(cwd: "/w", inheritance: inheritance), as: UTF8.self)
    }
    #expect(
      try body("x")
        == #"[{"bsub_mode":"production","rep_grp":"outer","priority":5,"cmd":"x","cwd":"/w","#
        + #""cwd_matters":true,"cpus":1}]"#)
    #expect(
      try body("#BSUB -J own\nx")
        == #"[{"bsub_mode":"production","priority":5,"cmd":"x","cwd":"/w","cwd_matters":true,"#
        + #""rep_grp":"own","cpus":1}]"#)
  }

  @Test func aCommandLineWinsOverTheScript() throws {
    var script = try BsubScript("#BSUB -J a\n#BSUB -n 2\nx")
    try script.take(
      Arguments(["-J", "b", "-M", "1G"], options: Command.bsub.options, isSingleDashed: true))
    #expect(script.name == "b")
    #expect(script.slots == 2)
    #expect(script.memory == "1G")
  }

  @Test(arguments: ["#BSUB -n x", "#BSUB -n 0", "#BSUB -M lots", "#BSUB -W 1:2:3", "#BSUB -W x"])
  func optionsThatMakeNoSenseAreRefused(text: String) {
    #expect(throws: UsageError.self) { try BsubScript(text) }
  }

  @Test func nothingIsNoCommand() throws {
    #expect(try BsubScript("#!/bin/sh\n#BSUB -n 1\n\n").command == "")
  }

  private var jobs: [ShownJob] {
    ["ready", "running", "lost", "buried", "complete"].enumerated().map { index, state in
      var job = ShownJob()
      job.number = index + 9
      job.state = state
      job.repGroup = "a long name of a job"
      job.host = index == 0 ? "" : "h"
      return job
    }
  }

  @Test func jobsStandInLSFsColumns() {
    var table = BjobsTable()
    table.user = "me"
    table.host = "here"
    table.time = { _ in "Nov 27 09:34" }
    let lines = table.text(Array(jobs.prefix(2))).split(separator: "\n").map(String.init)
    #expect(
      lines == [
        "JOBID   USER    STAT  QUEUE      FROM_HOST   EXEC_HOST   JOB_NAME   SUBMIT_TIME ",
        "9       me      PEND  wr         here        -           a long nam Nov 27 09:34",
        "10      me      RUN   wr         here        h           a long nam Nov 27 09:34",
      ])
  }

  @Test func columnsMayBeChosenWithADelimiter() throws {
    var table = try BjobsTable(format: #"jobid:10 STAT exec_host delimiter="|""#)
    #expect(
      table.text(jobs)
        == "JOBID|STAT|EXEC_HOST\n9|PEND|-\n10|RUN|h\n11|UNKWN|h\n12|EXIT|h\n13|DONE|h\n")
    table.hasHeader = false
    #expect(table.text(Array(jobs.prefix(1))) == "9|PEND|-\n")
    #expect(throws: UsageError.self) { try BjobsTable(format: "JOBIDS") }
  }
}
