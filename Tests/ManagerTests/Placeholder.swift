import Testing
@testable import Manager
@Test func placeholder() {}
