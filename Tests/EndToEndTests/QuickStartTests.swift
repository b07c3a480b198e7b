import Foundation
import Testing

/// The Quick Start of the REST documentation, typed against our manager.
@Suite struct QuickStartTests {
  static let body = """
    [{"cmd":"sleep 5 && echo mymsg && false","memory":"5M","cpus":1},{"cmd":"sleep 5","cpus":1}]
    """
  static let keys = ["58cef10e7a340c3b7fa09ea304a3cb98", "ea4266bc0fc7dd493caeb2fff1963e4a"]

  /// The documented answer to the POST, up to our additions; its `"Cores":2` is an error of the
  /// example (decision 5).
  static let added = [
    """
    {"Key":"58cef10e7a340c3b7fa09ea304a3cb98","RepGroup":"myid","DepGroups":null,"Dependencies":\
    null,"Cmd":"sleep 5 && echo mymsg && false","State":"ready","Cwd":"","CwdBase":"/tmp",\
    "HomeChanged":false,"Behaviours":"","Mounts":"","MonitorDocker":"","ExpectedRAM":5,\
    "ExpectedTime":5,"RequestedDisk":0,"OtherRequests":null,"Cores":1,"PeakRAM":0,"Exited":false,\
    "Exitcode":0,"FailReason":"","Pid":0,"Host":"","HostID":"","HostIP":"","Walltime":0,\
    "CPUtime":0,"Started":-62135596800,"Ended":-62135596800,"StdErr":"","StdOut":"","Env":null,\
    "Attempts":0,"Similar":0,
    """,
    """
    {"Key":"ea4266bc0fc7dd493caeb2fff1963e4a","RepGroup":"myid","DepGroups":null,"Dependencies":\
    null,"Cmd":"sleep 5","State":"ready","Cwd":"","CwdBase":"/tmp","HomeChanged":false,\
    "Behaviours":"","Mounts":"","MonitorDocker":"","ExpectedRAM":3072,"ExpectedTime":5,\
    "RequestedDisk":0,"OtherRequests":null,"Cores":1,"PeakRAM":0,"Exited":false,"Exitcode":0,\
    "FailReason":"","Pid":0,"Host":"","HostID":"","HostIP":"","Walltime":0,"CPUtime":0,\
    "Started":-62135596800,"Ended":-62135596800,"StdErr":"","StdOut":"","Env":null,"Attempts":0,\
    "Similar":0,
    """,
  ]

  @Test(.timeLimit(.minutes(2))) func theQuickStartGivesWhatTheDocumentationShows() throws {
    try withManager { manager in
      let posted = try manager.post(Self.body, "?rep_grp=myid&cpus=2&memory=3G&time=5s")
      #expect(posted.status == 201)
      for object in Self.added {
        let text = object.trimmingCharacters(in: .newlines)
        #expect(posted.body.contains(text), "\(posted.body)")
      }
      let done = try manager.wait("/rest/v1/jobs/myid?std=true", for: "buried", "complete")
      try #require(done.count == 2)
      let failed = done[0]
      #expect(failed["Key"] as? String == Self.keys[0])
      #expect(failed["State"] as? String == "buried")
      #expect(failed["Exited"] as? Bool == true)
      #expect(failed["Exitcode"] as? Int == 1)
      #expect(failed["FailReason"] as? String == "command exited non-zero")
      #expect(failed["StdOut"] as? String == "mymsg")
      #expect(failed["Attempts"] as? Int == 1)
      let cwd = try #require(failed["Cwd"] as? String)
      let shape = try Regex(#"^/wr_cwd/5/8/c/ef10e7a340c3b7fa09ea304a3cb98[0-9]{1,10}/cwd$"#)
      #expect(cwd.wholeMatch(of: shape) != nil, "\(cwd)")
      let walltime = try #require(failed["Walltime"] as? Double)
      #expect(walltime >= 5 && walltime < 8)
      let (started, ended) = (failed["Started"] as? Int ?? 0, failed["Ended"] as? Int ?? 0)
      #expect(started > 1_700_000_000 && (4...8).contains(ended - started))
      let succeeded = done[1]
      #expect(succeeded["Key"] as? String == Self.keys[1])
      #expect(succeeded["State"] as? String == "complete")
      #expect(succeeded["Exitcode"] as? Int == 0)
      #expect(succeeded["FailReason"] as? String == "")
      let incomplete = try manager.get("/rest/v1/jobs/").jobs
      #expect(incomplete.map { $0["Key"] as? String } == [Self.keys[0]])
      #expect(incomplete[0]["StdOut"] as? String == "", "only when it is asked for")
      let byKey = try manager.get("/rest/v1/jobs/\(Self.keys.joined(separator: ","))").jobs
      #expect(byKey.map { $0["Key"] as? String } == Self.keys)
    }
  }
}
