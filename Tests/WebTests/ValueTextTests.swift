import Jobs
import Testing

@testable import Web

struct ValueTextTests {
  @Test(arguments: [
    (Duration.zero, "0 s"), (.milliseconds(450), "0.4 s"), (.seconds(12), "12 s"),
    (.seconds(60), "1 min"), (.seconds(185), "3 min 5 s"), (.seconds(3600), "1 h"),
    (.seconds(7620), "2 h 7 min"), (.seconds(349_200), "4 d 1 h"),
  ])
  func durationsAreWorded(duration: Duration, text: String) {
    #expect(ValueText.duration(duration) == text)
  }

  @Test(arguments: [
    (Megabytes(0), "0 MB"), (512, "512 MB"), (1024, "1 GB"), (1536, "1.5 GB"),
    (2_097_152, "2 TB"),
  ])
  func sizesAreWorded(size: Megabytes, text: String) {
    #expect(ValueText.size(size) == text)
  }

  @Test(arguments: [
    (Int64(0), "1970-01-01 00:00:00 UTC"), (1_524_225_096, "2018-04-20 11:51:36 UTC"),
  ])
  func timesAreWorded(seconds: Int64, text: String) {
    #expect(ValueText.time(Timestamp(seconds: seconds)) == text)
  }

  @Test(arguments: [("", ""), ("äbc", "äbc"), ("äbcd", "äbc…")])
  func longTextsAreCut(text: String, cut: String) {
    #expect(ValueText.beginning(text, limit: 3) == cut)
  }
}
