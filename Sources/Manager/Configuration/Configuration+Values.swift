import Glibc

extension Configuration {
  /// Makes values of the settings.
  init(
    _ settings: [ConfigurationKey: Setting], _ deployment: Deployment,
    _ surroundings: Surroundings
  ) throws(ConfigurationError) {
    let reader = Reader(settings: settings)
    let directory =
      try Self.managerDirectory(reader, home: surroundings.home) + "_" + deployment.rawValue
    func path(_ key: ConfigurationKey) -> String {
      Self.absolute(reader[key].value, in: directory, home: surroundings.home)
    }

    self.deployment = deployment
    (managerPort, webPort) = try Self.ports(reader, deployment, uid: surroundings.uid)
    managerHost = reader[.managerhost].value
    self.directory = directory
    pidFile = path(.managerpidfile)
    logFile = path(.managerlogfile)
    databaseFile = path(.managerdbfile)
    try reader.require(
      .managerdbbkfile, !reader[.managerdbbkfile].value.hasPrefix("s3://"),
      allowed: "a path; a backup to S3 is not possible")
    backupFile = path(.managerdbbkfile)
    try reader.require(
      .managerdbbkfile, backupFile != databaseFile, allowed: "a path other than managerdbfile's")
    tokenFile = path(.managertokenfile)
    addressFile = directory + "/manager.addr"
    lockFile = directory + "/lock"
    uploadDirectory = path(.manageruploaddir)
    umask = try reader.integer(.managerumask, radix: 8, 0...0o777, "an octal number, 0 to 777")
    try reader.require(
      .managerscheduler, reader[.managerscheduler].value == "local", allowed: "local")
    scheduler = reader[.managerscheduler].value
    authorityFile = path(.managercafile)
    certificateFile = path(.managercertfile)
    keyFile = path(.managerkeyfile)
    authorityKeyFile = directory + "/ca.key"
    certificateDomain = reader[.managercertdomain].value
    try reader.require(
      .managersetdomainip, ["true", "false"].contains(reader[.managersetdomainip].value),
      allowed: "true or false")
    shell = reader[.runnerexecshell].value
    memoryFactor = try Self.memoryFactor(reader)
    listenAddresses = try Self.addresses(reader)
    maxCores = try Self.maximum(reader, .managermaxcores)
    maxMemoryMegabytes = try Self.maximum(reader, .managermaxram)
    self.settings = settings
    self.settings[.managerport]?.value = String(managerPort)
    self.settings[.managerweb]?.value = String(webPort)
    self.settings[.managerdir]?.value = directory
  }

  /// Reads single settings.
  private struct Reader {
    let settings: [ConfigurationKey: Setting]

    subscript(key: ConfigurationKey) -> Setting {
      settings[key] ?? Setting(key.standard, from: .standard)
    }

    func require(
      _ key: ConfigurationKey, _ condition: Bool, allowed: String
    ) throws(ConfigurationError) {
      guard condition else { throw .value(key, self[key], allowed: allowed) }
    }

    func integer<Number: FixedWidthInteger>(
      _ key: ConfigurationKey, radix: Int = 10, _ range: ClosedRange<Number>, _ allowed: String
    ) throws(ConfigurationError) -> Number {
      guard let number = Number(self[key].value, radix: radix), range.contains(number) else {
        throw .value(key, self[key], allowed: allowed)
      }
      return number
    }
  }

  /// The directory before the deployment is appended.
  private static func managerDirectory(
    _ reader: Reader, home: String
  ) throws(ConfigurationError) -> String {
    var directory = absolute(reader[.managerdir].value, in: "", home: home)
    while directory.count > 1, directory.hasSuffix("/") { directory.removeLast() }
    // Below the working directory there would be another manager in each.
    let given = reader[.managerdir].value
    try reader.require(
      .managerdir,
      (given.hasPrefix("/") || given.hasPrefix("~/")) && directory.hasPrefix("/")
        && directory != "/", allowed: "an absolute path, or one that begins with ~/")
    return directory
  }

  /// The ports: four follow from the user id, two for each deployment (behaviour.md §15.3).
  private static func ports(
    _ reader: Reader, _ deployment: Deployment, uid: UInt32
  ) throws(ConfigurationError) -> (UInt16, UInt16) {
    let base = 1021 + 4 * Int(uid)
    let own = deployment == .production ? base : base + 2
    func port(_ key: ConfigurationKey, _ standard: Int) throws(ConfigurationError) -> UInt16 {
      if reader[key].value.isEmpty {
        guard base + 3 <= 65535 else { throw .ports(uid: uid, deployment) }
        return UInt16(standard)
      }
      return try reader.integer(key, 1...65535, "a port number, 1 to 65535")
    }
    let ports = (try port(.managerport, own), try port(.managerweb, own + 1))
    try reader.require(
      .managerweb, ports.0 != ports.1, allowed: "a port other than managerport's, \(ports.0)")
    return ports
  }

  private static func addresses(_ reader: Reader) throws(ConfigurationError) -> [String] {
    var addresses: [String] = []
    for item in reader[.managerlisten].value.split(separator: ",") {
      var address = item.drop { $0 == " " }
      while address.last == " " { address.removeLast() }
      if address.first == "[", address.last == "]" { address = address.dropFirst().dropLast() }
      guard !address.isEmpty else { continue }
      var space = in6_addr()
      let isAddress = [AF_INET, AF_INET6].contains { inet_pton($0, String(address), &space) == 1 }
      try reader.require(
        .managerlisten, isAddress,
        allowed: "IPv4 and IPv6 addresses with commas between them, such as 127.0.0.1,::1")
      if !addresses.contains(String(address)) { addresses.append(String(address)) }
    }
    try reader.require(.managerlisten, !addresses.isEmpty, allowed: "at least one address")
    return addresses
  }

  private static func memoryFactor(_ reader: Reader) throws(ConfigurationError) -> Double? {
    let text = reader[.runnermemoryfactor].value
    guard !text.isEmpty else { return nil }
    let factor = Double(text)
    try reader.require(
      .runnermemoryfactor, factor.map { (1...1000).contains($0) } ?? false,
      allowed: "a number from 1 to 1000")
    return factor
  }

  /// A limit of what is used of the machine; what is below 1 means all (behaviour.md §5.2).
  private static func maximum(
    _ reader: Reader, _ key: ConfigurationKey
  ) throws(ConfigurationError) -> Int? {
    guard !reader[key].value.isEmpty else { return nil }
    let number = try reader.integer(
      key, Int.min...Int.max, "a whole number; what is below 1 means all of the machine's")
    return number < 1 ? nil : number
  }
}
