import Foundation
import Platform
import Testing

/// The process of `wr runner`, as the machine sees it.
@Suite(.timeLimit(.minutes(3))) struct HostProcessTests {
  @Test func theEndOfAJobDoesNotWakeTheReactorOfItsHost() throws {
    try withManager { manager in
      let file = manager.directory.appendingPathComponent("mask").path
      let command = "grep SigBlk /proc/self/status > \(file)"
      _ = try manager.post(#"[{"cmd":"\#(command)","cwd_matters":true}]"#, "?rep_grp=mask")
      _ = try manager.wait("/rest/v1/jobs/mask", for: "complete")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == "SigBlk:\t0000000000000000\n")
      let host = try #require(try manager.runnerHosts().first)
      // Of its main thread, which is the reactor's.
      let status = try String(contentsOfFile: "/proc/\(host)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("SigBlk:") })
      let mask = try #require(UInt64(line.dropFirst(8), radix: 16))
      #expect(mask >> UInt64(SIGCHLD - 1) & 1 == 1)
    }
  }

  @Test func aHostHasATagThatIsNoneOfItsJobs() throws {
    try withManager { manager in
      _ = try manager.post(#"[{"cmd":"sleep 300","cwd_matters":true}]"#, "?rep_grp=tagged")
      let jobs = try manager.wait("/rest/v1/jobs/tagged", for: "running")
      let job = try #require(jobs.first?["Pid"] as? Int)
      let host = try #require(try manager.runnerHosts().first)
      let tags = [try #require(ProcessTag(of: host)), try #require(ProcessTag(of: pid_t(job)))]
      #expect(tags[0] != tags[1])
    }
  }
}
