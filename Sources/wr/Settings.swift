import Manager

extension Configuration {
  /// The effective settings, with what a command line says of them.
  static func current(_ arguments: Arguments) throws -> Configuration {
    if let asked = arguments["deployment"], Deployment(rawValue: asked) == nil {
      throw UsageError("--deployment takes production or development, not \"\(asked)\"")
    }
    var options: [ConfigurationKey: String] = [:]
    for (option, key) in [
      ("scheduler", ConfigurationKey.managerscheduler), ("max_cores", .managermaxcores),
      ("max_ram", .managermaxram),
    ] {
      if let value = arguments[option] { options[key] = value }
    }
    return try current(deployment: arguments["deployment"], options: options)
  }
}
