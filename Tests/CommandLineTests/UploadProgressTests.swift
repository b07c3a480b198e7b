import Testing

@testable import wr

@Suite struct UploadProgressTests {
  @Test func itSaysHowManyWereSentAndHowFast() {
    #expect(
      UploadProgress.text(1_500_000, isEnd: false, after: .seconds(20))
        == "1500000 lines sent, 75000 a second")
    #expect(
      UploadProgress.text(3, isEnd: true, after: .milliseconds(1500))
        == "3 lines sent, 2 a second; committing")
    #expect(
      UploadProgress.text(0, isEnd: false, after: .zero) == "0 lines sent, 0 a second")
  }
}
