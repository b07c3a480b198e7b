extension JobKey {
  /// The key of a job (behaviour.md §3.1).
  public init(of spec: JobSpec) { fatalError() }
  /// The key of the job that a command dependency names: never containerised (behaviour.md §3.1).
  public init(ofCommand cmd: String, cwd: String?) { fatalError() }
}
