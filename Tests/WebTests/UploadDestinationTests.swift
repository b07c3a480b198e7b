import Testing

@testable import Web

struct UploadDestinationTests {
  private static func destination(_ parameter: String?) throws -> UploadDestination {
    try UploadDestination(parameter: parameter, home: "/home/me", directory: "/uploads")
  }

  @Test(arguments: [
    (Optional("/a/b"), UploadDestination.path("/a/b")), ("~/a b", .path("/home/me/a b")),
    ("", .content(directory: "/uploads")), (nil, .content(directory: "/uploads")),
  ])
  func pathsAreTakenApart(parameter: String?, expected: UploadDestination) throws {
    #expect(try Self.destination(parameter) == expected)
  }

  @Test(arguments: ["a", "./a", "~a", "~", "../x", "/a\0b"])
  func relativePathsAreRefused(parameter: String) {
    let error = #expect(throws: ErrorResponse.self) { try Self.destination(parameter) }
    #expect(error?.status == 400)
  }

  @Test func theDigestIsSplitIntoThreeLevels() {
    #expect(
      UploadDestination.path(ofDigest: "334d5669e1fb34a7d0583a9773e1b237", in: "/up")
        == "/up/3/3/4/d5669e1fb34a7d0583a9773e1b237")
  }
}
