import Foundation

/// A command's output with everything that differs from run to run replaced, so that the whole of
/// the rest can be compared.
func golden(_ text: String, _ manager: TestManager) -> String {
  var text = text.replacingOccurrences(of: manager.directory.path, with: "DIR")
  let host = NSRegularExpression.escapedPattern(for: ProcessInfo.processInfo.hostName)
  let user = NSRegularExpression.escapedPattern(for: NSUserName())
  for (pattern, replacement) in [
    ("\\b\(manager.managerPort)\\b", "PORT"), ("\\b\(manager.webPort)\\b", "WEBPORT"),
    (#""(PID|Pid|PeakRAM|RAM|Number)":[0-9]+"#, #""$1":N"#),
    (#""(Walltime|CPUtime|CPU)":[0-9.e-]+"#, #""$1":S"#),
    (#""(Started|Ended|Added)":[0-9]{10}"#, #""$1":SECONDS"#),
    (#""(Host|HostIP)":"[^"]+""#, #""$1":"HOST""#), (#"token=[A-Za-z0-9_-]{43}"#, "token=TOKEN"),
    (#""Meter":"[a-z]+""#, #""Meter":"METER""#), (#"pid [0-9]+"#, "pid N"),
    (#"PID: [0-9]+"#, "PID: N"),
    (#"v[0-9]+\.[0-9]+\.[0-9]+[-0-9a-z.]*"#, "VERSION"),
    (#"[A-Z][a-z]{2} [ 0-3][0-9] [0-9]{2}:[0-9]{2}"#, "TIME"),
    (#"[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}-[0-9]{2}:[0-9]{2}:[0-9]{2}"#, "TIME"),
    (#"Wall time: [0-9hm.]+s"#, "Wall time: T"), (#"CPU time: [0-9hm.µn]+s"#, "CPU time: T"),
    (#"Peak memory: [0-9]+MB"#, "Peak memory: NMB"), (#"Pid: [0-9]+"#, "Pid: N"),
    (#"Host: [^ ]+ \(IP: [^)]+\)"#, "Host: HOST (IP: IP)"),
    (#"/wr_cwd/[0-9a-f/]+/cwd"#, "/UNIQUE"),
    (#"(memory|disk)=[0-9]+MB\(\+/-[0-9]+MB\)"#, "$1=M"),
    (#"(walltime|cputime)=[0-9hm.µn]+s\(\+/-[0-9hm.µn]+s\)"#, "$1=T"),
    (#"elapsed=[0-9hm.]+s"#, "elapsed=T"),
    // Columns, as wide as what is in them.
    ("\\b\(host)\\b +", "HOST "), ("\\b\(host)\\b", "HOST"), ("\\b\(user)\\b +", "USER "),
    (#"(?m)^(TIME +\w+ +-?[0-9]+) +[0-9hm.µn]+s +[0-9]+ +HOST"#, "$1 T M HOST"),
    (
      #"(?m)^([0-9a-f]{32} \S+) +[0-9hm.]+s +[-0-9]+ +[-0-9]+ +([0-9]+) +HOST +[0-9]+ "#,
      "$1 T CPU M $2 HOST N "
    ),
  ] {
    text = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
  }
  return text
}
