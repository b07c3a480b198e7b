/// Which container a job means by its `monitor_docker` (behaviour.md §6.7).
struct ContainerSearch: Hashable, Sendable {
  /// `?`, a container's name, or a file that will hold its id.
  let wanted: String
  /// The containers that ran before the job's command was started.
  let before: Set<String>

  /// Finds the job's container.
  /// - Parameters:
  ///   - running: the containers that run now.
  ///   - fileIDs: what stands in the files that `wanted` names; empty if it names none.
  /// - Returns: its id; nil if it does not run yet.
  func find(in running: [Container], fileIDs: [String]) -> String? {
    let new = running.filter { !before.contains($0.id) }
    if wanted == "?" { return new.min { $0.created < $1.created }?.id }
    if let named = new.first(where: { $0.names.contains(wanted) }) { return named.id }
    return fileIDs.first { id in running.contains { $0.id == id } }
  }
}
