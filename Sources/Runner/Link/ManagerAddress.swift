import HTTP
import Platform

/// Where the manager is, and what it takes to talk to it.
public struct ManagerAddress: Sendable {
  var host: String
  var port: UInt16
  var token: String
  var context: TLSContext

  /// Reads `host:port`, where an IPv6 address stands in brackets; nil if `text` is neither.
  public static func parse(_ text: String) -> (host: String, port: UInt16)? {
    let text = text.drop { $0.isWhitespace }.prefix { !$0.isWhitespace }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]),
      port > 0
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    return host.isEmpty ? nil : (String(host), port)
  }
}
