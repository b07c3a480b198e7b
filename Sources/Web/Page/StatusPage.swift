import HTTP
import Jobs
import Manager

/// The page people look at: the machine, the groups, what runs, what went wrong. Plain HTML,
/// made anew for each request; no script, and nothing in it that came from outside unescaped.
struct StatusPage {
  private let overview: Overview
  private let deployment: Deployment
  private let hostName: String

  /// More groups than this are counted, not shown: nobody reads so many, and no page is endless.
  private static let mostGroups = 500

  init(_ overview: Overview, deployment: Deployment, hostName: String) {
    self.overview = overview
    self.deployment = deployment
    self.hostName = hostName
  }

  var response: Response {
    var headers = Headers()
    headers.add("Content-Type", "text/html; charset=utf-8")
    headers.add("Cache-Control", "no-store")
    headers.add("X-Content-Type-Options", "nosniff")
    // The address of the page may hold the token: it must not be told to anybody.
    headers.add("Referrer-Policy", "no-referrer")
    headers.add(
      "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'")
    return Response(status: 200, headers: headers, body: .bytes(html()))
  }

  func html() -> [UInt8] {
    var html = HTMLWriter()
    html.markup(
      """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta http-equiv="refresh" content="15">
      <meta name="color-scheme" content="light dark">
      <link rel="stylesheet" href="/style.css">
      <title>
      """)
    html.text("wr \(deployment.rawValue) on \(hostName)")
    html.markup("</title>\n</head>\n<body>\n<header><h1>wr</h1><p>")
    html.text("\(deployment.rawValue) manager on \(hostName)")
    html.markup("</p></header>\n<main>\n")
    writeMachine(&html)
    writeWarnings(&html)
    writeGroups(&html)
    writeRunning(&html)
    html.markup("</main>\n<footer>Reloads by itself every 15 seconds.</footer>\n</body>\n</html>\n")
    return html.bytes
  }

  // MARK: Machine

  private func writeMachine(_ html: inout HTMLWriter) {
    html.markup("<section class=\"cards\" aria-label=\"Machine\">\n")
    writeMeter(
      &html, "Cores", used: overview.coresUsed.count, of: Double(overview.cores),
      "\(overview.coresUsed) of \(overview.cores)")
    writeMeter(
      &html, "Memory", used: Double(overview.memoryUsed.count), of: Double(overview.memory.count),
      "\(ValueText.size(overview.memoryUsed)) of \(ValueText.size(overview.memory))")
    html.markup("<div class=\"card\"><h2>Runner</h2><p class=\"value\">")
    html.text(overview.runnerIsConnected ? "connected" : "not connected")
    html.markup("</p>")
    if !overview.runnerIsConnected {
      html.markup("<p>No jobs are started until it is.</p>")
    }
    html.markup("</div>\n</section>\n")
  }

  private func writeMeter(
    _ html: inout HTMLWriter, _ title: String, used: Double, of all: Double, _ words: String
  ) {
    html.markup("<div class=\"card\">")
    html.element("h2", title)
    html.element("p class=\"value\"", words)
    html.markup("<meter min=\"0\" max=\"")
    html.text("\(max(all, 1))")
    html.markup("\" value=\"")
    html.text("\(used)")
    html.markup("\">")
    html.text(words)
    html.markup("</meter></div>\n")
  }

  // MARK: Warnings

  private func writeWarnings(_ html: inout HTMLWriter) {
    guard !overview.warnings.isEmpty else { return }
    html.markup("<section>\n<h2>Warnings</h2>\n<ul class=\"warnings\">\n")
    for warning in overview.warnings {
      html.markup("<li>")
      html.element("p", ValueText.beginning(warning.message, limit: 2000))
      let last = ValueText.time(warning.lastAt)
      html.element(
        "p class=\"dim\"", warning.count == 1 ? last : "\(warning.count) times, last \(last)")
      html.markup("</li>\n")
    }
    html.markup("</ul>\n</section>\n")
  }

  // MARK: Groups

  /// The states in the order a job goes through them; each with a sign, as colour is not for all.
  private static let states: [(name: String, sign: String)] = [
    ("dependent", "⋯"), ("delayed", "◷"), ("ready", "○"), ("reserved", "◔"), ("running", "▶"),
    ("lost", "?"), ("buried", "✕"), ("suspended", "‖"), ("complete", "✓"),
  ]

  private func writeGroups(_ html: inout HTMLWriter) {
    html.markup("<section>\n<h2>Groups</h2>\n")
    guard !overview.groups.isEmpty else {
      return html.markup("<p class=\"empty\">There are no jobs in the queue.</p>\n</section>\n")
    }
    html.markup("<div class=\"scroll\"><table>\n<thead><tr><th>Group</th><th>Jobs</th>")
    html.markup("<th>States</th></tr></thead>\n<tbody>\n")
    for group in overview.groups.prefix(Self.mostGroups) {
      html.markup("<tr>")
      html.element("td class=\"name\"", ValueText.beginning(group.repGroup.text, limit: 200))
      html.element("td class=\"number\"", String(group.counts.values.reduce(0, +)))
      html.markup("<td><ul class=\"states\">")
      for state in Self.states {
        guard let count = group.counts[state.name], count > 0 else { continue }
        html.markup("<li class=\"")
        html.text(state.name)
        html.markup("\"><span aria-hidden=\"true\">")
        html.text(state.sign)
        html.markup("</span> ")
        html.text("\(count) \(state.name)")
        html.markup("</li>")
      }
      html.markup("</ul></td></tr>\n")
    }
    html.markup("</tbody>\n</table></div>\n")
    if overview.groups.count > Self.mostGroups {
      html.element("p class=\"dim\"", "and \(overview.groups.count - Self.mostGroups) more groups")
    }
    html.markup("</section>\n")
  }

  // MARK: Running jobs

  private func writeRunning(_ html: inout HTMLWriter) {
    html.markup("<section>\n<h2>Running</h2>\n")
    guard !overview.running.isEmpty else {
      return html.markup("<p class=\"empty\">Nothing runs at the moment.</p>\n</section>\n")
    }
    html.markup("<div class=\"scroll\"><table>\n<thead><tr><th>Command</th><th>Group</th>")
    html.markup("<th>For</th><th>Cores</th><th>Memory</th><th>Where</th></tr></thead>\n<tbody>\n")
    for status in overview.running {
      let job = status.job
      html.markup("<tr><td><code>")
      html.text(ValueText.beginning(job.spec.cmd, limit: 500))
      html.markup("</code></td>")
      html.element("td class=\"name\"", ValueText.beginning(status.repGroup.text, limit: 200))
      html.element("td class=\"number\"", ValueText.duration(status.walltimeSoFar ?? .zero))
      html.element("td class=\"number\"", "\(job.requirements.cores)")
      html.element("td class=\"number\"", ValueText.size(job.requirements.memory))
      html.element("td", "\(job.run.host), process \(job.run.pid)")
      html.markup("</tr>\n")
    }
    html.markup("</tbody>\n</table></div>\n</section>\n")
  }
}
