import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// That nobody can tell whether a command was run by bash or without it.
@Suite(.timeLimit(.minutes(2)))
struct DirectCommandTests {
  private let base = ["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/root", "LANG=C.UTF-8"]

  private func direct(
    _ cmd: String, shell: String = "/bin/bash", environment: [String]? = nil,
    directory: String = "/tmp"
  ) -> DirectCommand? {
    var entries = JobEnvironment(base: environment ?? base)
    entries.set("PWD", directory)
    return DirectCommand(
      ShellCommand(of: JobSpec(cmd: cmd), shell: "bash"), shell: shell, environment: entries,
      directory: directory)
  }

  @Test func plainWordsNeedNoShell() throws {
    let command = try #require(direct("  env -i  a=b,c:d@e%f \t x/../y "))
    #expect(command.path == "/usr/bin/env")
    #expect(command.arguments == ["env", "-i", "a=b,c:d@e%f", "x/../y"])
    let known = Set(command.environment)
    #expect(known == Set(base + ["PWD=/tmp", "SHLVL=0", "_=/usr/bin/env"]))
    #expect(direct("/bin/true")?.path == "/bin/true")
    #expect(direct("./here x")?.path == "./here")
  }

  /// What a shell would do something about.
  @Test(arguments: [
    "", " ", "true", "echo x", "[ x ]", "test x", "if x", "time env", "exec env", ". x",
    "A=b env", "env $HOME", "env `x`", "env 'x'", "env \"x\"", "env \\x", "env *", "env ?",
    "env [x]",
    "env {a,b}", "env ~", "env; env", "env & env", "env | env", "env > x", "env < x", "env (x)",
    "env # x", "env !x", "env ^x", "env\nenv", "%1", "-x", "+x", "env é", "no-such-program-here",
    "env \u{0}x", "a=b",
  ])
  func whatMeansSomethingToAShellIsLeftToIt(cmd: String) { #expect(direct(cmd) == nil) }

  @Test(arguments: [
    "BASH_ENV=/x", "BASH_FUNC_env%%=() { x; }", "SHELLOPTS=xtrace", "IFS=x", "LC_ALL=xx",
    "POSIXLY_CORRECT=1", "SHLVL=x", "SHLVL=999", "SHLVL=01", "A.B=1", "HOME=/twice", "RANDOM=1",
    "PATH=bin:/usr/bin", "PATH=:/usr/bin", "PATH=~/bin:/usr/bin", "OLDPWD=/tmp",
  ])
  func anEnvironmentThatBashActsUponIsLeftToIt(entry: String) {
    let others = entry.hasPrefix("PATH=") ? Array(base.dropFirst()) : base
    #expect(direct("env", environment: others + [entry]) == nil)
  }

  @Test func onlyBashItselfIsLeftOut() {
    #expect(direct("env", shell: "/bin/dash") == nil)
    #expect(direct("env", shell: "/opt/bash") == nil)
    #expect(direct("env", shell: "/usr/bin/bash") != nil)
    for directory in ["/", "/tmp/", "/tmp//x", "/tmp/../tmp", "tmp"] {
      #expect(direct("env", directory: directory) == nil)
    }
  }

  /// Commands that are run both ways: as they are, and with an empty pair of quotes behind them,
  /// which makes them bash's and means one empty word more, or in a group, which means nothing.
  private static let corpus = [
    "/usr/bin/env", "env", "/bin/true", "/bin/false", "/bin/echo a  b", "/bin/pwd", "printenv _",
    "printenv SHLVL", "printenv PWD", "printenv A", "./script one two", "./plain", "./unreadable",
    "./directory", "./missing", "/no/such/file", "bin/tool", "no-such-program-here", "sleep x",
    "ls --no-such-option", "./killed", "./grüße", "/bin/echo ''", "./interpreter",
  ]

  @Test(arguments: corpus, [[], ["SHLVL=3", "A=b"], ["SHLVL=0"], ["_=was"]])
  func bothWaysGiveTheSame(cmd: String, environment: [String]) async throws {
    try await RunnerHarness.run(RunnerHarness.Settings(environment: environment)) { harness, _ in
      try writeCorpus(to: harness.base)
      func end(_ cmd: String) async throws -> RunEnd {
        // A failure shows its output; what ran both ways must fail both ways.
        let spec = JobSpec(cmd: cmd, cwd: harness.base, cwdMatters: true)
        return try await harness.end(of: spec)
      }
      let plain = try await end(cmd)
      let grouped = try await end("\(cmd) #")
      #expect(plain.verdict == grouped.verdict)
      #expect(plain.exitCode == grouped.exitCode)
      #expect(lines(plain.stdout) == lines(grouped.stdout))
      #expect(plain.stderr == grouped.stderr)
    }
  }

  /// Successes show no output, so this one is written to a file.
  @Test(arguments: [[], ["SHLVL=3"], ["SHLVL=0"], ["_=was", "A=b"]])
  func theEnvironmentIsTheSame(environment: [String]) async throws {
    try await RunnerHarness.run(RunnerHarness.Settings(environment: environment)) { harness, _ in
      try install("#!/bin/sh\nexec env -0 >\"$1\"\n", as: "\(harness.base)/dump", mode: 0o755)
      var seen: [Set<String>] = []
      for cmd in ["./dump plain", "./dump grouped #"] {
        let spec = JobSpec(cmd: cmd, cwd: harness.base, cwdMatters: true)
        _ = try await harness.end(of: spec)
        let file = String(cmd.split(separator: " ")[1])
        let text = try #require(contents(of: "\(harness.base)/\(file)"))
        seen.append(
          Set(
            text.split(separator: "\0").map { String($0) }.filter { !$0.hasPrefix("WR_ATTEMPT=") }))
      }
      #expect(seen[0] == seen[1])
      #expect(seen[0].contains { $0.hasPrefix("SHLVL=") })
    }
  }

  /// The environment's order means nothing, and each attempt has a mark of its own.
  private func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n").filter { !$0.hasPrefix("WR_ATTEMPT=") }.sorted()
  }

  private func writeCorpus(to base: String) throws {
    let files: [(String, String, mode_t)] = [
      ("script", "#!/bin/sh\necho \"$@\"; env; exit 3\n", 0o755),
      ("plain", "echo no interpreter \"$@\" \"$SHLVL\"; exit 4\n", 0o755),
      ("unreadable", "#!/bin/sh\nexit 0\n", 0o644),
      ("killed", "#!/bin/sh\nkill -TERM $$\n", 0o755),
      ("grüße", "#!/bin/sh\nexit 5\n", 0o755),
      ("interpreter", "#!/no/such/interpreter\n", 0o755),
    ]
    for (name, text, mode) in files {
      try install(text, as: "\(base)/\(name)", mode: mode)
    }
    try makeDirectories("\(base)/directory")
    try makeDirectories("\(base)/bin")
    try install("#!/bin/sh\nexit 6\n", as: "\(base)/bin/tool", mode: 0o755)
  }

  /// Has another process make an executable file: one that this process has open for writing, its
  /// children have too until their exec, and then it cannot be executed (ETXTBSY).
  private func install(_ text: String, as path: String, mode: mode_t) throws {
    let source = "\(path).text"
    try writeFileAtomically(source, Array(text.utf8), mode: 0o644)
    defer { unlink(source) }
    let plan = SpawnPlan(
      path: "/usr/bin/install",
      arguments: ["install", "-m", String(mode, radix: 8), source, path], environment: [])
    let process = try spawn(plan, standard: (0, 1, 2))
    var status: Int32 = 0
    waitpid(process.pid, &status, 0)
    try #require(status == 0, "install \(path)")
  }
}
