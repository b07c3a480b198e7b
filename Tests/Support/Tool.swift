import Foundation

/// A program of the system that ran to its end.
public struct Tool: Sendable {
  public let status: Int32
  /// Standard output and standard error, mixed.
  public let output: String

  /// Runs a program found on PATH; blocks until it ends.
  /// - Parameters:
  ///   - input: given on its standard input.
  public init(_ arguments: String..., input: String = "") throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    process.standardError = standardOutput
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let bytes = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    status = process.terminationStatus
    output = String(decoding: bytes, as: UTF8.self)
  }
}
