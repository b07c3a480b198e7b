import Testing

@testable import Jobs

@Test func placeholder() {}
