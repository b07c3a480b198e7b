import HTTP
import Platform
import Testing

@testable import Web

@Suite(.timeLimit(.minutes(1)))
struct UploadRouteTests {
  @Test func aFileIsUploadedToItsPathBelowHome() throws {
    try withService { service in
      let answer = try await service.ask(
        "PUT", "/rest/v1/upload/?path=~/dir/file", body: "content",
        fields: ["Content-Type: application/x-www-form-urlencoded"])
      #expect(answer.status == 200)
      let path = service.directory.file("home/dir/file")
      #expect(answer.body == "{\"path\":\"\(path)\"}\n")
      #expect(try readFile(path) == Array("content".utf8))
    }
  }

  @Test func withoutAPathTheContentDecides() throws {
    try withService { service in
      let path = service.directory.file("uploads/3/3/4/d5669e1fb34a7d0583a9773e1b237")
      let client = try await service.connect()
      for _ in 0..<2 {
        let answer = try await service.ask(client, "PUT", "/rest/v1/upload", body: "echo 1\n")
        #expect(answer.body == "{\"path\":\"\(path)\"}\n")
      }
      #expect(try readFile(path) == Array("echo 1\n".utf8))
    }
  }

  @Test func aRelativePathIsRefused() throws {
    try withService { service in
      let answer = try await service.ask("PUT", "/rest/v1/upload/?path=x/y", body: "content")
      #expect(answer.status == 400)
      #expect(answer.body == "path must be absolute or begin with ~/\n")
    }
  }

  @Test func whatCannotBeWrittenIsSaidSo() throws {
    try withService { service in
      let answer = try await service.ask(
        "PUT", "/rest/v1/upload/?path=\(service.directory.path)", body: "content")
      #expect(answer.status == 500)
      #expect(answer.body == "file upload failed\n")
    }
  }

  @Test func tooLargeUploadsAreRefused() throws {
    let small: @Sendable (inout WebServices) -> Void = { $0.uploadLimit = 10 }
    try withService(adjust: small) { service in
      let path = service.directory.file("file")
      let announced = try await service.ask(
        "PUT", "/rest/v1/upload/?path=\(path)", body: "12345678901")
      #expect(announced.status == 413)
      let client = try await service.connect()
      let chunked = try await client.ask(
        "PUT /rest/v1/upload/?path=\(path) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
          + "\(service.token.text)\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"
      )
      #expect(chunked.status == 413)
      #expect(throws: SystemError.self) { try readFile(path) }
    }
  }

  @Test func anUploadThatIsCutOffLeavesNothing() throws {
    try withService { service in
      let path = service.directory.file("home/cut/file")
      let client = try await service.connect()
      try await client.send(
        "PUT /rest/v1/upload/?path=\(path) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
          + "\(service.token.text)\r\nContent-Length: 100\r\n\r\nhalf")
      await client.close()
      while await service.web.connectionCount > 0 { await service.reactor.yield() }
      #expect(throws: SystemError.self) { try readFile(path) }
    }
  }
}
