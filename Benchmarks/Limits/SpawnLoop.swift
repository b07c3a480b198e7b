import Glibc
import Platform

/// The least that running commands can cost: `bash -c COMMAND`, so many at once, nothing else.
struct SpawnLoop {
  var command = "true"
  var count: Int
  var atOnce: Int

  /// - Returns: how long all of them took.
  func run() throws -> Duration {
    guard let bash = findExecutable("bash", searchPath: "/usr/bin:/bin") else {
      throw SystemError(code: ENOENT, operation: "find bash")
    }
    let null = try openFile("/dev/null", O_RDWR)
    let plan = SpawnPlan(
      path: bash, arguments: ["bash", "-c", command], environment: ownEnvironment())
    let start = Instant.now
    var (started, running) = (0, 0)
    while started < count || running > 0 {
      while started < count, running < atOnce {
        _ = try spawn(plan, standard: (null.number, null.number, null.number))
        started += 1
        running += 1
      }
      if waitpid(-1, nil, 0) > 0 { running -= 1 }
    }
    return Instant.now - start
  }
}
