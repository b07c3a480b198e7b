import Glibc

/// What a torture is to be like: from the environment, else brief enough for every test run.
struct Settings {
  /// Decides all choices: what the clients ask for, and what is done to the processes.
  var seed: UInt64
  /// How many jobs the clients add.
  var jobs: Int
  var managerKills: Int
  var hostKills: Int
  /// Full disks, stopped processes and failing system calls.
  var faults: Int
  /// The `wr` to torture; nil for the one that was built with the tests.
  var executable: String?

  static let clients = 3

  /// What makes the manager wait for half a minute, before it tries a job again, is done too.
  var isPatient: Bool { jobs > 2000 }

  /// - Throws: `SettingsError` for a variable that is no number.
  init() throws(SettingsError) {
    seed = try Self.number("WR_TORTURE_SEED") ?? UInt64.random(in: 0..<1 << 32)
    jobs = Int(clamping: try Self.number("WR_TORTURE_JOBS") ?? 300)
    managerKills = Int(clamping: try Self.number("WR_TORTURE_KILLS") ?? 6)
    hostKills = Int(clamping: try Self.number("WR_TORTURE_HOST_KILLS") ?? 3)
    faults = Int(clamping: try Self.number("WR_TORTURE_FAULTS") ?? 6)
    executable = getenv("WR_TORTURE_WR").map { String(cString: $0) }
  }

  private static func number(_ name: String) throws(SettingsError) -> UInt64? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    guard let number = UInt64(text) else {
      throw SettingsError(description: "\(name) is \"\(text)\": it takes a whole number")
    }
    return number
  }
}

struct SettingsError: Error, CustomStringConvertible {
  var description: String
}
