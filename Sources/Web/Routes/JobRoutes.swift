import HTTP
import Jobs
import Manager
import Platform

/// Adding, listing and cancelling jobs (behaviour.md §11.3–§11.5).
struct JobRoutes {
  private let services: WebServices
  private let queue: QueueActor

  init(_ services: WebServices, _ queue: QueueActor) {
    self.services = services
    self.queue = queue
  }

  /// The jobs asked for, or all incomplete ones. Which they are is fixed at once; each is shown
  /// as it is when its turn comes (decision 39).
  func list(_ identifiers: String?, _ target: Target) async throws(ErrorResponse) -> Response {
    let parameters = try JobParameters(identifiers: identifiers, target)
    let listed: [ListedJob]
    do throws(QueueError) {
      listed = try await queue.select(parameters.selection)
    } catch {
      throw ErrorResponse(error)
    }
    let list = StatusList(listed, std: parameters.std, env: parameters.env, queue: queue)
    return .json(try await list.body())
  }

  /// Adds the jobs of the body, all or none.
  func add(_ body: RequestBody, _ target: Target) async throws(ErrorResponse) -> Response {
    let bytes = try await body.whole(limit: services.bodyLimit)
    let document = try await DocumentParser.parse(bytes, target, home: services.home)
    let jobs: [JobStatus]
    do throws(QueueError) {
      jobs = try await queue.add(
        document.specs, rerun: document.rerun, limits: document.limits)
    } catch {
      throw ErrorResponse(error)
    }
    return .json(status: 201, try await StatusList(jobs).body())
  }

  /// Cancels what is in the state named; shows what was acted upon.
  func cancel(_ identifiers: String?, _ target: Target) async throws(ErrorResponse) -> Response {
    let parameters = try JobParameters(cancelling: identifiers, target)
    let jobs: [JobStatus]
    do throws(QueueError) {
      jobs = try await queue.cancel(parameters.selection)
    } catch {
      throw ErrorResponse(error)
    }
    let status = parameters.selection.state == .deletable ? 200 : 202
    return .json(status: status, try await StatusList(jobs).body())
  }
}
