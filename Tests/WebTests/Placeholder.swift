import Testing

@testable import Web

@Test func placeholder() {}
