/// Where an upload goes (behaviour.md §11.8).
enum UploadDestination: Hashable, Sendable {
  /// An absolute path; what is there is replaced.
  case path(String)
  /// A path below a directory that the content decides; what is there is left alone.
  case content(directory: String)

  /// - Parameter parameter: the `path` parameter; empty counts as not given.
  /// - Throws: 400 for a path that is neither absolute nor begins with `~/`: the manager's own
  ///   working directory is nobody's business.
  init(parameter: String?, home: String, directory: String) throws(ErrorResponse) {
    guard let parameter, !parameter.isEmpty else {
      self = .content(directory: directory)
      return
    }
    guard !parameter.utf8.contains(0) else {
      throw ErrorResponse(400, "path must not contain a NUL character")
    }
    if parameter.hasPrefix("~/") {
      self = .path(home + parameter.dropFirst(1))
    } else if parameter.hasPrefix("/") {
      self = .path(parameter)
    } else {
      throw ErrorResponse(400, "path must be absolute or begin with ~/")
    }
  }

  /// Where content with this digest is kept: three levels of one digit, then the rest
  /// (behaviour.md §3.5).
  static func path(ofDigest digest: String, in directory: String) -> String {
    let levels = digest.prefix(3).map { "/\($0)" }.joined()
    return directory + levels + "/" + digest.dropFirst(3)
  }
}
