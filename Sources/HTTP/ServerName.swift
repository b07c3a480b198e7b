import Glibc

/// What a server's certificate is for: a DNS name, perhaps with a wildcard, or an IP address.
public enum ServerName: Hashable, Sendable {
  /// In small letters.
  case host(String)
  /// In the shortest usual form.
  case address(String)

  /// - Returns: nil for what is neither; nothing of the kind may get into a certificate.
  public init?(_ text: String) {
    if let address = Self.normalised(text) {
      self = .address(address)
      return
    }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    let isValid = labels.enumerated().allSatisfy { position, label in
      (1...63).contains(label.count)
        && (label.allSatisfy(\.isHostNameCharacter)
          || (position == 0 && labels.count > 2 && label.elementsEqual("*".utf8)))
    }
    guard isValid, text.utf8.count <= 253 else { return nil }
    self = .host(text.lowercased())
  }

  /// The name or the address.
  public var text: String {
    switch self {
    case .host(let text), .address(let text): text
    }
  }

  /// The text of an address of 4 or 16 bytes.
  static func address(_ bytes: [UInt8]) -> String? {
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    var text = [CChar](repeating: 0, count: 64)
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func normalised(_ text: String) -> String? {
    for (family, count) in [(AF_INET, 4), (AF_INET6, 16)] {
      var bytes = [UInt8](repeating: 0, count: count)
      if inet_pton(family, text, &bytes) == 1 { return address(bytes) }
    }
    return nil
  }
}

extension UInt8 {
  /// A letter, a digit, `-` or, as real hosts have it, `_`.
  fileprivate var isHostNameCharacter: Bool {
    isDigit || lowercased &- UInt8(ascii: "a") < 26 || self == UInt8(ascii: "-")
      || self == UInt8(ascii: "_")
  }
}
