import Glibc
import HTTP
import Jobs
import Manager

/// What the manager says of itself: version, info, warnings, servers (behaviour.md §11.6–§11.10).
struct InfoRoutes {
  private let services: WebServices

  init(_ services: WebServices) { self.services = services }

  func version() -> [UInt8] {
    var json = JSONWriter(capacity: 64)
    json.beginObject()
    json.name("Version")
    json.string(services.version)
    json.name("API")
    json.string("1")
    json.endObject()
    json.newline()
    return json.takeBytes()
  }

  /// In the words of the API's documentation, and the full host name (decision 22).
  func info(mode: ManagerMode) -> Response {
    var json = JSONWriter(capacity: 256)
    json.beginObject()
    json.name("Addr")
    json.string("\(services.hostName):\(services.managerPort)")
    json.name("Host")
    json.string(services.hostName)
    json.name("FQDN")
    json.string(services.fullyQualifiedName)
    json.name("Port")
    json.string(String(services.managerPort))
    json.name("WebPort")
    json.string(String(services.webPort))
    json.name("PID")
    json.int(getpid())
    json.name("Deployment")
    json.string(services.deployment.rawValue)
    json.name("Scheduler")
    json.string(services.scheduler)
    json.name("Mode")
    json.string(mode.rawValue)
    json.endObject()
    json.newline()
    return .json(.bytes(json.takeBytes()))
  }

  /// Tells all warnings, which are then forgotten; but not for HEAD, which must change nothing.
  func warnings(_ queue: QueueActor, method: String) async -> Response {
    if method == "HEAD" { return .json(.pieces(first: [], next: { nil })) }
    var json = JSONWriter()
    json.beginArray()
    for warning in await queue.takeWarnings() {
      json.beginObject()
      json.name("Msg")
      json.string(warning.message)
      json.name("FirstDate")
      json.int(warning.firstAt.seconds)
      json.name("LastDate")
      json.int(warning.lastAt.seconds)
      json.name("Count")
      json.int(warning.count)
      json.endObject()
    }
    json.endArray()
    json.newline()
    return .json(.bytes(json.takeBytes()))
  }

  /// Servers are a matter of cloud schedulers; without one there are none, good or bad.
  func servers() -> Response { .json(.bytes(Array("[]\n".utf8))) }

  /// Why the server that a DELETE names cannot be confirmed dead.
  func refuseServer(_ target: Target) -> ErrorResponse {
    guard let id = target["id"], !id.isEmpty else {
      return ErrorResponse(400, "id parameter is required")
    }
    return ErrorResponse(404, "Server was not known to be bad")
  }
}
