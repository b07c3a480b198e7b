import Glibc
import Testing

@testable import Runner
@testable import wr

@Suite struct TopTableTests {
  @Test func aJobShowsWhatItsProcessesUse() {
    var job = ShownJob()
    job.key = "k"
    job.repGroup = "g"
    job.cmd = "sleep 5"
    job.walltime = 61.4
    job.expectedRAM = 100
    job.host = "h"
    job.pid = 7
    func tree(_ seconds: Int) -> LiveUsage.Tree {
      LiveUsage.Tree(processes: 2, memory: 40, cpuTime: .seconds(seconds))
    }
    var table = TopTable()
    func cells(_ line: String) -> [Substring] { line.split(separator: " ") }
    let first = table.lines(table.rows([job], ["k": tree(1)], elapsed: .zero))
    #expect(cells(first[0]).first == "ID")
    #expect(cells(first[1]) == ["k", "g", "1m1s", "-", "40", "100", "h", "7", "sleep", "5"])
    let rows = table.rows([job], ["k": tree(4)], elapsed: .seconds(2))
    #expect(cells(table.lines(rows)[1])[3] == "150")
    #expect(
      String(decoding: TopTable.json(rows), as: UTF8.self)
        == #"[{"Key":"k","RepGroup":"g","Cmd":"sleep 5","Walltime":61.4,"Host":"h","Pid":7,"#
        + #""ExpectedRAM":100,"RAM":40,"CPU":1.5}]"# + "\n")
    let elsewhere = table.lines(table.rows([job], [:], elapsed: .seconds(2)))
    #expect(cells(elsewhere[1])[3...4] == ["-", "-"])
  }

  @Test func ownProcessesAreSeen() throws {
    let usage = LiveUsage()
    let own = try #require(usage.tree(of: Int(getpid())))
    #expect(own.processes >= 1)
    #expect(own.memory > 0)
    #expect(usage.tree(of: 0x7fff_fff0) == nil)
  }
}
