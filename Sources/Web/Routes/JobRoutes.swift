import HTTP
import Jobs
import Manager
import Platform

/// Adding, listing, changing and cancelling jobs (behaviour.md §11.3–§11.5; changing is an addition).
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
    let listed: JobList
    do throws(QueueError) {
      listed = try await queue.select(parameters.selection)
    } catch {
      throw ErrorResponse(error)
    }
    let list = StatusList(listed, std: parameters.std, env: parameters.env, queue: queue)
    list.isBrief = parameters.brief
    return .json(try await list.body())
  }

  /// Adds the jobs of the body, all or none; with `dry_run=true` only tells whether it could.
  func add(_ body: RequestBody, _ target: Target) async throws(ErrorResponse) -> Response {
    let form = try AnswerForm(target)
    let document = try await DocumentParser.parse(
      body, target, home: services.home, limit: services.bodyLimit)
    if target["dry_run"] == "true" { return .json(AnswerForm.trial(of: document.keys)) }
    if form == .jobs, document.specs.count > StatusList.batchSize {
      return .json(status: 201, try await addAndShow(document))
    }
    let added = try await add(document, showsJobs: form == .jobs).get()
    return .json(status: 201, try await form.body(added, asked: document.specs.count))
  }

  private func add(
    _ document: JobDocument, showsJobs: Bool, early: AsyncStream<[JobStatus]>.Continuation? = nil
  ) async -> Result<AddedJobs, ErrorResponse> {
    do throws(QueueError) {
      return .success(
        try await queue.add(
          document.specs, keys: document.keys, rerun: document.rerun, limits: document.limits,
          showsJobs: showsJobs, early: early))
    } catch {
      return .failure(ErrorResponse(error))
    }
  }

  /// Adds many jobs, and makes of the answer what can be made while they are written.
  private func addAndShow(_ document: JobDocument) async throws(ErrorResponse) -> Response.Body {
    let (jobs, early) = AsyncStream<[JobStatus]>.makeStream()
    async let added = add(document, showsJobs: true, early: early)
    var list: StatusList?
    for await jobs in jobs {
      let shown = StatusList([jobs])
      try await shown.prepare(on: queue.reactor)
      list = shown
    }
    _ = try await added.get()
    guard let list else { throw ErrorResponse(503, "the request was given up") }
    return try await list.body()
  }

  /// Cancels what is in the state named; shows what was acted upon.
  func cancel(_ identifiers: String?, _ target: Target) async throws(ErrorResponse) -> Response {
    let parameters = try JobParameters(cancelling: identifiers, target)
    let status = parameters.selection.state == .deletable ? 200 : 202
    return try await show(target, status: status) { showsJobs throws(QueueError) in
      try await queue.cancel(parameters.selection, showsJobs: showsJobs)
    }
  }

  /// Does to jobs what the path orders; shows those it was done to.
  func perform(_ order: JobOrder, _ target: Target) async throws(ErrorResponse) -> Response {
    var selection = try JobParameters(identifiers: order.identifiers, target).selection
    switch order.verb {
    case .retry:
      return try await show(target) { showsJobs throws(QueueError) in
        try await queue.retry(selection, showsJobs: showsJobs)
      }
    case .suspend:
      return try await show(target) { showsJobs throws(QueueError) in
        try await queue.suspend(selection, showsJobs: showsJobs)
      }
    case .resume:
      return try await show(target) { showsJobs throws(QueueError) in
        try await queue.resume(selection, showsJobs: showsJobs)
      }
    case .kill:
      let state = selection.state ?? .running
      guard [.reserved, .running, .lost].contains(state) else {
        throw ErrorResponse(400, "what can be killed is running or lost, not \(state.rawValue)")
      }
      selection.state = state == .lost ? .lost : .running
      return try await show(target, status: 202) { showsJobs throws(QueueError) in
        try await queue.cancel(selection, showsJobs: showsJobs)
      }
    }
  }

  /// Changes jobs that wait by what the body says.
  func modify(
    _ identifiers: String?, _ body: RequestBody, _ target: Target
  ) async throws(ErrorResponse) -> Response {
    let selection = try JobParameters(identifiers: identifiers, target).selection
    let bytes = try await body.whole(limit: services.bodyLimit)
    let document = try await ModificationParser.parse(bytes, home: services.home)
    do throws(QueueError) {
      let modified = try await queue.modify(selection, document.modification)
      if !document.limits.isEmpty { try await queue.setLimits(document.limits) }
      let keys = modified.keys.map(\.description).sorted()
      var listed = try await queue.select(JobSelection(identifiers: keys))
      let jobs = try await queue.render(listed.next(keys.count), std: false, env: false)
      return .json(.bytes(ModificationDocument.answer(modified, jobs)))
    } catch {
      throw ErrorResponse(error)
    }
  }

  private func show(
    _ target: Target, status: Int = 200,
    _ act: (_ showsJobs: Bool) async throws(QueueError) -> ActedJobs
  ) async throws(ErrorResponse) -> Response {
    let form = try AnswerForm(target)
    let acted: ActedJobs
    do throws(QueueError) { acted = try await act(form == .jobs) } catch {
      throw ErrorResponse(error)
    }
    return .json(status: status, try await form.body(acted))
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
