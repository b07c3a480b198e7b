import Glibc
import Jobs
import Testing

@testable import Runner

/// What is read of engines and of the files of their clients, and which container is the job's.
struct ContainerTests {
  @Test func aListOfDockersOrPodmansIsRead() throws {
    let docker = """
      [{"Id":"8dfafdbc3a40","Names":["/boring_feynman","/linked/alias"],"Image":"ubuntu:latest",
      "Command":"echo 1","Created":1367854155,"State":"running","Ports":[{"PrivatePort":2222}],
      "SizeRw":12288,"NetworkSettings":{"Networks":{"bridge":{"IPAddress":"172.17.0.2"}}}}]
      """
    // Captured from podman 4.3.1.
    let podman = """
      [{"Id":"d3305890c1ae","Names":["/foo1"],"Image":"localhost/bb:latest","Created":1795581054,
      "Ports":[],"Labels":{"io.buildah.version":"1.28.2"},"State":"running",
      "NetworkSettings":{"Networks":null},"Mounts":[],"Name":"","Config":null,"Platform":null}]
      """
    let first = try #require(try Container.list(Array(docker.utf8)).first)
    #expect(first.id == "8dfafdbc3a40")
    #expect(first.names == ["boring_feynman", "linked/alias"])
    #expect(first.created == 1_367_854_155)
    #expect(try Container.list(Array(podman.utf8)).map(\.names) == [["foo1"]])
    #expect(try Container.list(Array("null".utf8)) == [])
    #expect(try Container.list(Array(#"[{"Id":"a","Names":null}]"#.utf8)).map(\.id) == ["a"])
    #expect(throws: JSONError.self) { try Container.list(Array("{}".utf8)) }
  }

  @Test func usageIsReadHoweverTheEngineNamesIt() throws {
    func usage(_ text: String) throws -> ContainerUsage { try ContainerUsage(Array(text.utf8)) }
    let first = try usage(RecordedEngine.statistics(rss: 70 << 20, cpu: 1_500_000_000))
    #expect(first.residentBytes == 70 << 20)
    #expect(first.cpuTime == .milliseconds(1500))
    let second = try usage(
      #"{"memory_stats":{"usage":900,"stats":{"active_anon":7,"anon":300,"file":500}}}"#)
    #expect(second.residentBytes == 300)
    let podman = try usage(
      #"{"cpu_stats":{"cpu_usage":{"total_usage":1038022935}},"memory_stats":{"usage":753664}}"#)
    #expect(podman.residentBytes == 753_664)
    #expect(podman.cpuTime == .nanoseconds(1_038_022_935))
    let ended = try usage(#"{"memory_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}}}"#)
    #expect(ended.residentBytes == 0 && ended.cpuTime == .zero)
    #expect(throws: JSONError.self) { try usage("") }
  }

  /// What runs, each as id, name and time.
  private static func running(_ list: [(String, String, Int)]) -> [Container] {
    list.map { entry in
      let text = #"[{"Id":"\#(entry.0)","Names":["/\#(entry.1)"],"Created":\#(entry.2)}]"#
      return (try? Container.list(Array(text.utf8)).first) ?? nil
    }.compactMap { $0 }
  }

  static let rows: [(String, Set<String>, [String], String?)] = [
    ("?", [], [], "b"),
    ("?", ["b"], [], "a"),
    ("?", ["a", "b", "c"], [], nil),
    ("tool", [], [], "a"),
    ("tool", ["a"], [], nil),
    ("other", [], [], nil),
    ("run.cid", [], ["c"], "c"),
    ("run.cid", ["c"], ["c"], "c"),
    ("*.cid", [], ["gone", "b", "c"], "b"),
    ("tool", [], ["c"], "a"),
  ]

  @Test(arguments: rows)
  func theJobsContainerIsTheDocumentedOne(_ row: (String, Set<String>, [String], String?)) {
    let running = Self.running([("a", "tool", 300), ("b", "x", 200), ("c", "y", 400)])
    let search = ContainerSearch(wanted: row.0, before: row.1)
    #expect(search.find(in: running, fileIDs: row.2) == row.3)
  }

  @Test func idsAreReadFromFiles() {
    let scratch = Scratch()
    let directory = scratch.directory("a[b]*")
    scratch.directory("ab")
    scratch.file("ab/c.cid", "elsewhere")
    scratch.file("a[b]*/c.cid", "one\nmore\n")
    scratch.file("a[b]*/d.cid", "two")
    scratch.file("a[b]*/?x", "literal\n")
    scratch.file("a[b]*/yx", "pattern\n")
    scratch.file("a[b]*/empty.cid")
    mkfifo(directory + "/pipe.cid", 0o600)
    func ids(_ name: String) -> [String] { ContainerFiles.ids(name, in: directory) }
    #expect(ids("c.cid") == ["one"])
    #expect(ids("*.cid") == ["one", "two"])
    #expect(ids("?.cid") == ["one", "two"])
    #expect(ids("?x") == ["literal"], "a file of that very name comes first")
    #expect(ids("none") == [])
    #expect(ids("none*") == [])
    #expect(ids("pipe.cid") == [])
    #expect(ids(scratch["ab/c.cid"]) == ["elsewhere"])
    #expect(ids(scratch["ab/*"]) == ["elsewhere"])
  }

  @Test func theEngineIsWhereDockerLooksForIt() throws {
    #expect(try ContainerEngine.socket(host: nil) == "/var/run/docker.sock")
    #expect(try ContainerEngine.socket(host: "") == "/var/run/docker.sock")
    #expect(try ContainerEngine.socket(host: "unix:///run/p.sock") == "/run/p.sock")
    #expect(throws: EngineError.self) { try ContainerEngine.socket(host: "tcp://h:2375") }
  }
}
