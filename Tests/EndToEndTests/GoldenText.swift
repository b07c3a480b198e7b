import Foundation

/// A command's output with everything that differs from run to run replaced, so that the whole of
/// the rest can be compared.
func golden(_ text: String, _ manager: TestManager) -> String {
  var text = text.replacingOccurrences(of: manager.directory.path, with: "DIR")
  for (pattern, replacement) in [
    (#"[0-9]{2}/[0-9]{1,2}/[0-9]{1,2}-[0-9]{2}:[0-9]{2}:[0-9]{2}"#, "TIME"),
    (#"Wall time: [0-9hm.]+s"#, "Wall time: T"), (#"CPU time: [0-9hm.µn]+s"#, "CPU time: T"),
    (#"Peak memory: [0-9]+MB"#, "Peak memory: NMB"), (#"Pid: [0-9]+"#, "Pid: N"),
    (#"Host: [^ ]+ \(IP: [^)]+\)"#, "Host: HOST (IP: IP)"),
    (#"/wr_cwd/[0-9a-f/]+/cwd"#, "/UNIQUE"),
    (#"(memory|disk)=[0-9]+MB\(\+/-[0-9]+MB\)"#, "$1=M"),
    (#"(walltime|cputime)=[0-9hm.µn]+s\(\+/-[0-9hm.µn]+s\)"#, "$1=T"),
    (#"elapsed=[0-9hm.]+s"#, "elapsed=T"),
  ] {
    text = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
  }
  return text
}
