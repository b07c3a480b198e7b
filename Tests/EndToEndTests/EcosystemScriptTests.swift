import Foundation
import Testing

/// What other people's programs do with the command line, as they do it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct EcosystemScriptTests {
  private func shell(_ manager: TestManager, _ script: String) throws -> TestManager.Outcome {
    try manager.run(
      URL(fileURLWithPath: "/bin/bash"),
      ["-c", "wr() { \(TestManager.wr.path) \"$@\"; }; \(script)"])
  }

  @Test func aPipelineAddsJSONLinesAndLooksAtTheExitCodeOnly() throws {
    try withManager { manager in
      let lines = (0..<3).map { index in
        #"{"cmd":"true # \#(index)","cpus":1,"dep_grps":["a-\#(index)","b"],"deps":[],"#
          + #""limit_grps":["irods","s3"],"memory":"50M","priority":50,"rep_grp":"npg"}"#
      }
      let file = manager.directory.appendingPathComponent("commands.txt")
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
      let added = try shell(
        manager,
        "wr add --cwd /tmp --disk 0 --override 2 --retries 1 --env 'NPG=1,PATH=/bin:/usr/bin' -f "
          + file.path)
      #expect(added.status == 0)
      let jobs = try manager.wait("/rest/v1/jobs/npg?env=true", for: "complete")
      #expect(jobs.count == 3)
      #expect((jobs[0]["Env"] as? [String])?.contains("NPG=1") == true)
      #expect(jobs[0]["CwdBase"] as? String == "/tmp")
    }
  }

  @Test func aBuilderAddsOneJobTwiceAndPollsItsState() throws {
    try withManager { manager in
      _ = try manager.wr("manager", "pause")
      let json = #"{"cmd":"echo built","retries":0,"limit_grps":[""],"rep_grp":"build"}"#
      let add =
        "echo '\(json)' | wr add --deployment production --simple --time 8h --memory 43M"
        + " -o 2 --rerun"
      let first = try shell(manager, add)
      let key = first.output.trimmingCharacters(in: .newlines)
      #expect(first.status == 0)
      #expect(key.count == 32)
      #expect(try shell(manager, add).output == first.output, "still queued: the same id")
      let poll = "wr status --deployment production -o plain -i \(key) -y"
      #expect(try shell(manager, poll).output.split(separator: "\t").last == "ready\n")
      #expect(try manager.wr("limit", "-g", "limited:0").output == "0\n")
      #expect(try shell(manager, "wr status -o json").errors == "")
      let stopped = try shell(manager, "wr status -o plain -i x -y")
      #expect(stopped.status == 1)
      #expect(stopped.errors.contains("EROR"))
    }
  }

  @Test func countsBecomeShellVariables() throws {
    try withManager { manager in
      _ = try manager.wr(input: "true\nfalse\n", "add", "-i", "wrstat-x", "-r", "0")
      _ = try manager.wait("/rest/v1/jobs/wrstat-x", for: "complete", "buried")
      let script = """
        wr status -o c -z -i wrstat- | sed -n 's/^\\([a-z]*\\)[a-z ]*: \\([0-9]*\\)$/\\1=\\2/p' > vars
        . ./vars; echo "$complete $running $ready $dependent $lost $delayed $buried"
        """
      #expect(try shell(manager, script).output == "1 0 0 0 0 0 1\n")
    }
  }

  @Test func aWorkflowEngineSubmitsWithBehavioursAndAsksByID() throws {
    try withManager { manager in
      let script = """
        id=$(echo 'false' | wr add -s -i cromwell --cwd "$PWD" --cwd_matters --retries 0 \
          --on_failure '[{"run":"touch failed"}]')
        for i in $(seq 100); do
          state=$(wr status -y -i $id -o p | cut -f 2)
          [ "$state" = buried ] && break
          sleep 0.1
        done
        echo $state; wr status -y -i $id -o p > /dev/null; echo $?
        """
      let polled = try shell(manager, script)
      #expect(polled.output == "buried\n1\n")
      let mark = manager.directory.appendingPathComponent("failed").path
      #expect(FileManager.default.fileExists(atPath: mark))
    }
  }
}
