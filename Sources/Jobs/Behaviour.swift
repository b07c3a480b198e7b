/// Something to do once a command has ended (behaviour.md §7).
public struct Behaviour: Hashable, Sendable {
  /// When a behaviour acts.
  public enum Trigger: String, Hashable, Sendable, CaseIterable {
    case failure = "on_failure"
    case success = "on_success"
    case exit = "on_exit"
  }

  /// What a behaviour does.
  public enum Action: Hashable, Sendable {
    /// Runs a command line with bash, in the job's working directory.
    case run(String)
    /// Accepted and shown, does nothing (as in the original).
    case copyToManager([String])
    /// Deletes the unique working directory that the runner made.
    case cleanup
    /// The same as `cleanup`; kept apart because it is shown as it was given.
    case cleanupAll
    /// Deletes the job from the queue once it is buried.
    case remove
    /// An object that names none of the above.
    case nothing
  }

  public var trigger: Trigger
  public var action: Action

  public init(on trigger: Trigger, _ action: Action) {
    self.trigger = trigger
    self.action = action
  }
}
