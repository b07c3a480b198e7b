import Jobs

/// Which behaviours act at the end of an attempt, and in which order (behaviour.md §7.2).
enum BehaviourPlan {
  /// What is left to be done for an action.
  enum Step: Hashable, Sendable {
    case run(String)
    case cleanUp
  }

  /// All of `on_success` or `on_failure`, then all of `on_exit`, each in the order of the list.
  static func steps(_ behaviours: [Behaviour], succeeded: Bool) -> [Step] {
    let first: Behaviour.Trigger = succeeded ? .success : .failure
    return [first, .exit].flatMap { trigger in
      behaviours.compactMap { behaviour in
        guard behaviour.trigger == trigger else { return nil }
        switch behaviour.action {
        case .run(let command): return .run(command)
        case .cleanup, .cleanupAll: return .cleanUp
        // Removing is the manager's; the others do nothing.
        case .remove, .copyToManager, .nothing: return nil
        }
      }
    }
  }

  /// Whether any of them runs a command.
  static func runs(_ behaviours: [Behaviour]) -> Bool {
    behaviours.contains { behaviour in
      if case .run = behaviour.action { true } else { false }
    }
  }
}
