import Jobs
import Testing

@testable import Runner

private func order(_ spec: JobSpec) -> RunOrder {
  RunOrder(
    attempt: AttemptID(7), key: JobKey("58cef10e7a340c3b7fa09ea304a3cb98")!, spec: spec,
    requirements: Requirements(), directorySuffix: "591997052", untilBuried: 1)
}

private func environment(
  _ spec: JobSpec, base: [String] = [], additions: [String] = []
) -> JobEnvironment {
  let order = order(spec)
  return JobEnvironment(
    base: base, order: order,
    mark: AttemptMark(attempt: order.attempt, incarnation: Incarnation("beef")),
    additions: additions,
    directory: order.workspace?.cwd ?? spec.cwd, workspace: order.workspace)
}

struct JobEnvironmentTests {
  @Test func overridesReplaceAndAppend() {
    let result = environment(
      JobSpec(cmd: "x", cwdMatters: true, environment: ["B=3=3", "C=4", "nameless", "=5"]),
      base: ["A=1", "B=2", "B=again"])
    #expect(
      result.entries == ["A=1", "B=3=3", "C=4", "WR_ATTEMPT=7", "WR_INCARNATION=beef", "PWD=/tmp"])
  }

  @Test func whatTheHostSetsBeatsOverrides() {
    let result = environment(
      JobSpec(cmd: "x", environment: ["WR_MANAGERPORT=1", "TMPDIR=/x", "WR_ATTEMPT=1", "PWD=/y"]),
      additions: ["WR_MANAGERPORT=2"])
    #expect(result["WR_MANAGERPORT"] == "2")
    #expect(result["WR_ATTEMPT"] == "7")
    let unique = "/tmp/wr_cwd/5/8/c/ef10e7a340c3b7fa09ea304a3cb98591997052"
    #expect(result["TMPDIR"] == unique + "/tmp")
    #expect(result["PWD"] == unique + "/cwd")
  }

  @Test func homeChangesOnlyWithADirectoryOfItsOwn() {
    let base = ["HOME=/root", "TMPDIR=/t", "OLDPWD=/o"]
    let kept = environment(JobSpec(cmd: "x", cwdMatters: true, changeHome: true), base: base)
    #expect(kept["HOME"] == "/root")
    #expect(kept["TMPDIR"] == "/t")
    #expect(kept["OLDPWD"] == nil)
    let changed = environment(JobSpec(cmd: "x", changeHome: true), base: base)
    #expect(changed["HOME"]?.hasSuffix("/cwd") == true)
    #expect(environment(JobSpec(cmd: "x"), base: base)["HOME"] == "/root")
  }

  @Test func thePathGetsADirectoryOnce() {
    var result = JobEnvironment(base: ["PATH=/bin:/usr/bin"])
    result.appendToPath("/opt/wr")
    result.appendToPath("/opt/wr")
    #expect(result["PATH"] == "/bin:/usr/bin:/opt/wr")
    var empty = JobEnvironment(base: [])
    empty.appendToPath("/opt/wr")
    #expect(empty["PATH"] == "/opt/wr")
  }
}

struct WorkspacePathsTests {
  @Test func theHashedPathIsTheDocumentedOne() throws {
    let paths = try #require(order(JobSpec(cmd: "x", cwd: "/data/base/")).workspace)
    #expect(paths.relative == "/wr_cwd/5/8/c/ef10e7a340c3b7fa09ea304a3cb98591997052")
    #expect(paths.cwd == "/data/base" + paths.relative + "/cwd")
    #expect(order(JobSpec(cmd: "x", cwdMatters: true)).workspace == nil)
  }

  @Test(arguments: [("~/x", "/~/x"), ("a/b//", "/a/b"), ("/", "/"), ("", "/"), ("/a b", "/a b")])
  func aBaseIsSeenFromTheRoot(_ example: (String, String)) {
    #expect(WorkspacePaths.absolute(example.0) == example.1)
  }
}
