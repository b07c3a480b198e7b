import HTTP
import Jobs
import Manager

/// What runner hosts ask for: their orders, and to have their reports taken.
struct LinkRoutes {
  private let services: WebServices
  private let queue: QueueActor

  init(_ services: WebServices, _ queue: QueueActor) {
    self.services = services
    self.queue = queue
  }

  /// Takes a host's inventory and gives the open stream of its orders.
  func orders(_ body: RequestBody) async throws(ErrorResponse) -> Response {
    let inventory: Inventory = try await decode(body, Inventory.init(decoding:))
    do throws(QueueError) {
      let lines = try await queue.connect(inventory)
      var headers = Headers()
      headers.add("Content-Type", "application/x-ndjson")
      headers.add("Cache-Control", "no-store")
      return Response(status: 200, headers: headers, body: .lines(lines))
    } catch {
      throw ErrorResponse(error)
    }
  }

  /// Takes a batch of reports; answers once all of it is on disk.
  func reports(_ body: RequestBody) async throws(ErrorResponse) -> Response {
    let batch: ReportBatch = try await decode(body, ReportBatch.init(decoding:))
    do throws(QueueError) {
      return .json(.bytes(try await queue.report(batch).encoded()))
    } catch {
      throw ErrorResponse(error)
    }
  }

  private func decode<Value>(
    _ body: RequestBody, _ decode: ([UInt8]) throws(JSONError) -> Value
  ) async throws(ErrorResponse) -> Value {
    let bytes = try await body.whole(limit: services.bodyLimit)
    do throws(JSONError) {
      return try decode(bytes)
    } catch {
      throw ErrorResponse(400, "\(error.message) at byte \(error.offset)")
    }
  }
}
