import Foundation
import HTTP
import Platform
import Testing

/// Every endpoint of the REST documentation, by the client that wr itself uses, against a real
/// manager.
@Suite(.timeLimit(.minutes(2))) struct OwnClientTests {
  @Test func ourOwnClientReachesEveryEndpointOverOneConnection() throws {
    try withManager { manager in
      let reactor = try Reactor()
      let authority = manager.managerDirectory.appendingPathComponent("ca.pem").path
      let client = Client(
        reactor: reactor, host: "127.0.0.1", port: UInt16(manager.webPort),
        serverName: "localhost", context: try TLSContext(authorityFile: authority),
        token: manager.token)
      let upload = manager.directory.appendingPathComponent("uploaded").path
      try reactor.runUntilDone {
        try await walk(client, upload: upload)
        await client.close()
      }
      #expect(try String(contentsOfFile: upload, encoding: .utf8) == "content")
    }
  }

  private func walk(_ client: Client, upload: String) async throws {
    func ask(_ method: String, _ path: String, _ body: String = "") async throws -> (Int, String) {
      let answer = try await client.send(
        method, path, body: Array(body.utf8), until: .now + .seconds(60))
      return (answer.status, String(decoding: answer.body, as: UTF8.self))
    }
    #expect(try await ask("GET", "/rest/version/").1.hasPrefix(#"{"Version":"v"#))
    #expect(try await ask("GET", "/rest/v1/info/").1.contains(#""Mode":"started""#))
    #expect(try await ask("GET", "/rest/v1/warnings/") == (200, "[]\n"))
    #expect(try await ask("GET", "/rest/v1/servers/") == (200, "[]\n"))
    #expect(try await ask("DELETE", "/rest/v1/servers/?id=x").0 == 404)
    let stored = try await ask("PUT", "/rest/v1/upload/?path=\(upload)", "content")
    #expect(stored == (200, "{\"path\":\"\(upload)\"}\n"))

    let jobs = (0..<300).map { #"{"cmd":"sleep 600 # \#($0)","memory":"1P"}"# }
    let body = "[\(jobs.joined(separator: ","))]"
    let added = try await ask("POST", "/rest/v1/jobs/?rep_grp=own", body)
    #expect(added.0 == 201)
    #expect(added.1.utf8.count > 100_000, "in pieces")
    let listed = try await ask("GET", "/rest/v1/jobs/own")
    #expect(listed.0 == 200)
    #expect(listed.1.split(separator: "\"Key\":").count == 301)
    #expect(try await ask("HEAD", "/rest/v1/jobs/own") == (200, ""))
    #expect(try await ask("GET", "/rest/v1/jobs/?state=asleep").0 == 400)
    let deleted = try await ask("DELETE", "/rest/v1/jobs/own?state=deletable")
    #expect(deleted.0 == 200)
    #expect(deleted.1.split(separator: "\"State\":\"deleted\"").count == 301)
    #expect(try await ask("GET", "/rest/v1/jobs/") == (200, "[]\n"))

    #expect(try await ask("GET", "/").1.hasPrefix("<!DOCTYPE html>"))
    #expect(try await ask("GET", "/status").0 == 200)
    #expect(try await ask("PATCH", "/rest/v1/info/").0 == 405)
    #expect(try await ask("OPTIONS", "/rest/v1/jobs/").0 == 204)
  }
}
