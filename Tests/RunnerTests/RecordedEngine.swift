import Glibc
import Synchronization

/// A container engine of a test: answers on a unix socket as docker and podman were seen to do.
///
/// Its containers are the files of a directory: each is named like its container and holds the
/// statistics that are answered. Whoever starts or ends a container makes or removes a file.
final class RecordedEngine: Sendable {
  private let scratch = Scratch()
  private let listener: Int32
  private let log = Mutex<[String]>([])

  /// For `DOCKER_HOST`.
  var host: String { "unix://\(scratch["docker.sock"])" }
  var socket: String { scratch["docker.sock"] }
  /// Where the containers are.
  var containers: String { scratch["containers"] }
  /// The request lines that were answered, without the version.
  var requests: [String] { log.withLock { $0 } }

  init() {
    scratch.directory("containers")
    listener = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var name = sockaddr_un()
    name.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: scratch["docker.sock"].utf8) }
    let bound = withUnsafePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    precondition(bound == 0 && listen(listener, 64) == 0, "no socket for an engine: \(errno)")
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<RecordedEngine>.fromOpaque(argument).takeRetainedValue().serve()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    pthread_detach(thread)
  }

  /// Ends the server; its directory goes with the last reference.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  deinit { close(listener) }

  /// Makes a container that runs.
  func start(_ name: String, statistics: String = "{}") {
    scratch.file("containers/\(name)", statistics)
  }

  func isRunning(_ name: String) -> Bool { exists("\(containers)/\(name)") }

  private func serve() {
    while true {
      let connection = accept(listener, nil, nil)
      if connection < 0, errno == EINTR { continue }
      guard connection >= 0 else { return }
      var request: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while !request.suffix(4).elementsEqual("\r\n\r\n".utf8) {
        let count = read(connection, &buffer, buffer.count)
        guard count > 0 else { break }
        request += buffer[..<count]
      }
      let line = String(decoding: request.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
      let words = line.split(separator: " ")
      if words.count == 3 {
        let bytes = Array(answer(String(words[0]), String(words[1])).utf8)
        _ = write(connection, bytes, bytes.count)
        log.withLock { $0.append("\(words[0]) \(words[1])") }
      }
      close(connection)
    }
  }

  private func answer(_ method: String, _ target: String) -> String {
    let parts = target.split(separator: "?")[0].split(separator: "/").map(String.init)
    if parts == ["containers", "json"] { return list() }
    guard parts.count >= 2 else { return Self.head("400 Bad Request", "") }
    let name = parts[1].hasPrefix("id-") ? String(parts[1].dropFirst(3)) : parts[1]
    let file = "\(containers)/\(name)"
    guard let statistics = contents(of: file) else {
      return Self.head("404 Not Found", #"{"message":"No such container: \#(name)"}"# + "\n")
    }
    switch (method, parts.last) {
    case ("GET", "stats"): return Self.head("200 OK", statistics)
    case ("POST", "kill"):
      unlink(file)
      return Self.head("204 No Content", nil)
    case ("DELETE", _) where target.hasSuffix("force=true"):
      unlink(file)
      return Self.head("204 No Content", nil)
    default: return Self.head("409 Conflict", #"{"message":"container is running"}"#)
    }
  }

  /// In chunks, as docker sends what it does not know the length of.
  private func list() -> String {
    let items = names(in: containers).map { name in
      var status = stat()
      stat("\(containers)/\(name)", &status)
      return
        #"{"Id":"id-\#(name)","Names":["/\#(name)"],"Image":"busybox","Created":\#(status.st_mtim.tv_sec),"#
        + #""Ports":[],"Labels":{},"State":"running","Status":"Up 1 second","Mounts":[]}"#
    }
    let text = "[\(items.joined(separator: ","))]\n"
    let half = text.utf8.count / 2
    let chunks = [text.utf8.prefix(half), text.utf8.dropFirst(half)].map { part in
      "\(String(part.count, radix: 16))\r\n\(String(Substring(part)))\r\n"
    }
    return "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
      + "Transfer-Encoding: chunked\r\n\r\n\(chunks.joined())0\r\n\r\n"
  }

  private static func head(_ status: String, _ body: String?) -> String {
    "HTTP/1.1 \(status)\r\nApi-Version: 1.41\r\nServer: Docker/27.0 (linux)\r\n"
      + (body.map { "Content-Length: \($0.utf8.count)\r\n\r\n\($0)" } ?? "\r\n")
  }

  /// What docker answers where control groups are of version 1; shortened.
  static func statistics(rss: Int, cpu: Int) -> String {
    #"{"read":"2026-11-25T04:30:55.3Z","preread":"0001-01-01T00:00:00Z","pids_stats":{"current":3},"#
      + #""blkio_stats":{"io_service_bytes_recursive":null},"num_procs":0,"storage_stats":{},"#
      + #""cpu_stats":{"cpu_usage":{"total_usage":\#(cpu),"percpu_usage":[1,2]},"online_cpus":2},"#
      + #""precpu_stats":{"cpu_usage":{"total_usage":0}},"#
      + #""memory_stats":{"usage":999999999,"max_usage":6651904,"stats":{"rss":\#(rss),"cache":5},"#
      + #""limit":18446744073709551615},"name":"/x","id":"x"}"#
  }
}
