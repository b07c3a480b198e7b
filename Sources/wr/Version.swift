/// What `wr version` and `GET /rest/version/` say.
enum Version {
  static let current = "v0.1.0"
}
