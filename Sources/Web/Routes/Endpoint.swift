/// A place that requests are addressed to: the table of routes.
enum Endpoint: Hashable, Sendable {
  case version, info, upload, warnings, servers, environments, history, orders, reports, page,
    style, favicon
  /// With the path after `/jobs/`, slashes kept between its segments; nil if there is none.
  case jobs(identifiers: String?)
  /// With the names after `/limits/`, commas between them; nil for all.
  case limits(names: String?)
  /// With what follows `/groups/`: the name, or part of the name, of rep groups; nil for all.
  case groups(name: String?)
  case manager(ManagerRoutes.Action)

  /// Finds the endpoint of a path. Only `jobs` looks at what follows its own name; the others
  /// below `/rest/` and `/link/` ignore it (behaviour.md §11.1).
  /// - Parameter path: percent-decoded segments without empty ones, so that `/rest//v1/jobs` and
  ///   `/rest/v1/jobs/` are the same (decision 11).
  init?(path: [String]) {
    switch (path.first, path.count) {
    case (nil, _), ("status", 1), ("status.html", 1): self = .page
    case ("style.css", 1): self = .style
    case ("favicon.ico", 1): self = .favicon
    case ("rest", 2...) where path[1] == "version": self = .version
    case ("rest", 3...) where path[1] == "v1":
      switch path[2] {
      case "jobs":
        self = .jobs(identifiers: Self.rest(of: path))
      case "limits": self = .limits(names: Self.rest(of: path))
      case "groups": self = .groups(name: Self.rest(of: path))
      case "history": self = .history
      case "environments": self = .environments
      case "info": self = .info
      case "upload": self = .upload
      case "warnings": self = .warnings
      case "servers": self = .servers
      case "manager":
        guard path.count > 3, let action = ManagerRoutes.Action(rawValue: path[3]) else {
          return nil
        }
        self = .manager(action)
      default: return nil
      }
    case ("link", 3...) where path[1] == "v1":
      switch path[2] {
      case "orders": self = .orders
      case "reports": self = .reports
      default: return nil
      }
    default: return nil
    }
  }

  private static func rest(of path: [String]) -> String? {
    path.count > 3 ? path.dropFirst(3).joined(separator: "/") : nil
  }

  /// Needs no token: what tells nothing of jobs or the machine.
  var isOpen: Bool {
    switch self {
    case .version, .style, .favicon: true
    case .info, .upload, .warnings, .servers, .environments, .orders, .reports, .page, .jobs,
      .limits, .groups, .history, .manager:
      false
    }
  }

  /// What is served, besides `OPTIONS`, which every endpoint answers.
  var methods: [String] {
    switch self {
    case .version, .info, .warnings, .groups, .history, .page, .style, .favicon: Self.readOnly
    case .jobs: ["GET", "HEAD", "POST", "PATCH", "DELETE"]
    case .servers: ["GET", "HEAD", "DELETE"]
    case .limits: ["GET", "HEAD", "PUT"]
    case .upload, .environments: ["PUT"]
    case .orders, .reports, .manager: ["POST"]
    }
  }

  private static let readOnly = ["GET", "HEAD"]

  /// The value of the `Allow` field.
  var allow: String { (methods + ["OPTIONS"]).joined(separator: ", ") }

  /// What those are told who use another method (behaviour.md §11.4–§11.10).
  var methodRefusal: String {
    switch self {
    case .version, .info, .warnings, .groups, .history, .page, .style, .favicon:
      "Only GET is supported"
    case .jobs: "So far only GET, POST, PATCH and DELETE are supported"
    case .servers: "Only GET and DELETE are supported"
    case .limits: "Only GET and PUT are supported"
    case .upload, .environments: "Only PUT is supported"
    case .orders, .reports, .manager: "Only POST is supported"
    }
  }
}
