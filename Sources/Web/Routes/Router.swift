import HTTP
import Manager
import Platform

/// Finds out what a request is for, whether it may, and has it answered.
struct Router: Sendable {
  let services: WebServices
  private let authorisation: Authorisation
  private let log: Log

  init(services: WebServices, log: Log) {
    self.services = services
    self.log = log
    authorisation = Authorisation(token: services.token)
  }

  /// Answers any request. Checks in the order of behaviour.md §11.2: query, path, token, and only
  /// then whether the manager is ready and serves the method.
  func respond(to request: IncomingRequest) async -> Response {
    do throws(ErrorResponse) {
      let target = try Self.target(of: request.head)
      let endpoint = try Self.endpoint(of: target)
      if !endpoint.isOpen {
        try authorisation.check(target, request.head.headers)
        _ = try queue()
      }
      if request.head.method == "OPTIONS" { return Self.options(of: endpoint) }
      try Self.check(request.head.method, at: endpoint)
      return try await respond(to: request, at: endpoint, target)
    } catch {
      return error.response(accept: request.head.headers["Accept"])
    }
  }

  private func respond(
    to request: IncomingRequest, at endpoint: Endpoint, _ target: Target
  ) async throws(ErrorResponse) -> Response {
    let info = InfoRoutes(services)
    switch (endpoint, request.head.method) {
    case (.version, _): return info.version()
    case (.style, _): return StyleSheet.response
    case (.favicon, _): return Response(status: 204)
    case (.page, _):
      let overview = try await queue().overview()
      let page = StatusPage(
        overview, deployment: services.deployment, hostName: services.hostName)
      return page.response
    case (.jobs(let path), "POST"):
      let routes = try JobRoutes(services, queue())
      if let order = JobOrder(path) { return try await routes.perform(order, target) }
      if UploadedJobs.isMeant(by: request.head.headers) {
        return try await UploadedJobs(services, queue()).add(request.body, target)
      }
      return try await routes.add(request.body, target)
    case (.jobs(let identifiers), "PATCH"):
      return try await JobRoutes(services, queue()).modify(identifiers, request.body, target)
    case (.jobs(let identifiers), "DELETE"):
      return try await JobRoutes(services, queue()).cancel(identifiers, target)
    case (.jobs(let identifiers), let method):
      if let asked = OutputRoute.Asked(identifiers) {
        return try await OutputRoute(queue()).show(asked, method, target)
      }
      return try await JobRoutes(services, queue()).list(identifiers, target)
    case (.info, _): return info.info(mode: try await queue().mode)
    case (.warnings, let method): return try await info.warnings(queue(), method: method)
    case (.servers, "DELETE"): throw info.refuseServer(target)
    case (.servers, _): return info.servers()
    case (.limits(let names), let method):
      return try await LimitRoutes(services, queue()).respond(method, names, request.body)
    case (.history, _): return try await HistoryRoutes(queue()).list(target)
    case (.groups(let name), _):
      return try await GroupRoutes(queue()).list(name, target)
    case (.manager(let action), _):
      return try await ManagerRoutes(queue()).perform(action, target)
    case (.environments, _):
      return try await JobRoutes(services, queue()).keepEnvironment(request.body)
    case (.upload, _): return try await UploadRoute(services, log).put(request.body, target)
    case (.orders, _): return try await LinkRoutes(services, queue()).orders(request.body)
    case (.reports, _): return try await LinkRoutes(services, queue()).reports(request.body)
    }
  }

  private func queue() throws(ErrorResponse) -> QueueActor {
    guard let queue = services.queue else {
      throw ErrorResponse(503, "the manager is starting: try again soon", retryAfter: 1)
    }
    return queue
  }

  // MARK: The checks, in their order

  static func target(of head: Request) throws(ErrorResponse) -> Target {
    do throws(HTTPError) {
      return try head.target()
    } catch {
      throw ErrorResponse(error.status, error.message)
    }
  }

  static func endpoint(of target: Target) throws(ErrorResponse) -> Endpoint {
    guard let endpoint = Endpoint(path: target.path) else {
      throw ErrorResponse(404, "404 page not found")
    }
    return endpoint
  }

  static func check(_ method: String, at endpoint: Endpoint) throws(ErrorResponse) {
    guard !endpoint.methods.contains(method) else { return }
    var headers = Headers()
    headers.add("Allow", endpoint.allow)
    throw ErrorResponse(405, endpoint.methodRefusal, headers: headers)
  }

  static func options(of endpoint: Endpoint) -> Response {
    var headers = Headers()
    headers.add("Allow", endpoint.allow)
    return Response(status: 204, headers: headers)
  }
}
