import Foundation
import Testing

/// `wr history`, `logs`, `top` and the commands of LSF, against a real manager.
@Suite(.serialized, .timeLimit(.minutes(3))) struct HistoryCommandTests {
  @Test func whatWasEverRunIsFound() throws {
    try withManager { manager in
      let input =
        "echo apple\necho banana\t{\"rep_grp\":\"fruit.b\"}\nfalse # apple\t{\"retries\":0}\n"
      _ = try manager.wr(input: input, "add", "-i", "fruit.a", "--cpus", "0")
      _ = try manager.wait("/rest/v1/jobs/fruit?search=true", for: "complete", "buried")
      func found(_ arguments: String...) throws -> Int {
        let outcome = try manager.run(TestManager.wr, ["history", "-o", "plain"] + arguments)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return outcome.output.split(separator: "\n").count
      }
      #expect(try found() == 3)
      #expect(try found("apple") == 2)
      #expect(try found("apple", "--state", "complete") == 1)
      #expect(try found("apple", "--state", "buried") == 1)
      #expect(try found("-i", "fruit.b") == 1)
      #expect(try found("-i", "fruit") == 0)
      #expect(try found("-z", "-i", "fruit") == 3)
      #expect(try found("--host", "nowhere") == 0)
      #expect(try found("--since", "1d") == 3)
      #expect(try found("--limit", "2") == 2)
      let table = try manager.wr("history", "banana").output.split(separator: "\n")
      #expect(table[0].hasPrefix("ended"))
      #expect(table[1].hasSuffix("fruit.b           echo banana"))
      let json = try manager.wr("history", "-o", "json", "banana").output
      #expect(json.hasPrefix("[{\"Key\":") && json.hasSuffix("}]\n"))
      #expect(try manager.wr("history", "a", "b").status == 1)
      #expect(try manager.wr("history", "-o", "counts").status == 1)
      for query in ["limit=0", "since=x", "before=0"] {
        #expect(try manager.get("/rest/v1/history/?\(query)").status == 400)
      }
      let newest = try manager.get("/rest/v1/history/?limit=1").jobs
      let number = try #require(newest.first?["Number"] as? Int)
      #expect(try manager.get("/rest/v1/history/?before=\(number)").jobs.count == 1)
    }
  }

  @Test func logsPrintWhatIsKept() throws {
    try withManager { manager in
      let id = try manager.wr(
        input: "sleep 0.2; echo out; echo err >&2; false\n", "add", "-s", "-r", "0"
      ).output.trimmingCharacters(in: .newlines)
      let logs = try manager.wr("logs", "-f", id)
      #expect(logs.status == 0)
      #expect(logs.output == "out\n")
      #expect(logs.errors == "err\n")
      _ = try manager.wr("manager", "pause")
      let waiting = try manager.wr(input: "echo a\n", "add", "-s").output
        .trimmingCharacters(in: .newlines)
      #expect(
        try manager.wr("logs", waiting).errors
          == "INFO the job is ready: it has not written anything yet\n")
      #expect(try manager.wr("logs").status == 1)
    }
  }

  @Test func whatARunningJobWritesIsFollowed() throws {
    try withManager { manager in
      let gate = manager.directory.appendingPathComponent("gate").path
      let command = "echo 1; echo e >&2; until test -e \(gate); do sleep 0.01; done; echo 2"
      let id = try manager.wr(input: command + "\n", "add", "-s").output
        .trimmingCharacters(in: .newlines)
      let following = try manager.launch("logs", "-f", id)
      func written() throws -> String {
        try String(contentsOfFile: following.output, encoding: .utf8)
      }
      let end = Date().addingTimeInterval(60)
      while try written() != "1\n" {
        try #require(Date() < end, "nothing is seen of a job that has written")
        usleep(10_000)
      }
      #expect(following.process.isRunning)
      let soFar = try manager.wr("logs", id)
      #expect(soFar.output == "1\n")
      #expect(soFar.errors == "e\n")
      #expect(try manager.get("/rest/v1/jobs/\(id)/stdout").body == "1\n")
      #expect(
        try manager.wr("logs", id, "--json").output.split(separator: "\n").sorted() == [
          #"{"Stream":"stderr","Text":"e\n"}"#, #"{"Stream":"stdout","Text":"1\n"}"#,
        ])
      #expect(FileManager.default.createFile(atPath: gate, contents: nil))
      following.process.waitUntilExit()
      #expect(following.process.terminationStatus == 0)
      #expect(try written() == "1\n2\n")
    }
  }

  @Test func aManagerThatStopsEndsTheFollowing() throws {
    try withManager { manager in
      let id = try manager.wr(input: "echo 1; sleep 600\n", "add", "-s").output
        .trimmingCharacters(in: .newlines)
      let following = try manager.launch("logs", "-f", id)
      let end = Date().addingTimeInterval(60)
      while try String(contentsOfFile: following.output, encoding: .utf8).isEmpty {
        try #require(Date() < end, "nothing is seen of a job that has written")
        usleep(10_000)
      }
      #expect(try manager.wr("manager", "stop", "--keep-running").status == 0)
      following.process.waitUntilExit()
      #expect(following.process.terminationStatus == 1)
      #expect(
        try String(contentsOfFile: following.output, encoding: .utf8)
          .hasPrefix("1\n\n[wr: the manager has stopped]\n"))
      #expect(try manager.start().status == 0)
      _ = try manager.wait("/rest/v1/jobs/\(id)", for: "running")
      _ = try manager.wr("kill", "-a")
      _ = try manager.wait("/rest/v1/jobs/\(id)", for: "buried")
    }
  }

  @Test func topShowsWhatRuns() throws {
    try withManager { manager in
      _ = try manager.wr(input: "sleep 600\n", "add", "-i", "t")
      let jobs = try manager.wait("/rest/v1/jobs/t", for: "running")
      let top = try manager.wr("top", "--interval", "20ms")
      let lines = top.output.split(separator: "\n")
      try #require(lines.count == 2)
      #expect(lines[1].hasPrefix("\(jobs[0]["Key"] ?? "") t "))
      #expect(lines[1].hasSuffix("\(jobs[0]["Pid"] ?? "") sleep 600"))
      _ = try manager.wr("kill", "-a")
      _ = try manager.wait("/rest/v1/jobs/t", for: "buried")
    }
  }

  @Test func linksOfTheNamesOfLSFActAsItDoes() throws {
    try withManager { manager in
      func lsf(_ name: String, _ arguments: String..., input: String = "") throws
        -> TestManager.Outcome
      {
        let link = manager.directory.appendingPathComponent(name)
        if !FileManager.default.fileExists(atPath: link.path) {
          try FileManager.default.createSymbolicLink(at: link, withDestinationURL: TestManager.wr)
        }
        return try manager.run(link, arguments, input: Data(input.utf8))
      }
      #expect(try lsf("bjobs").errors == "No unfinished job found\n")
      let added = try lsf("bsub", input: "#!/bin/bash\n#BSUB -J nf\n#BSUB -n 2\nsleep 600\n")
      #expect(added.status == 0)
      #expect(added.output == "Job <1> is submitted to default queue <wr>.\n")
      let again = try lsf("bsub", "-J", "nf", "sleep", "600")
      #expect(again.status == 255)
      #expect(again.errors == "Duplicate command specified. Job not submitted.\n")
      let nothing = try lsf("bsub", input: "#BSUB -n 1\n")
      #expect(nothing.status == 255)
      #expect(nothing.errors == "No command is specified. Job not submitted.\n")
      let job = try manager.wait("/rest/v1/jobs/nf", for: "running")[0]
      #expect(job["Cores"] as? Int == 2)
      #expect(job["CwdBase"] as? String == manager.directory.path)
      #expect(
        try lsf("bjobs", "-noheader", "-o", #"JOBID STAT JOB_NAME delimiter=",""#).output
          == "1,RUN,nf\n")
      let table = try lsf("bjobs", "1").output.split(separator: "\n")
      #expect(table.count == 2)
      #expect(table[0].hasPrefix("JOBID   USER    STAT  QUEUE"))
      #expect(try lsf("bjobs", "77").errors == "Job <77> is not found\n")
      #expect(try lsf("bkill", "1").output == "Job <1> is being terminated\n")
      _ = try manager.wait("/rest/v1/jobs/nf", for: "buried")
      let ended = try lsf("bkill", "1")
      #expect(ended.status == 255)
      #expect(ended.errors == "Job <1>: Job has already finished\n")
      #expect(try lsf("bkill", "x").errors == "EROR x: Illegal job ID\n")
    }
  }
}
