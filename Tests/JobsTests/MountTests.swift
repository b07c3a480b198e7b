import Testing

@testable import Jobs

@Suite struct MountTests {
  @Test(arguments: [
    #"[{"Mount":"/tmp/wr_mnt","Targets":[{"Profile":"default","Path":"mybucket/subdir"}]}]"#,
    #"[{"Targets":[{"Path":"a","Cache":true,"CacheDir":"/c","Write":true},{"Path":"b"}]}]"#,
    #"[{"Mount":"m","CacheBase":"/c","Retries":10,"Verbose":true,"Targets":[{"Path":"p"}]}]"#,
  ])
  func mountsAreShownAsTheyWereGiven(text: String) throws {
    #expect(try Mount.text(of: mounts(text)) == text)
  }

  @Test func namesMatchWhateverTheirCaseAndNullMeansNotGiven() throws {
    let text = #"[{"mount":"/m","cachebase":null,"TARGETS":[{"path":"p","cachedir":"/c"}]}]"#
    #expect(
      try mounts(text) == [Mount(mount: "/m", targets: [.init(path: "p", cacheDirectory: "/c")])])
  }

  @Test func whatIsEmptyIsNotShown() throws {
    let text = #"[{"Mount":"","Retries":0,"Verbose":false,"Targets":[{"Path":"p","Write":false}]}]"#
    #expect(try Mount.text(of: mounts(text)) == #"[{"Targets":[{"Path":"p"}]}]"#)
    #expect(Mount.text(of: []) == "")
  }

  @Test func charactersOfHTMLAreEscapedWhereMountsAreShown() {
    let mount = Mount(mount: "/a&b", targets: [.init(path: "<p>/\"q\"")])
    #expect(
      Mount.text(of: [mount])
        == #"[{"Mount":"/a\u0026b","Targets":[{"Path":"\u003cp\u003e/\"q\""}]}]"#)
  }

  @Test(arguments: [#"[{"Mount":1}]"#, #"[{"Targets":{}}]"#, #"[{"Targets":["x"]}]"#, "{}"])
  func aMountOfTheWrongKindIsRefused(text: String) {
    #expect(throws: JSONError.self) { try mounts(text) }
  }

  private func mounts(_ text: String) throws -> [Mount] {
    var reader = JSONReader(Array(text.utf8))
    let mounts = try reader.array(of: Mount.self)
    try reader.finish()
    return mounts
  }
}
