import HTTP
import Manager
import Testing

@testable import Web

struct ErrorResponseTests {
  private static func text(_ response: Response) -> String {
    guard case .bytes(let bytes) = response.body else { return "no bytes" }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func errorsArePlainTextWithANewline() {
    let response = ErrorResponse(404, "404 page not found").response(accept: nil)
    #expect(response.status == 404)
    #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
    #expect(response.headers["X-Content-Type-Options"] == "nosniff")
    #expect(response.headers["Cache-Control"] == "no-store")
    #expect(Self.text(response) == "404 page not found\n")
  }

  @Test func whoAsksForAProblemDocumentGetsOne() {
    let response = ErrorResponse(400, "a \"b\"").response(
      accept: "text/html, application/problem+json;q=0.9")
    #expect(response.headers["Content-Type"] == "application/problem+json")
    #expect(
      Self.text(response)
        == #"{"type":"about:blank","title":"Bad Request","status":400,"detail":"a \"b\""}"# + "\n")
  }

  @Test(arguments: [
    "*/*", "application/json", "text/plain", "", "application/problem+json;q=0",
    "application/problem+json ; q=0.0",
  ])
  func othersGetText(accept: String) {
    #expect(!ErrorResponse.wantsProblem(accept))
  }

  @Test func headersOfTheErrorAreSent() {
    let response = ErrorResponse(503, "later", retryAfter: 7).response(accept: nil)
    #expect(response.headers["Retry-After"] == "7")
  }

  @Test(arguments: [
    (QueueError.invalid("x"), 400, nil), (.storage("x", full: true), 507, nil),
    (.storage("x", full: false), 503, "5"), (.unavailable("x"), 503, "1"),
  ])
  func whatTheQueueSaysHasAStatus(error: QueueError, status: Int, retryAfter: String?) {
    let response = ErrorResponse(error)
    #expect(response.status == status)
    #expect(response.message == "x")
    #expect(response.headers["Retry-After"] == retryAfter)
  }
}
