import Glibc
import Platform

extension Configuration {
  /// Whose configuration is looked for, and where.
  public struct Surroundings: Sendable {
    public var environment: [String: String]
    /// Absolute.
    public var home: String
    /// Absolute.
    public var cwd: String
    public var uid: UInt32

    public init(environment: [String: String], home: String, cwd: String, uid: UInt32) {
      self.environment = environment
      self.home = home
      self.cwd = cwd
      self.uid = uid
    }
  }

  /// Finds the effective settings: defaults < files < environment < command line; of the files,
  /// those in `$WR_CONFIG_DIR` < home < working directory, and in each `.wr_config.yml` <
  /// `.wr_config.<deployment>.yml` (behaviour.md §15.2). An empty value counts as none.
  ///
  /// - Parameters:
  ///   - deployment: what the command line says; where it names none of the deployments,
  ///     `WR_DEPLOYMENT` and then production is meant.
  ///   - options: settings of the command line.
  ///   - file: gives the content of a file; nil if it is not there.
  public static func resolve(
    _ surroundings: Surroundings, deployment: String? = nil,
    options: [ConfigurationKey: String] = [:],
    file: (String) throws(SystemError) -> [UInt8]?
  ) throws(ConfigurationError) -> Configuration {
    let (chosen, source) = choose(deployment, surroundings.environment)
    var settings: [ConfigurationKey: Setting] = [:]
    for key in ConfigurationKey.allCases { settings[key] = Setting(key.standard, from: .standard) }
    for path in candidates(surroundings, chosen) {
      let content: [UInt8]?
      do throws(SystemError) { content = try file(path) } catch { throw .unreadable(error) }
      guard let content else { continue }
      for (name, value) in try ConfigurationFile(parsing: content, path: path).values {
        guard let key = ConfigurationKey(rawValue: name), !value.isEmpty else { continue }
        settings[key] = Setting(value, from: .file(path))
      }
    }
    for key in ConfigurationKey.allCases {
      guard let value = surroundings.environment[key.variable], !value.isEmpty else { continue }
      settings[key] = Setting(value, from: .environment(key.variable))
    }
    for (key, value) in options where !value.isEmpty {
      settings[key] = Setting(value, from: .commandLine)
    }
    // It says which files are read, so no file can say it.
    settings[.deployment] = Setting(chosen.rawValue, from: source)
    return try Configuration(settings, chosen, surroundings)
  }

  /// The effective settings of this process.
  public static func current(
    deployment: String? = nil, options: [ConfigurationKey: String] = [:]
  ) throws(ConfigurationError) -> Configuration {
    try resolve(.current(), deployment: deployment, options: options, file: content)
  }

  /// The content of a file; nil if it is not there.
  static func content(_ path: String) throws(SystemError) -> [UInt8]? {
    do throws(SystemError) {
      return try readFile(path)
    } catch {
      // ENOTDIR too: a home that is no directory has no files.
      guard error.code == ENOENT || error.code == ENOTDIR else { throw error }
      return nil
    }
  }

  private static func choose(
    _ asked: String?, _ environment: [String: String]
  ) -> (Deployment, Setting.Source) {
    if let asked, let deployment = Deployment(rawValue: asked) {
      return (deployment, .commandLine)
    }
    let variable = ConfigurationKey.deployment.variable
    if let deployment = environment[variable].flatMap(Deployment.init) {
      return (deployment, .environment(variable))
    }
    return (.production, .standard)
  }

  /// The files to read, those that win last.
  private static func candidates(
    _ surroundings: Surroundings, _ deployment: Deployment
  ) -> [String] {
    var directories = [surroundings.home, surroundings.cwd]
    if let named = surroundings.environment["WR_CONFIG_DIR"], !named.isEmpty {
      directories.insert(
        absolute(named, in: surroundings.cwd, home: surroundings.home), at: 0)
    }
    var paths: [String] = []
    for directory in directories {
      for name in [".wr_config.yml", ".wr_config.\(deployment.rawValue).yml"] {
        let path = absolute(name, in: directory, home: "")
        // One directory may have two roles: what counts is the higher one.
        paths.removeAll { $0 == path }
        paths.append(path)
      }
    }
    return paths
  }

  /// `path` with `~` replaced, and below `directory` if it is relative.
  static func absolute(_ path: String, in directory: String, home: String) -> String {
    if path == "~" { return home }
    if path.hasPrefix("~/") { return join(home, String(path.dropFirst(2))) }
    return path.hasPrefix("/") ? path : join(directory, path)
  }

  private static func join(_ directory: String, _ name: String) -> String {
    directory.hasSuffix("/") ? directory + name : directory + "/" + name
  }
}

extension Configuration.Surroundings {
  /// Those of this process. `$HOME` is the home directory; without it, what the password file
  /// says.
  public static func current() -> Self {
    var environment: [String: String] = [:]
    for name in ConfigurationKey.allCases.map(\.variable) + ["WR_CONFIG_DIR"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    let home =
      getenv("HOME").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
      ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let cwd = getcwd(&buffer, buffer.count).map { String(cString: $0) } ?? "/"
    return Self(environment: environment, home: home, cwd: cwd, uid: getuid())
  }
}
