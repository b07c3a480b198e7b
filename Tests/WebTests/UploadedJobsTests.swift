import HTTP
import Jobs
import Manager
import Platform
import Testing

@testable import Web

/// Jobs that are posted as lines, against a real queue and store.
@Suite(.timeLimit(.minutes(1)))
struct UploadedJobsTests {
  private static let fields = ["Content-Type: application/x-ndjson; charset=utf-8"]

  private static func post(
    _ service: TestService, _ lines: [String], _ query: String = "answer=counts"
  ) async throws -> TestClient.Answer {
    try await service.ask(
      "POST", "/rest/v1/jobs/?\(query)", body: lines.joined(separator: "\n") + "\n", fields: fields)
  }

  /// A client that has sent these lines of a body which is not over.
  private static func begin(
    _ service: TestService, _ lines: [String]
  ) async throws -> TestClient {
    let client = try await service.connect()
    try await client.send(
      "POST /rest/v1/jobs/?answer=counts HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n"
        + "\(fields[0])\r\nAuthorization: Bearer \(service.token.text)\r\n\r\n")
    try await client.send(chunk(lines))
    return client
  }

  private static func chunk(_ lines: [String]) -> String {
    String(
      decoding: MessageWriter.chunk(Array((lines.joined(separator: "\n") + "\n").utf8)),
      as: UTF8.self)
  }

  private static func line(_ command: String, _ more: String = "") -> String {
    "{\"cmd\":\"\(command)\"\(more)}"
  }

  private static func list(_ service: TestService, _ path: String = "") async throws -> String {
    try await service.ask("GET", "/rest/v1/jobs/\(path)?brief=true").body
  }

  @Test func linesAreAddedInAllFormsOfAnswer() throws {
    try withService { service in
      let counts = try await Self.post(service, [Self.line("a"), "", Self.line("b")])
      #expect(counts.status == 201)
      #expect(counts.body == "{\"Added\":2,\"Queued\":0,\"Complete\":0}\n")
      let keys = try await Self.post(
        service, ["b", "c", "b"].map { Self.line($0) }, "answer=keys")
      let wanted = ["b", "c", "b"].map { JobKey(of: JobSpec(cmd: $0)).description }
      #expect(
        keys.body == "{\"Added\":1,\"Queued\":2,\"Complete\":0,\"Keys\":[\""
          + wanted.joined(separator: "\",\"") + "\"]}\n")
      let jobs = try await Self.post(service, ["c", "d"].map { Self.line($0) }, "cpus=1")
      #expect(jobs.status == 201)
      #expect(jobs.body.contains(#""Cmd":"d","State":"ready""#))
      #expect(
        try await service.ask("GET", "/rest/v1/jobs/").body.split(separator: "\"Key\"").count == 5)
    }
  }

  @Test func aDryRunChecksAndAddsNothing() throws {
    try withService { service in
      let trial = try await Self.post(service, [Self.line("a")], "dry_run=true")
      let key = JobKey(of: JobSpec(cmd: "a"))
      #expect(trial.body == "{\"Valid\":1,\"Keys\":[\"\(key)\"]}\n")
      #expect(try await Self.list(service) == "[]\n")
    }
  }

  @Test func dependenciesDoNotDependOnTheOrder() throws {
    try withService { service in
      let lines =
        (0..<1500).map { Self.line("echo \($0)", ",\"deps\":[\"first\"]") }
        + [Self.line("first", ",\"dep_grps\":[\"first\"]")]
        + [Self.line("last", ",\"cmd_deps\":[{\"cmd\":\"echo 7\",\"cwd\":\"\"}]")]
      let added = try await Self.post(service, lines)
      #expect(added.body == "{\"Added\":1502,\"Queued\":0,\"Complete\":0}\n")
      let groups = try await service.ask("GET", "/rest/v1/groups/")
      #expect(groups.body.contains(#""ready":1,"dependent":1501,"#), "\(groups.body)")
    }
  }

  @Test(arguments: [
    ("{\"cmd\":\"\"}", "line 6001: "), ("[]", "line 6001: "),
    ("{\"cmd\":\"x\",\"env_key\":\"00000000000000000000000000000000\"}", "env_key "),
    ("{\"cmd\":\"x\",\"deps\":[\"g\"],\"dep_grps\":[\"g\"]}", "the jobs would wait for each other"),
  ])
  func aWrongLastLineAddsNothing(line: String, words: String) throws {
    try withService { service in
      let good = (0..<6000).map { Self.line("echo \($0)") }
      let refused = try await Self.post(service, good + [line], "limit_grps=l:3")
      #expect(refused.status == 400)
      #expect(refused.body.hasPrefix(words), "\(refused.body)")
      #expect(try await Self.list(service) == "[]\n")
      #expect(try await service.ask("GET", "/rest/v1/limits/").body == "[]\n")
      let added = try await Self.post(service, good)
      #expect(added.body == "{\"Added\":6000,\"Queued\":0,\"Complete\":0}\n")
    }
  }

  @Test func aBodyThatDoesNotEndAddsNothing() throws {
    try withService { service in
      let client = try await Self.begin(service, (0..<20_000).map { Self.line("echo \($0)") })
      #expect(try await Self.list(service) == "[]\n")
      await client.close()
      let added = try await Self.post(service, [Self.line("echo 1")])
      #expect(added.body == "{\"Added\":1,\"Queued\":0,\"Complete\":0}\n")
    }
  }

  @Test func whatOthersAddMeanwhileIsADuplicate() throws {
    try withService { service in
      let client = try await Self.begin(service, ["a", "b"].map { Self.line($0) })
      let other = try await Self.post(service, [Self.line("a", ",\"rep_grp\":\"theirs\"")])
      #expect(other.body == "{\"Added\":1,\"Queued\":0,\"Complete\":0}\n")
      try await client.send(Self.chunk([Self.line("c")]) + "0\r\n\r\n")
      #expect(
        try await client.answer(to: "POST").body == "{\"Added\":2,\"Queued\":1,\"Complete\":0}\n")
      // It is found under both groups.
      #expect(try await Self.list(service, "manually_added").split(separator: "\"Key\"").count == 4)
      #expect(try await Self.list(service, "theirs").split(separator: "\"Key\"").count == 2)
    }
  }

  @Test func limitsOfTheLinesAreInForce() throws {
    try withService { service in
      _ = try await Self.post(service, [Self.line("a", ",\"limit_grps\":[\"l:7\"]")])
      let limits = try await service.ask("GET", "/rest/v1/limits/")
      #expect(limits.body == "[{\"Name\":\"l\",\"Limit\":7,\"Running\":0}]\n")
    }
  }

  @Test func tooLongABodyIsRefused() throws {
    let small: @Sendable (inout WebServices) -> Void = { $0.linesLimit = 1000 }
    try withService(adjust: small) { service in
      let lines = (0..<100).map { Self.line("echo \($0)") }
      let refused = try await Self.post(service, lines)
      #expect(refused.status == 413)
      #expect(refused.body == "the body must not be longer than 1000 bytes\n")
      let client = try await Self.begin(service, lines)
      #expect(try await client.answer(to: "POST").status == 413)
      #expect(try await Self.list(service) == "[]\n")
    }
  }

  @Test func manyUploadsAtOnceAddEachJobOnce() throws {
    try withService { service in
      try await withThrowingTaskGroup(of: TestClient.Answer.self) { group in
        for first in stride(from: 0, to: 4000, by: 1000) {
          let lines = (first..<first + 3000).map { Self.line("echo \($0)") }
          group.addTask { try await Self.post(service, lines) }
        }
        var added = 0
        for try await answer in group {
          #expect(answer.status == 201)
          added += Int(answer.body.dropFirst(9).prefix { $0 != "," }) ?? 0
        }
        #expect(added == 6000)
      }
      let groups = try await service.ask("GET", "/rest/v1/groups/")
      #expect(groups.body.contains(#""ready":6000,"dependent":0,"#))
    }
  }
}
