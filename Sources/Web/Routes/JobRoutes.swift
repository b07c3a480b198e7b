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

  /// Has buried jobs tried again; shows those that were, as they are now.
  func retry(_ identifiers: String?, _ target: Target) async throws(ErrorResponse) -> Response {
    let parameters = try JobParameters(identifiers: identifiers, target)
    let jobs: [JobStatus]
    do throws(QueueError) {
      jobs = try await queue.retry(parameters.selection)
    } catch {
      throw ErrorResponse(error)
    }
    return .json(try await StatusList(jobs).body())
  }

  /// Stores an environment for jobs to share; tells the key by which they name it.
  func keepEnvironment(_ body: RequestBody) async throws(ErrorResponse) -> Response {
    let bytes = try await body.whole(limit: services.bodyLimit)
    let entries: [String]
    do throws(JSONError) {
      var reader = JSONReader(bytes)
      entries = try JobProperties.environment(&reader)
      try reader.finish()
    } catch {
      throw ErrorResponse(
        400, "the body must be a JSON array of NAME=value strings: \(error)")
    }
    do throws(QueueError) {
      let key = try await queue.keep(environment: entries)
      var json = JSONWriter()
      json.beginObject()
      json.member("Key", key.description)
      json.endObject()
      json.newline()
      return .json(status: 201, .bytes(json.takeBytes()))
    } catch {
      throw ErrorResponse(error)
    }
  }
}
