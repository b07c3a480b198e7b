import Jobs

/// Jobs that come in pieces and are there all at once: the number of the first of them.
public struct UploadID: Hashable, Sendable {
  public let number: Int64
  public init(_ number: Int64) { self.number = number }
}

/// What is written of an upload (decision 8): pieces of jobs that are not there for anybody until
/// its commit. A start takes away what was not committed.
public enum UploadStep: Sendable {
  /// New jobs, at least one, whose numbers follow one another.
  case stage(UploadID, [Job])
  /// Of staged jobs, those that are there already.
  case drop([JobID])
  /// All that is staged is there from now on.
  case commit(UploadID)
  /// The commit, which was said to have failed, does not count.
  case uncommit(UploadID)
  /// Jobs of an upload, which is committed, have joined these groups.
  case join([DepGroup])
  /// Nothing is left to be written of the upload, which is committed.
  case finish(UploadID)
  /// The upload is not to be there: takes the jobs away that one `stage` wrote, beginning with this.
  case withdraw(UploadID, first: JobID)
}
