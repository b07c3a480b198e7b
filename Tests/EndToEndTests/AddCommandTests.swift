import Foundation
import Testing

/// `wr add`, against a real manager.
@Suite(.serialized, .timeLimit(.minutes(3))) struct AddCommandTests {
  private static let lines = """
    echo one
    echo two\t{"rep_grp":"own","cpus":2,"memory":"2G"}

    {"cmd":"echo three","rep_grp":"own","priority":5}

    """

  @Test func commandsOfEveryFormAreAdded() throws {
    try withManager { manager in
      #expect(try manager.wr("manager", "pause").status == 0)
      let added = try manager.wr(
        input: Self.lines, "add", "-i", "grp", "-m", "500M", "--dep_grps", "a,b", "-l", "lim:3",
        "--env", "COLOUR=red", "-o", "always")
      #expect(added.status == 0)
      #expect(added.output == "")
      #expect(
        added.errors == "INFO Added 3 new commands (0 were duplicates) to the queue using default"
          + " identifier 'grp'\n")
      let one = try manager.get("/rest/v1/jobs/grp?env=true").jobs[0]
      #expect(one["ExpectedRAM"] as? Int == 500)
      #expect(one["Cores"] as? Int == 1, "the command line's default")
      #expect(one["Retries"] as? Int == 3, "the command line's default")
      #expect(one["Behaviours"] as? String == #"{"on_exit":[{"cleanup":true}]}"#)
      #expect(one["CwdBase"] as? String == manager.directory.path)
      #expect(one["DepGroups"] as? [String] == ["a", "b"])
      #expect(one["LimitGroups"] as? [String] == ["lim"])
      #expect(one["Override"] as? Int == 2)
      let environment = one["Env"] as? [String] ?? []
      #expect(environment.contains("COLOUR=red"))
      #expect(environment.contains("HOME=\(manager.directory.path)"), "ours was stored")
      let own = try manager.get("/rest/v1/jobs/own").jobs
      #expect(own.compactMap { $0["ExpectedRAM"] as? Int } == [2048, 500])
      #expect(own.compactMap { $0["Priority"] as? Int } == [0, 5])
      #expect(try manager.wr("limit").output == "lim: 3\n")
      let again = try manager.wr(input: Self.lines, "add", "-i", "grp")
      #expect(
        again.errors == """
          INFO Added 0 new commands (3 were duplicates) to the queue using default identifier 'grp'
          INFO of the duplicates 3 are in the queue

          """)
    }
  }

  @Test func completeOnesRunAgainWhenThatIsSaid() throws {
    try withManager { manager in
      _ = try manager.wr(input: "true\n", "add", "-i", "g")
      _ = try manager.wait("/rest/v1/jobs/g", for: "complete")
      let again = try manager.wr(input: "true\n", "add", "-i", "g")
      #expect(
        again.errors.hasSuffix(
          "INFO of the duplicates 1 are complete (--rerun runs them again)\n"))
      let simple = try manager.wr(input: "true\n", "add", "-i", "g", "--simple")
      #expect(simple.status == 1, "nothing is in the queue")
      #expect(simple.output == "")
      let rerun = try manager.wr(input: "true\n", "add", "-i", "g", "--simple", "--rerun")
      #expect(rerun.status == 0)
      #expect(rerun.output.count == 33)
      _ = try manager.wait("/rest/v1/jobs/g", for: "complete")
    }
  }

  @Test func syncRunsACommandAsIfItWereHere() throws {
    try withManager { manager in
      let failed = try manager.wr(
        input: "echo out; echo err >&2; exit 7\n", "add", "--sync", "-r", "0")
      #expect(failed.status == 7)
      #expect(failed.output == "out\n")
      #expect(failed.errors == "err\n")
      let succeeded = try manager.wr(input: "echo out; echo err >&2\n", "add", "--sync")
      #expect(succeeded.status == 0)
      #expect(succeeded.output == "out\n", "kept although it has succeeded")
      #expect(succeeded.errors == "err\n")
      let two = try manager.wr(input: "true\nfalse\n", "add", "--sync")
      #expect(two.status == 1)
      #expect(two.errors == "EROR --sync takes exactly 1 command, not 2\n")
    }
  }

  @Test func aDryRunChecksAndAddsNothing() throws {
    try withManager { manager in
      let good = try manager.wr(input: "sleep 5\n", "add", "--dry-run")
      #expect(good.errors == "INFO 1 commands make sense; none was added, as this was a dry run\n")
      let keys = try manager.wr(input: "sleep 5\n", "add", "--dry-run", "--json")
      #expect(keys.output == "{\"Keys\":[\"ea4266bc0fc7dd493caeb2fff1963e4a\"]}\n")
      #expect(try manager.get("/rest/v1/jobs/").jobs.isEmpty)
      #expect(try manager.wr(input: "a\t{\"cpus\":-1}\n", "add", "--dry-run").status == 1)
    }
  }

  @Test func nothingIsAddedWhenALineMakesNoSense() throws {
    try withManager { manager in
      for (input, words) in [
        (
          "a\n\nb\t{\"memory\":\"1\"}\n",
          "EROR line 3: there was a problem interpreting your job: memory value (1)"
        ), ("a\tb\tc\n", "EROR line 1 has 3 columns"),
        ("a\n{\"cpus\":1}\n", "EROR line 2: there was a problem interpreting your job: cmd was"),
      ] {
        let refused = try manager.wr(input: input, "add")
        #expect(refused.status == 1)
        #expect(refused.errors.hasPrefix(words), "\(refused.errors)")
      }
      let option = try manager.wr(input: "a\n", "add", "--memry", "1G")
      #expect(option.errors == "EROR unknown option --memry; did you mean --memory?\n")
      #expect(try manager.wr(input: "a\n", "add", "--cpus", "many").status == 1)
      #expect(try manager.get("/rest/v1/jobs/").jobs.isEmpty)
    }
  }

  @Test func whatIsIgnoredOrDoubtfulIsSaid() throws {
    try withManager { manager in
      let file = manager.directory.appendingPathComponent("data.txt")
      try Data().write(to: file)
      let input = "cat data.txt\t{\"memroy\":\"1G\"}\n"
      let warned = try manager.wr(input: input, "add", "--dry-run")
      #expect(
        warned.errors == """
          WARN line 1: unknown property memroy; did you mean memory?; it is ignored
          WARN line 1: data.txt seems to be a relative path; commands run in a directory of their \
          own, so give absolute paths, or --cwd_matters
          INFO 1 commands make sense; none was added, as this was a dry run

          """)
      for option in ["--cwd_matters", "--disable_relative_check"] {
        let quiet = try manager.wr(input: "cat data.txt\n", "add", "--dry-run", option)
        #expect(quiet.errors.hasPrefix("INFO "))
      }
    }
  }

  @Test func withoutAManagerThatIsSaid() throws {
    try withManager { manager in
      #expect(try manager.wr("manager", "stop").status == 0)
      let refused = try manager.wr(input: "a\n", "add")
      #expect(refused.status == 1)
      #expect(refused.errors.contains("has the manager been started?"))
    }
  }
}
