import Glibc
import Jobs
import Platform

/// Drives real managers, and prints each figure beside a limit that was measured in the same run
/// on the same machine.
@main
enum Main {
  static func main() {
    do {
      let options = try Options(CommandLine.arguments.dropFirst())
      let conditions = Conditions()
      let reactor = try Reactor()
      let bench = Bench(options, on: reactor)
      let lines = try reactor.runUntilDone { try await measure(options, bench) }
      print(Line.table(lines))
      if let file = options.file { try write(lines, conditions, to: file) }
    } catch {
      let words = Array("benchmarks: \(error)\n".utf8)
      _ = words.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
      exit(error is UsageError ? 2 : 1)
    }
  }

  private static func measure(_ options: Options, _ bench: Bench) async throws -> [Line] {
    let wanted = Measurement.all.filter { options.only.isEmpty || options.only.contains($0.name) }
    var lines: [Line] = []
    for (index, measurement) in wanted.enumerated() {
      bench.say("\(index + 1) of \(wanted.count): \(measurement.name)")
      lines += try await measurement.measure(bench)
    }
    return lines
  }

  private static func write(_ lines: [Line], _ conditions: Conditions, to file: String) throws {
    var json = JSONWriter()
    json.beginObject()
    json.name("conditions")
    conditions.write(to: &json)
    json.name("lines")
    json.beginArray()
    for line in lines { line.write(to: &json) }
    json.endArray()
    json.endObject()
    json.newline()
    try writeFileAtomically(file, json.takeBytes(), mode: 0o644)
  }
}
