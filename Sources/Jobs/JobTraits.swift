/// All of a specification but its command: what most jobs of a request have in common.
public struct JobTraits: Hashable, Sendable {
  /// The base directory; the exact working directory only if `cwdMatters`.
  public var cwd = "/tmp"
  public var cwdMatters = false
  /// Whether `HOME` is set to the working directory; acts only when `cwdMatters` is false.
  public var changeHome = false
  public var repGroup: RepGroup = "manually_added"
  public var reqGroup: ReqGroup = ""
  /// The unix group to run under; empty for the manager's own.
  public var unixGroup = ""
  public var requirements = Requirements()
  /// Who wins, learned or asked requirements: 0 the learned, 1 the higher, 2 the asked.
  public var override = 0
  /// 0–255, higher first.
  public var priority = 0
  /// How often a failed command is tried again: 0–255.
  public var retries = 0
  /// A command that failed after running longer than this is buried at once; nil for no limit.
  public var noRetryOverWalltime: Duration?
  /// Sorted, without duplicates.
  public var limitGroups: [LimitGroup] = []
  /// Environment modules to load.
  public var modules: [String] = []
  public var depGroups: [DepGroup] = []
  public var dependencies: [Dependency] = []
  public var behaviours: [Behaviour] = []
  public var mounts: [Mount] = []
  public var monitorDocker = ""
  public var withDocker = ""
  public var withSingularity = ""
  public var containerMounts = ""
  public var bsubMode = ""
  /// `NAME=value` entries applied over the base environment.
  public var environment: [String] = []
  /// The stored environment that `environment` is applied over; nil for the runner host's own.
  public var environmentKey: EnvironmentKey?
  /// Whether what it writes is kept when it succeeds too.
  public var keepsOutput = false

  public init() {}
}

extension [JobSpec] {
  /// Of those that share their traits and follow one another the first.
  public var unlike: [JobSpec] {
    indices.filter { $0 == 0 || !self[$0].boxedTraits.isSame(as: self[$0 - 1].boxedTraits) }
      .map { self[$0] }
  }
}

/// Finds equal traits, so that all jobs that have them share one copy.
///
/// It knows a bounded number of different ones: what it has forgotten is only shared anew.
public struct JobTraitsPool: Sendable {
  private var known: Set<Boxed<JobTraits>> = []
  /// What was given last, and what it was found to be: mostly the next is the same.
  private var last: (given: Boxed<JobTraits>, shared: Boxed<JobTraits>)?

  /// Roughly what they take.
  private var bytes = 0

  private static let capacity = 16_384
  /// What nobody uses any more is kept until so much has gathered.
  private static let mostBytes = 32 << 20

  public init() {}

  /// Has `spec` share the traits of an earlier one that has equal ones.
  public mutating func share(_ spec: inout JobSpec) {
    if let last, last.given.isSame(as: spec.boxedTraits) {
      spec.boxedTraits = last.shared
      return
    }
    if known.count >= Self.capacity || bytes >= Self.mostBytes {
      known.removeAll(keepingCapacity: true)
      bytes = 0
    }
    let given = spec.boxedTraits
    let (isNew, shared) = known.insert(given)
    if isNew { bytes += spec.environment.reduce(500) { $0 + $1.utf8.count } }
    spec.boxedTraits = shared
    last = (given, spec.boxedTraits)
  }
}
