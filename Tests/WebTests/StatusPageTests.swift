import HTTP
import Jobs
import Testing

@testable import Manager
@testable import Web

struct StatusPageTests {
  private static func html(_ overview: Overview) -> String {
    String(
      decoding: StatusPage(overview, deployment: .production, hostName: "h<ost").html(),
      as: UTF8.self)
  }

  private static func running(_ cmd: String, group: RepGroup) -> JobStatus {
    let spec = JobSpec(cmd: cmd, repGroup: group)
    let attempt = Attempt(
      id: AttemptID(1), incarnation: Incarnation("i"), directorySuffix: "1")
    return JobStatus(
      job: Job(
        id: JobID(1), key: JobKey(low: 1, high: 2), spec: spec,
        addedAt: Timestamp(seconds: 0), state: .running(attempt)))
  }

  @Test func emptyPartsSayThatTheyAreEmpty() {
    let html = Self.html(Overview())
    #expect(html.contains("There are no jobs in the queue."))
    #expect(html.contains("Nothing runs at the moment."))
    #expect(html.contains("not connected"))
    #expect(!html.contains("Warnings"))
  }

  @Test func thePageSaysWhoseItIs() {
    #expect(Self.html(Overview()).contains("production manager on h&lt;ost"))
  }

  @Test func tooManyGroupsAreCounted() {
    var overview = Overview()
    overview.groups = (0..<503).map {
      Overview.Group(repGroup: RepGroup("group\($0)"), counts: ["ready": 1])
    }
    let html = Self.html(overview)
    #expect(html.contains("group499"))
    #expect(!html.contains("group500"))
    #expect(html.contains("and 3 more groups"))
  }

  @Test func groupsShowTheirCounts() {
    var overview = Overview()
    overview.groups = [
      Overview.Group(repGroup: "mine", counts: ["ready": 3, "buried": 2, "complete": 0])
    ]
    let html = Self.html(overview)
    #expect(html.contains(">mine<"))
    #expect(html.contains("3 ready"))
    #expect(html.contains("2 buried"))
    #expect(html.contains(">5<"))
    #expect(!html.contains("0 complete"))
  }

  @Test func nothingFromOutsideBecomesMarkup() {
    let evil = "</code></title><script>alert(1)</script>\"'&"
    var overview = Overview()
    overview.groups = [Overview.Group(repGroup: RepGroup(evil), counts: ["ready": 1])]
    var status = Self.running(evil, group: RepGroup(evil))
    status.job.run.host = evil
    overview.running = [status]
    overview.warnings = [
      Warning(
        message: evil, firstAt: Timestamp(seconds: 0), lastAt: Timestamp(seconds: 0), count: 2)
    ]
    let html = Self.html(overview)
    #expect(!html.contains("<script"))
    #expect(!html.contains("alert(1)</"))
    #expect(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"))
  }

  @Test func thePageMayLoadNothingButItsStyle() {
    let response = StatusPage(Overview(), deployment: .production, hostName: "host").response
    #expect(response.headers["Content-Type"] == "text/html; charset=utf-8")
    #expect(response.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'") == true)
    #expect(response.headers["Content-Security-Policy"]?.contains("unsafe") == false)
    #expect(response.headers["Referrer-Policy"] == "no-referrer")
    #expect(response.headers["Cache-Control"] == "no-store")
    #expect(response.headers["X-Content-Type-Options"] == "nosniff")
  }

  @Test func nothingOnThePageLeadsElsewhere() {
    let html = Self.html(Overview())
    #expect(!html.contains("<a "))
    #expect(!html.contains("http://"))
    #expect(!html.contains("https://"))
    #expect(!html.contains("style=\""))
  }
}
