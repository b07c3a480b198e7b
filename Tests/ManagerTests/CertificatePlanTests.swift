import Testing

@testable import Manager

@Suite struct CertificatePlanTests {
  static let now: Int64 = 1_800_000_000
  static let day: Int64 = 86_400

  /// A set of ours in its best days.
  private func ours(
    authorityDays: Int64 = 3000, days: Int64 = 300, covers: Bool = true, keyFits: Bool? = true
  ) -> CertificateFacts {
    CertificateFacts(
      authorityEnds: Self.now + authorityDays * Self.day, canSign: true,
      server: .init(
        ends: Self.now + days * Self.day, isIssuedByAuthority: true, coversNames: covers,
        keyFits: keyFits))
  }

  /// A user's set.
  private func users(
    authorityDays: Int64? = 3000, days: Int64 = 300, keyFits: Bool? = true
  ) -> CertificateFacts {
    CertificateFacts(
      authorityEnds: authorityDays.map { Self.now + $0 * Self.day }, canSign: false,
      server: .init(
        ends: Self.now + days * Self.day, isIssuedByAuthority: true, coversNames: false,
        keyFits: keyFits))
  }

  private func plan(_ facts: CertificateFacts) -> CertificatePlan {
    CertificatePlan(for: facts, at: Self.now)
  }

  @Test func withoutACertificateTheSetIsMade() {
    let end = Self.now + 100 * Self.day
    #expect(plan(CertificateFacts(canSign: false)) == .makeAll)
    #expect(plan(CertificateFacts(authorityEnds: end, canSign: false)) == .makeAll)
    #expect(
      plan(CertificateFacts(authorityEnds: end, canSign: true)) == .issue(keepingKey: false))
    #expect(plan(CertificateFacts(authorityEnds: Self.now, canSign: true)) == .makeAll)
  }

  @Test func oursIsUsedWhileItIsGood() {
    #expect(plan(ours()) == .use)
    #expect(plan(ours(days: 30)) == .use)
  }

  @Test func oursIsRenewedBeforeItEndsAndAfter() {
    for days: Int64 in [29, 1, 0, -1, -1000] {
      #expect(plan(ours(days: days)) == .issue(keepingKey: true))
    }
  }

  @Test func oursIsRenewedForOtherNames() {
    #expect(plan(ours(covers: false)) == .issue(keepingKey: true))
  }

  @Test func oursGetsAnotherKeyIfItsOwnIsGone() {
    #expect(plan(ours(keyFits: nil)) == .issue(keepingKey: false))
    #expect(plan(ours(keyFits: false)) == .issue(keepingKey: false))
  }

  @Test func oursIsNotRenewedWhereThatGainsNothing() {
    #expect(plan(ours(authorityDays: 20, days: 20)) == .use)
    #expect(plan(ours(authorityDays: 20, days: 19)) == .issue(keepingKey: true))
  }

  @Test func anExpiredAuthorityIsRefused() {
    #expect(plan(ours(authorityDays: 0)) == .refuse(.authorityExpired))
    #expect(plan(users(authorityDays: 0)) == .refuse(.authorityExpired))
  }

  @Test func theUsersIsNeverTouched() {
    for days: Int64 in [300, 29, 1] { #expect(plan(users(days: days)) == .use) }
    #expect(plan(users(days: 0)) == .refuse(.certificateExpired))
    #expect(plan(users(keyFits: nil)) == .refuse(.keyMissing))
    #expect(plan(users(keyFits: false)) == .refuse(.keyDoesNotFit))
    #expect(plan(users(authorityDays: nil)) == .refuse(.authorityMissing))
  }

  @Test func aCertificateOfAnotherAuthorityIsTheUsersEvenBesideOurAuthority() {
    var facts = ours(days: 10)
    facts.server?.isIssuedByAuthority = false
    #expect(plan(facts) == .use)
  }
}
