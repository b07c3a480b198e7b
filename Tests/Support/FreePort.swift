import Glibc
import Synchronization

/// The ports that are tried, from any of them on. They lie below those which the kernel usually gives to
/// connections (`ip_local_port_range`, ip(7)), so that none takes one while its manager is down.
private let candidates = 20000..<32768
private let next = Atomic(Int.random(in: candidates))

/// A port of 127.0.0.1 that nobody listens on, and that no other caller in this process gets.
public func freePort() -> UInt16 {
  for _ in candidates {
    let turn = next.wrappingAdd(1, ordering: .relaxed).oldValue
    let port = UInt16(candidates.lowerBound + turn % candidates.count)
    if isFree(port) { return port }
  }
  preconditionFailure("no port of \(candidates) is free")
}

private func isFree(_ port: UInt16) -> Bool {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  guard descriptor >= 0 else { return false }
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
  address.sin_port = port.bigEndian
  return withUnsafeBytes(of: &address) { bytes in
    bind(
      descriptor, bytes.assumingMemoryBound(to: sockaddr.self).baseAddress,
      socklen_t(bytes.count)) == 0
  }
}
