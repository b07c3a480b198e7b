import Jobs
import Testing

struct UnitsTests {
  @Test(arguments: [
    (Cores(2), "2"), (Cores(thousandths: 500), "0.5"), (Cores(thousandths: 1001), "1.001"),
    (0, "0"),
  ])
  func coresAreWorded(cores: Cores, text: String) {
    #expect("\(cores)" == text)
  }
}
