import Jobs
import Platform

/// Looks for the container of one attempt, measures it and ends it.
actor ContainerWatch {
  nonisolated let reactor: Reactor
  nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

  private let engine: ContainerEngine
  private let search: ContainerSearch
  private let workbench: Workbench
  /// The container bears this name because our own command line gives it; nil for one that the
  /// job's command starts.
  private let ownName: String?
  private var id: String?
  /// The most memory that was seen.
  private(set) var peak: Megabytes = 0
  private(set) var cpuTime: Duration = .zero

  private init(
    _ search: ContainerSearch, of engine: ContainerEngine, ownName: String?, workbench: Workbench,
    reactor: Reactor
  ) {
    self.search = search
    self.engine = engine
    self.ownName = ownName
    self.workbench = workbench
    self.reactor = reactor
  }

  static func isWanted(by spec: JobSpec) -> Bool {
    !spec.withDocker.isEmpty || !spec.monitorDocker.isEmpty
  }

  /// Begins before the job's command is started. Only on the reactor.
  /// - Returns: nil if the job has no container.
  /// - Throws: `EngineError` if the engine cannot be asked.
  static func begin(
    of order: RunOrder, workbench: Workbench, reactor: Reactor
  ) async throws(EngineError) -> ContainerWatch? {
    let ownName = order.spec.withDocker.isEmpty ? nil : "\(order.key)"
    guard isWanted(by: order.spec) else { return nil }
    let wanted = ownName ?? order.spec.monitorDocker
    let engine = ContainerEngine(socket: try await workbench.engineSocket(), reactor: reactor)
    // What an earlier attempt made and could not start would keep the name.
    if let ownName { try await engine.remove(ownName, running: false) }
    let before = Set(try await engine.running().map(\.id))
    return ContainerWatch(
      ContainerSearch(wanted: wanted, before: before), of: engine, ownName: ownName,
      workbench: workbench, reactor: reactor)
  }

  /// Ends the container that a predecessor's attempt left running, if its name tells it.
  static func endLeft(
    of order: RunOrder, workbench: Workbench, reactor: Reactor
  ) async throws(EngineError) {
    guard !order.spec.withDocker.isEmpty else { return }
    let engine = ContainerEngine(socket: try await workbench.engineSocket(), reactor: reactor)
    try await end("\(order.key)", by: engine)
  }

  /// Looks for the container, and once it is found measures it.
  func sample() async throws(EngineError) {
    try await find()
    guard let id, let usage = try await engine.usage(of: id) else { return }
    peak = max(peak, Megabytes(usage.residentBytes >> 20))
    cpuTime = max(cpuTime, usage.cpuTime)
  }

  /// Ends the container, if it is there. Called again after the command has ended, it finds what
  /// was being started meanwhile.
  func kill() async throws(EngineError) {
    if let ownName { return try await Self.end(ownName, by: engine) }
    try await find()
    if let id { try await engine.kill(id) }
  }

  private static func end(_ name: String, by engine: ContainerEngine) async throws(EngineError) {
    // First, for some engines ask before they remove by force, and wait.
    try await engine.kill(name)
    // One that was made and not started would keep its name.
    try await engine.remove(name, running: true)
  }

  private func find() async throws(EngineError) {
    guard id == nil else { return }
    let running = try await engine.running()
    let fileIDs = search.wanted == "?" ? [] : await workbench.containerIDs(in: search.wanted)
    id = search.find(in: running, fileIDs: fileIDs)
  }
}
