/// What `wr version` and `GET /rest/version/` say.
enum Release {
  static let version = "v0.1.0"
}
