/// Why an upload could not be stored.
enum UploadError: Error, Hashable, Sendable {
  /// The disk or the quota is full.
  case full
  /// Anything else; what the system says, for the log.
  case failed(String)
}
