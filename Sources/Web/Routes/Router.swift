import HTTP
import Manager
import Platform

/// Finds out what a request is for, whether it may, and what answers it.
final class Router: Sendable {
  let services: WebServices
  private let authorisation: Authorisation
  private let log: Log
  /// What `/rest/version/` says.
  private let version: [UInt8]

  init(services: WebServices, log: Log) {
    self.services = services
    self.log = log
    authorisation = Authorisation(token: services.token)
    version = InfoRoutes(services).version()
  }

  /// Answers any request. Checks in the order of behaviour.md §11.2: query, path, token, and only
  /// then whether the manager is ready and serves the method.
  func answer(to head: Request) throws(ErrorResponse) -> Answer {
    let target = try Self.target(of: head)
    let endpoint = try Self.endpoint(of: target)
    if !endpoint.isOpen {
      try authorisation.check(target, head.headers)
      _ = try queue()
    }
    if head.method == "OPTIONS" { return .ready(Self.options(of: endpoint)) }
    try Self.check(head.method, at: endpoint)
    return try answer(to: head, at: endpoint, target)
  }

  private func answer(
    to head: Request, at endpoint: Endpoint, _ target: Target
  ) throws(ErrorResponse) -> Answer {
    let method = head.method
    switch (endpoint, method) {
    case (.version, _): return .ready(.json(.bytes(version)))
    case (.style, _): return .ready(StyleSheet.response)
    case (.favicon, _): return .ready(Response(status: 204))
    case (.page, _): return .later { _ throws(ErrorResponse) in try await self.page() }
    case (.jobs(let path), _): return try jobs(path, head, target, queue())
    case (.info, _):
      return .later { _ throws(ErrorResponse) in
        InfoRoutes(self.services).info(mode: try await self.queue().mode)
      }
    case (.warnings, _):
      return .later { _ throws(ErrorResponse) in
        await InfoRoutes(self.services).warnings(try self.queue(), method: method)
      }
    case (.servers, "DELETE"): throw InfoRoutes(services).refuseServer(target)
    case (.servers, _): return .ready(InfoRoutes(services).servers())
    case (.limits(let names), _):
      let routes = try LimitRoutes(services, queue())
      return .later { body throws(ErrorResponse) in try await routes.respond(method, names, body) }
    case (.history, _):
      let routes = try HistoryRoutes(queue())
      return .later { _ throws(ErrorResponse) in try await routes.list(target) }
    case (.groups(let name), _):
      let routes = try GroupRoutes(queue())
      return .later { _ throws(ErrorResponse) in try await routes.list(name, target) }
    case (.manager(let action), _):
      let routes = try ManagerRoutes(queue())
      return .later { _ throws(ErrorResponse) in try await routes.perform(action, target) }
    case (.environments, _):
      let routes = try JobRoutes(services, queue())
      return .later { body throws(ErrorResponse) in try await routes.keepEnvironment(body) }
    case (.upload, _):
      let route = UploadRoute(services, log)
      return .later { body throws(ErrorResponse) in try await route.put(body, target) }
    case (.orders, _):
      let routes = try LinkRoutes(services, queue())
      return .later { body throws(ErrorResponse) in try await routes.orders(body) }
    case (.reports, _):
      let routes = try LinkRoutes(services, queue())
      return .later { body throws(ErrorResponse) in try await routes.reports(body) }
    }
  }

  private func page() async throws(ErrorResponse) -> Response {
    StatusPage(
      try await queue().overview(), deployment: services.deployment, hostName: services.hostName
    ).response
  }

  /// - Parameter path: what follows `/jobs/`.
  private func jobs(
    _ path: String?, _ head: Request, _ target: Target, _ queue: QueueActor
  ) -> Answer {
    let routes = JobRoutes(services, queue)
    switch head.method {
    case "POST":
      if let order = JobOrder(path) {
        return .later { _ throws(ErrorResponse) in try await routes.perform(order, target) }
      }
      if UploadedJobs.isMeant(by: head.headers) {
        let upload = UploadedJobs(services, queue)
        return .later { body throws(ErrorResponse) in try await upload.add(body, target) }
      }
      return .later { body throws(ErrorResponse) in try await routes.add(body, target) }
    case "PATCH":
      return .later { body throws(ErrorResponse) in try await routes.modify(path, body, target) }
    case "DELETE":
      return .later { _ throws(ErrorResponse) in try await routes.cancel(path, target) }
    case let method:
      if let asked = OutputRoute.Asked(path) {
        let route = OutputRoute(queue)
        return .later { _ throws(ErrorResponse) in try await route.show(asked, method, target) }
      }
      return .later { _ throws(ErrorResponse) in try await routes.list(path, target) }
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
