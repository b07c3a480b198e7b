/// A part of the table that can be measured by itself.
struct Measurement: Sendable {
  var name: String
  var measure: @Sendable (Bench) async throws -> [Line]

  /// In the order of the table.
  static let all = [
    Measurement(name: "run", measure: RunRate.measure),
    Measurement(name: "ingest", measure: Ingest.measure),
    Measurement(name: "latency", measure: Latency.measure),
    Measurement(name: "reads", measure: Reads.measure),
    Measurement(name: "version", measure: Version.measure),
    Measurement(name: "handshakes", measure: Handshakes.measure),
    Measurement(name: "memory", measure: Memory.measure),
    Measurement(name: "growth", measure: Growth.measure),
    Measurement(name: "shapes", measure: Shapes.measure),
    Measurement(name: "restart", measure: Restart.measure),
  ]
}
