/// Something that must be complete before a job may run.
public enum Dependency: Hashable, Sendable {
  /// Every job that carries the group, also those added later.
  case group(DepGroup)
  /// The job with this key.
  case key(JobKey)
  /// The job of this command; `cwd` only tells apart jobs whose cwd matters (decision 17).
  case command(cmd: String, cwd: String?)
}
