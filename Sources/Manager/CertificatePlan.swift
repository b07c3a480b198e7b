/// What the files for TLS hold, as far as it matters for what to do with them.
struct CertificateFacts: Hashable, Sendable {
  /// A server's certificate.
  struct Server: Hashable, Sendable {
    /// In seconds since the Unix epoch.
    var ends: Int64
    /// Whether the authority's certificate is that of its issuer.
    var isIssuedByAuthority: Bool
    /// Whether it is for all the names it should be for.
    var coversNames: Bool
    /// nil if there is no key file.
    var keyFits: Bool?
  }

  /// When the authority's certificate ends, in seconds since the Unix epoch; nil if there is none.
  var authorityEnds: Int64?
  /// The authority's key is there, and is its.
  var canSign: Bool
  /// nil if there is no certificate.
  var server: Server?

  /// The set was made by us, so we may change it. A certificate that some other authority signed,
  /// or one whose key we lack, belongs to the user and is never touched (decision 26).
  var isOurs: Bool { canSign && (server?.isIssuedByAuthority ?? true) }
}

/// What is to be done before the files for TLS can be used.
enum CertificatePlan: Hashable, Sendable {
  case use
  /// A new authority, key and certificate.
  case makeAll
  /// A new certificate of the same authority.
  case issue(keepingKey: Bool)
  case refuse(Fault)

  /// Why the files cannot be used.
  enum Fault: Hashable, Sendable {
    case authorityMissing
    case keyMissing
    case keyDoesNotFit
    case authorityExpired
    case certificateExpired
  }

  /// How long before an end we renew, or warn.
  static let notice: Int64 = 30 * 86_400
  private static let serverLifetime: Int64 = 365 * 86_400

  /// - Parameter now: in seconds since the Unix epoch.
  init(for facts: CertificateFacts, at now: Int64) {
    guard let server = facts.server else {
      let keepsAuthority = facts.canSign && (facts.authorityEnds ?? .min) > now
      self = keepsAuthority ? .issue(keepingKey: false) : .makeAll
      return
    }
    guard let authorityEnds = facts.authorityEnds else {
      self = .refuse(.authorityMissing)
      return
    }
    guard authorityEnds > now else {
      self = .refuse(.authorityExpired)
      return
    }
    self =
      facts.isOurs
      ? Self.ours(server, authorityEnds: authorityEnds, at: now) : Self.users(server, at: now)
  }

  private static func ours(
    _ server: CertificateFacts.Server, authorityEnds: Int64, at now: Int64
  ) -> Self {
    guard server.keyFits == true else { return .issue(keepingKey: false) }
    // A certificate ends no later than its authority: near that end a new one gains nothing.
    let gains = min(now + serverLifetime, authorityEnds) > server.ends
    if server.ends - now < notice && gains { return .issue(keepingKey: true) }
    return server.coversNames ? .use : .issue(keepingKey: true)
  }

  private static func users(_ server: CertificateFacts.Server, at now: Int64) -> Self {
    switch server.keyFits {
    case nil: .refuse(.keyMissing)
    case false?: .refuse(.keyDoesNotFit)
    case true?: server.ends > now ? .use : .refuse(.certificateExpired)
    }
  }
}
