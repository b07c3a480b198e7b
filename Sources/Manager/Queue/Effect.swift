import Jobs

/// What a transition asks for beyond the change of state, once that change is on disk.
enum Effect: Hashable, Sendable {
  /// Hand the job to the host that its attempt names.
  case run(JobID, AttemptID)
  case kill(Incarnation, AttemptID)
  case discard(Incarnation, AttemptID)
}

/// What one round writes, and what it asks for once that is on disk.
struct Round: Sendable {
  var batch = StoreBatch()
  var effects: [Effect] = []
}
