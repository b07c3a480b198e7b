import Glibc
import Platform
import Support
import Testing

@testable import Manager

@Suite struct ConfigurationTests {
  /// Resolves with files given by path.
  private func resolve(
    _ environment: [String: String] = [:], files: [String: String] = [:], uid: UInt32 = 1000,
    deployment: String? = nil, options: [ConfigurationKey: String] = [:],
    home: String = "/home/u", cwd: String = "/work"
  ) throws(ConfigurationError) -> Configuration {
    let surroundings = Configuration.Surroundings(
      environment: environment, home: home, cwd: cwd, uid: uid)
    return try Configuration.resolve(surroundings, deployment: deployment, options: options) {
      files[$0].map { Array($0.utf8) }
    }
  }

  private func message(_ body: () throws(ConfigurationError) -> Configuration) -> String {
    do throws(ConfigurationError) {
      _ = try body()
      return ""
    } catch { return error.description }
  }

  @Test func theDefaultsAreThoseOfTheSpecification() throws {
    let found = try resolve()
    #expect(found.deployment == .production)
    #expect(found.managerPort == 5021)
    #expect(found.webPort == 5022)
    #expect(found.managerHost == "localhost")
    #expect(found.directory == "/home/u/.wr_production")
    #expect(found.pidFile == "/home/u/.wr_production/pid")
    #expect(found.logFile == "/home/u/.wr_production/log")
    #expect(found.databaseFile == "/home/u/.wr_production/db")
    #expect(found.backupFile == "/home/u/.wr_production/db_bk")
    #expect(found.tokenFile == "/home/u/.wr_production/client.token")
    #expect(found.addressFile == "/home/u/.wr_production/manager.addr")
    #expect(found.lockFile == "/home/u/.wr_production/lock")
    #expect(found.uploadDirectory == "/home/u/.wr_production/uploads")
    #expect(found.umask == 0o007)
    #expect(found.scheduler == "local")
    #expect(found.authorityFile == "/home/u/.wr_production/ca.pem")
    #expect(found.certificateFile == "/home/u/.wr_production/cert.pem")
    #expect(found.keyFile == "/home/u/.wr_production/key.pem")
    #expect(found.authorityKeyFile == "/home/u/.wr_production/ca.key")
    #expect(found.certificateDomain == "localhost")
    #expect(found.shell == "bash")
    #expect(found.listenAddresses == ["127.0.0.1", "::1"])
    #expect(found.maxCores == nil)
    #expect(found.maxMemoryMegabytes == nil)
    #expect(Set(found.settings.keys) == Set(ConfigurationKey.allCases))
    #expect(found.settings.values.allSatisfy { $0.source == .standard })
    #expect(found.settings[.managerport]?.value == "5021")
    #expect(found.settings[.cloudram]?.value == "2048")
  }

  @Test(arguments: [
    (UInt32(1000), "production", UInt16(5021), UInt16(5022)),
    (1000, "development", 5023, 5024),
    (2570, "production", 11301, 11302),
    (0, "development", 1023, 1024),
    (16127, "development", 65531, 65532),
  ])
  func thePortsFollowFromTheUserID(
    uid: UInt32, deployment: String, manager: UInt16, web: UInt16
  ) throws {
    let found = try resolve(uid: uid, deployment: deployment)
    #expect(found.managerPort == manager)
    #expect(found.webPort == web)
  }

  @Test func aUserIDTooHighForPortsIsAnErrorUnlessBothAreSet() throws {
    let error = message { () throws(ConfigurationError) in try resolve(uid: 16129) }
    #expect(error.contains("WR_MANAGERPORT") && error.contains("WR_MANAGERWEB"))
    #expect(error.contains("16129") && error.contains(".wr_config.production.yml"))
    let found = try resolve(
      ["WR_MANAGERPORT": "7000", "WR_MANAGERWEB": "7001"], uid: 4_000_000_000)
    #expect(found.managerPort == 7000)
    #expect(found.webPort == 7001)
    #expect(throws: ConfigurationError.self) { try resolve(["WR_MANAGERPORT": "7"], uid: 16129) }
  }

  @Test func eachSourceWinsOverTheOnesBefore() throws {
    let directories = ["/conf", "/home/u", "/work"]
    var files: [String: String] = [:]
    var expected = "localhost"
    for directory in directories {
      for name in [".wr_config.yml", ".wr_config.production.yml"] {
        #expect(try resolve(["WR_CONFIG_DIR": "/conf"], files: files).managerHost == expected)
        expected = "h\(files.count)"
        files["\(directory)/\(name)"] = "managerhost: \(expected)"
        let found = try resolve(["WR_CONFIG_DIR": "/conf"], files: files)
        #expect(found.managerHost == expected)
        #expect(found.settings[.managerhost]?.source == .file("\(directory)/\(name)"))
      }
    }
    let environment = ["WR_CONFIG_DIR": "/conf", "WR_MANAGERHOST": "e"]
    var found = try resolve(environment, files: files)
    #expect(found.managerHost == "e")
    #expect(found.settings[.managerhost]?.source == .environment("WR_MANAGERHOST"))
    found = try resolve(environment, files: files, options: [.managerhost: "o"])
    #expect(found.managerHost == "o")
    #expect(found.settings[.managerhost]?.source == .commandLine)
  }

  @Test func theFilesOfTheOtherDeploymentAreNotRead() throws {
    let files = ["/work/.wr_config.development.yml": "managerhost: d\nnested:\n  x: 1"]
    #expect(try resolve(files: files).managerHost == "localhost")
    #expect(throws: ConfigurationError.self) {
      try resolve(files: files, deployment: "development")
    }
  }

  @Test(arguments: [
    (String?.none, String?.none, Deployment.production),
    (nil, "development", .development),
    (nil, "staging", .production),
    (nil, "", .production),
    ("development", nil, .development),
    ("production", "development", .production),
    ("staging", "development", .development),
    ("staging", nil, .production),
  ])
  func theDeploymentIsTheFirstValidOne(
    flag: String?, variable: String?, deployment: Deployment
  ) throws {
    let found = try resolve(
      variable.map { ["WR_DEPLOYMENT": $0] } ?? [:],
      files: ["/work/.wr_config.yml": "deployment: development"], deployment: flag)
    #expect(found.deployment == deployment)
    #expect(found.directory == "/home/u/.wr_\(deployment.rawValue)")
    #expect(found.settings[.deployment]?.value == deployment.rawValue)
  }

  @Test func aDirectoryWithTwoRolesHasTheHigherOne() throws {
    let files = [
      "/home/u/.wr_config.yml": "managerhost: h", "/work/.wr_config.yml": "managerhost: w",
    ]
    let found = try resolve(["WR_CONFIG_DIR": "/work"], files: files)
    #expect(found.managerHost == "w")
    #expect(try resolve(["WR_CONFIG_DIR": "."], files: files).managerHost == "w")
    #expect(try resolve(files: files, cwd: "/home/u").managerHost == "h")
  }

  @Test func anEmptyValueCountsAsNone() throws {
    let found = try resolve(
      ["WR_MANAGERHOST": ""], files: ["/work/.wr_config.yml": "managerhost: \"\"\nmanagerport:"],
      options: [.managerhost: ""])
    #expect(found.managerHost == "localhost")
    #expect(found.managerPort == 5021)
  }

  @Test func unknownKeysAreIgnored() throws {
    #expect(try resolve(files: ["/work/.wr_config.yml": "whatever: 1"]) == resolve())
  }

  @Test(arguments: [
    ("~/x", "/home/u/x_production"), ("/srv/wr/", "/srv/wr_production"),
    ("~/.wr//", "/home/u/.wr_production"),
  ])
  func theDeploymentIsAppendedToTheDirectory(given: String, directory: String) throws {
    let found = try resolve(["WR_MANAGERDIR": given])
    #expect(found.directory == directory)
    #expect(found.databaseFile == directory + "/db")
    #expect(found.settings[.managerdir]?.value == directory)
  }

  @Test func pathsAreJoinedToTheDirectoryUnlessAbsolute() throws {
    let found = try resolve([
      "WR_MANAGERPIDFILE": "run/pid", "WR_MANAGERLOGFILE": "/var/log/wr",
      "WR_MANAGERDBBKFILE": "~/backup/db", "WR_MANAGERUPLOADDIR": "~",
    ])
    #expect(found.pidFile == "/home/u/.wr_production/run/pid")
    #expect(found.logFile == "/var/log/wr")
    #expect(found.backupFile == "/home/u/backup/db")
    #expect(found.uploadDirectory == "/home/u")
  }

  @Test(arguments: [
    ("007", UInt32(0o007)), ("077", 0o077), ("77", 0o077), ("0", 0), ("777", 0o777),
  ])
  func theUmaskIsOctal(text: String, umask: UInt32) throws {
    #expect(try resolve(["WR_MANAGERUMASK": text]).umask == umask)
    #expect(try resolve(files: ["/work/.wr_config.yml": "managerumask: \(text)"]).umask == umask)
  }

  @Test(arguments: [
    ("::1", ["::1"]), ("0.0.0.0, [::]", ["0.0.0.0", "::"]),
    ("127.0.0.1,127.0.0.1,", ["127.0.0.1"]),
  ])
  func listenAddressesAreAList(text: String, addresses: [String]) throws {
    #expect(try resolve(["WR_MANAGERLISTEN": text]).listenAddresses == addresses)
  }

  @Test(arguments: [("", Int?.none), ("0", nil), ("-1", nil), ("1", 1), ("12", 12)])
  func maximaBelowOneMeanAll(text: String, maximum: Int?) throws {
    let found = try resolve(options: [.managermaxcores: text, .managermaxram: text])
    #expect(found.maxCores == maximum)
    #expect(found.maxMemoryMegabytes == maximum)
  }

  @Test(arguments: [("", Double?.none), ("1", 1), ("1.5", 1.5)])
  func jobsMayUseManyTimesTheMemoryTheyAreExpectedTo(text: String, factor: Double?) throws {
    #expect(try resolve(["WR_RUNNERMEMORYFACTOR": text]).memoryFactor == factor)
  }

  @Test(arguments: [
    (ConfigurationKey.managerport, "x"), (.managerport, "0"), (.managerport, "65536"),
    (.managerport, "-1"), (.managerweb, "5021"), (.managerweb, "80 "), (.managerdir, "wr"),
    (.managerdir, "/"), (.managerdir, "~wr"), (.managerumask, "8"), (.managerumask, "1000"),
    (.managerumask, "0o7"), (.managerdbbkfile, "s3://b/k"), (.managerdbbkfile, "db"),
    (.managerscheduler, "lsf"), (.managersetdomainip, "yes"), (.managerlisten, "localhost"),
    (.managerlisten, "1.2.3"), (.managerlisten, ","), (.managermaxcores, "two"),
    (.managermaxram, "1.5"), (.runnermemoryfactor, "0.9"), (.runnermemoryfactor, "much"),
    (.runnermemoryfactor, "nan"),
  ])
  func anInvalidValueIsNamedWithKeySourceAndWhatIsAllowed(key: ConfigurationKey, value: String) {
    let fromVariable = message { () throws(ConfigurationError) in try resolve([key.variable: value])
    }
    #expect(
      fromVariable.hasPrefix("\(key.rawValue) is \"\(value)\" (from the environment variable"))
    #expect(fromVariable.contains(key.variable) && fromVariable.contains("; allowed: "))
    let fromFile = message { () throws(ConfigurationError) in
      try resolve(files: ["/work/.wr_config.yml": "\(key.rawValue): '\(value)'"])
    }
    #expect(fromFile.contains("(from /work/.wr_config.yml); allowed: "))
    let fromOption = message { () throws(ConfigurationError) in try resolve(options: [key: value]) }
    #expect(fromOption.contains("(from the command line); allowed: "))
  }

  @Test func aFileThatIsThereButCannotBeReadIsAnError() {
    let error = #expect(throws: ConfigurationError.self) {
      try Configuration.resolve(
        Configuration.Surroundings(environment: [:], home: "/h", cwd: "/w", uid: 1)
      ) { path throws(SystemError) in throw SystemError(code: EACCES, operation: "open \(path)") }
    }
    #expect(error?.description.contains("/h/.wr_config.yml") == true)
  }

  @Test func theConfigurationOfThisProcessHasItsUserID() throws {
    let surroundings = Configuration.Surroundings.current()
    #expect(surroundings.uid == getuid())
    #expect(surroundings.cwd.hasPrefix("/") && surroundings.home.hasPrefix("/"))
  }

  @Test func realFilesAreFoundInTheDirectoryNamed() throws {
    let directory = TemporaryDirectory()
    try writeFileAtomically(
      directory.file(".wr_config.yml"), Array("managercertdomain: example.org\n".utf8), mode: 0o600)
    let surroundings = Configuration.Surroundings(
      environment: ["WR_CONFIG_DIR": directory.path], home: "/nonexistent", cwd: "/dev/null", uid: 1
    )
    let found = try Configuration.resolve(surroundings, file: Configuration.content)
    #expect(found.certificateDomain == "example.org")
  }
}
