import HTTP
import Jobs
import Manager
import Platform
import Runner

/// The REST service of the running manager, as a sub-command uses it: one request after the other,
/// each over a connection of its own.
struct ManagerConnection {
  private let address: (host: String, port: UInt16)
  /// Whether the manager is on this machine.
  let isLocal: Bool
  private let serverName: String
  private let trust: TLSContext
  private let token: Token
  let timeout: Duration

  /// What the manager answered to a request that it did not refuse.
  struct Answer {
    var status: Int
    var body: [UInt8]
  }

  static let timeoutOption = Option(
    name: "timeout", value: "SECONDS", help: "how long to wait for the manager; 120 if not given")

  /// Takes the token, and finds the manager by its `manager.addr`, or where the configuration says.
  ///
  /// - Parameter arguments: with `--timeout`, if the sub-command has it.
  init(_ configuration: Configuration, _ arguments: Arguments) throws {
    guard let token = try Token.read(configuration.tokenFile) else {
      throw StartError(
        "could not read the token file \(configuration.tokenFile): has the manager been started?")
    }
    let seconds = try arguments.integer("timeout") ?? 120
    guard seconds > 0 else { throw UsageError("--timeout takes a number of seconds above 0") }
    timeout = .seconds(seconds)
    var address = (host: configuration.managerHost, port: configuration.managerPort)
    if let text = try? readFile(configuration.addressFile),
      let known = ManagerAddress.parse(String(decoding: text, as: UTF8.self))
    {
      address = known
    }
    self.address = address
    isLocal =
      ["localhost", "127.0.0.1", "::1", MachineFacts.hostName].contains(address.host)
    self.token = token
    serverName = configuration.certificateDomain
    trust = try TLSContext(authorityFile: configuration.authorityFile)
  }

  /// - Parameters:
  ///   - path: segments below `/rest/v1/`, not encoded; each may hold anything.
  ///   - query: names and values, not encoded.
  /// - Throws: what is in the way, and the manager's own sentence if it refuses.
  func ask(
    _ method: String, _ path: [String], query: [(String, String)] = [], body: [UInt8] = []
  ) throws -> Answer {
    let timeout = timeout
    return try exchange(path, query) { client, target in
      (try await client.send(method, target, body: body, until: .now + timeout), ())
    }.answer
  }

  /// Posts commands as they are read.
  ///
  /// - Returns: the answer, and what is known of the commands.
  /// - Throws: as `ask`, and what is wrong with the commands: then none was taken.
  func post(
    _ commands: CommandStream, _ path: [String], query: [(String, String)]
  ) throws -> (answer: Answer, lines: CommandLines) {
    let timeout = timeout
    return try exchange(path, query) { client, target in
      var headers = Headers()
      headers.add("Content-Type", "application/x-ndjson")
      let answer = try await client.upload("POST", target, headers: headers, idle: timeout) {
        try await commands.next()
      }
      return (answer, await commands.end())
    }
  }

  private func exchange<More: Sendable>(
    _ path: [String], _ query: [(String, String)],
    _ ask: @escaping @Sendable (Client, String) async throws -> (Client.Answer, More)
  ) throws -> (answer: Answer, More) {
    let target = target(path, query: query)
    let reactor = try Reactor()
    let client = client(on: reactor)
    let (answer, more): (Client.Answer, More)
    do {
      (answer, more) = try reactor.runUntilDone {
        let result = try await ask(client, target)
        await client.close()
        return result
      }
    } catch let error as UsageError {
      throw error
    } catch {
      throw Self.unreachable(error)
    }
    guard answer.status < 400 else { throw Self.error(status: answer.status, answer.body) }
    return (Answer(status: answer.status, body: answer.body), more)
  }

  func target(_ path: [String], query: [(String, String)]) -> String {
    let target = "/rest/v1/" + path.map { Self.encoded($0) }.joined(separator: "/")
    if query.isEmpty { return target }
    return target + "?" + query.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
  }

  func client(on reactor: Reactor) -> Client {
    Client(
      reactor: reactor, host: address.host, port: address.port, serverName: serverName,
      context: trust, token: token.text)
  }

  static func unreachable(_ error: any Error) -> StartError {
    StartError("could not reach the server: \(error)")
  }

  /// What the manager says when it refuses a request.
  static func error(status: Int, _ body: [UInt8]) -> StartError {
    let words = String(decoding: body, as: UTF8.self)
    return StartError(
      words.isEmpty
        ? "the manager answers \(status)"
        : String(words.reversed().drop { $0.isNewline }.reversed()))
  }

  /// Percent-encodes all but the unreserved characters (RFC 3986 §2.3).
  static func encoded(_ text: String) -> String {
    var result = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += byte < 16 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return result
  }
}
