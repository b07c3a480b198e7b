/// A job as it was asked for: everything a client can say about a command.
///
/// Its traits lie apart and are shared by copies, and by equal ones that a `JobTraitsPool` has
/// seen; `spec.cwd` and so on are theirs.
@dynamicMemberLookup
public struct JobSpec: Hashable, Sendable {
  /// The command line, run by the configured shell.
  public var cmd: String
  @usableFromInline var boxedTraits: Boxed<JobTraits>

  public init(cmd: String, traits: JobTraits) {
    self.cmd = cmd
    boxedTraits = Boxed(traits)
  }

  @inlinable public var traits: JobTraits {
    _read { yield boxedTraits.value }
    _modify { yield &boxedTraits.value }
  }

  @inlinable
  public subscript<Value>(
    dynamicMember path: WritableKeyPath<JobTraits, Value>
  ) -> Value {
    get { boxedTraits.value[keyPath: path] }
    set { boxedTraits.value[keyPath: path] = newValue }
  }

  /// What tells shared traits apart, as long as a specification that has them is kept. Equal ones
  /// may be told apart too.
  public var traitsIdentity: ObjectIdentifier { boxedTraits.identity }

  /// The same, but for another command. Where the ReqGroup was made of the command, it is again.
  ///
  /// - Parameter ownReqGroup: whether the ReqGroup was given.
  public func with(cmd: String, ownReqGroup: Bool) -> JobSpec {
    var spec = self
    spec.cmd = cmd
    if !ownReqGroup, !spec.hasDefaultReqGroup { spec.reqGroup = Self.defaultReqGroup(of: cmd) }
    return spec
  }

  public init(
    cmd: String, cwd: String = "/tmp", cwdMatters: Bool = false, changeHome: Bool = false,
    repGroup: RepGroup = "manually_added", reqGroup: ReqGroup? = nil, unixGroup: String = "",
    requirements: Requirements = Requirements(), override: Int = 0, priority: Int = 0,
    retries: Int = 0, noRetryOverWalltime: Duration? = nil, limitGroups: [LimitGroup] = [],
    modules: [String] = [], depGroups: [DepGroup] = [], dependencies: [Dependency] = [],
    behaviours: [Behaviour] = [], mounts: [Mount] = [], monitorDocker: String = "",
    withDocker: String = "", withSingularity: String = "", containerMounts: String = "",
    bsubMode: String = "", environment: [String] = [],
    environmentKey: EnvironmentKey? = nil, keepsOutput: Bool = false
  ) {
    var traits = JobTraits()
    traits.cwd = cwd
    traits.cwdMatters = cwdMatters
    traits.changeHome = changeHome
    traits.repGroup = repGroup
    traits.reqGroup = reqGroup ?? Self.defaultReqGroup(of: cmd)
    traits.unixGroup = unixGroup
    traits.requirements = requirements
    traits.override = override
    traits.priority = priority
    traits.retries = retries
    traits.noRetryOverWalltime = noRetryOverWalltime
    traits.limitGroups = limitGroups
    traits.modules = modules
    traits.depGroups = depGroups
    traits.dependencies = dependencies
    traits.behaviours = behaviours
    traits.mounts = mounts
    traits.monitorDocker = monitorDocker
    traits.withDocker = withDocker
    traits.withSingularity = withSingularity
    traits.containerMounts = containerMounts
    traits.bsubMode = bsubMode
    traits.environment = environment
    traits.environmentKey = environmentKey
    traits.keepsOutput = keepsOutput
    self.init(cmd: cmd, traits: traits)
  }

  /// The last path component of the command's first space-separated word (behaviour.md §1.1).
  public static func defaultReqGroup(of cmd: String) -> ReqGroup {
    var cmd = cmd
    return cmd.withUTF8 { bytes in
      ReqGroup(String(decoding: bytes[defaultReqGroup(in: bytes)], as: UTF8.self))
    }
  }

  /// Whether the ReqGroup is what the command gives by itself.
  var hasDefaultReqGroup: Bool {
    var (cmd, group) = (cmd, traits.reqGroup.text)
    return cmd.withUTF8 { cmd in
      group.withUTF8 { group in
        let usual = Self.defaultReqGroup(in: cmd)
        return group.count == usual.count
          && usual.allSatisfy { cmd[$0] == group[$0 - usual.lowerBound] }
      }
    }
  }

  /// Where the default ReqGroup stands in a command.
  private static func defaultReqGroup(in cmd: UnsafeBufferPointer<UInt8>) -> Range<Int> {
    let (space, slash) = (UInt8(ascii: " "), UInt8(ascii: "/"))
    guard let start = cmd.firstIndex(where: { $0 != space }) else { return cmd.indices }
    let end = cmd[start...].firstIndex(of: space) ?? cmd.endIndex
    guard let last = cmd[start..<end].lastIndex(where: { $0 != slash }) else { return start..<end }
    let first = cmd[start..<last].lastIndex(of: slash).map { $0 + 1 } ?? start
    return first..<last + 1
  }
}
