import Glibc
import Manager
import Platform

/// Writes the batches of the script to a database, and notes each in a file once the store has said
/// that it is on disk; every few batches it makes a backup. For tests of what is left of that when
/// the power fails.
///
///     StoreWriter DIRECTORY BATCHES
@main
enum Main {
  static func main() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let count = Int(arguments[2]) else { exit(2) }
    let directory = arguments[1]
    let notes = try openFile("\(directory)/committed", O_WRONLY | O_CREAT | O_APPEND)
    let store = StoreActor(path: "\(directory)/db", backupPath: "\(directory)/db_bk")
    _ = try await store.open()
    for number in 1...count {
      let batch = StoreScript.batch(number)
      for piece in batch.pieces { store.begin(piece) }
      _ = try await store.commit(batch)
      try writeAll(Array("\(number)\n".utf8), to: notes.number, path: "committed")
      if number % 4 == 0 { try await store.backup(to: "\(directory)/db_bk") }
    }
    if let problem = await store.close() { throw problem }
  }
}
