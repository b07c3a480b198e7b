/// A name of one kind: a `RepGroup` cannot be passed where a `LimitGroup` is meant.
public struct Name<Kind>: Hashable, Sendable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// The name as the user wrote it.
  public let text: String

  public init(_ text: String) { self.text = text }
  public init(stringLiteral text: String) { self.text = text }

  public var description: String { text }
  public static func < (a: Self, b: Self) -> Bool { a.text < b.text }
}

/// What the kinds of `Name` are told apart by; none has values.
public enum NameKind {
  public enum RepGroup: Sendable {}
  public enum ReqGroup: Sendable {}
  public enum LimitGroup: Sendable {}
  public enum DepGroup: Sendable {}
}

/// The label under which jobs are reported.
public typealias RepGroup = Name<NameKind.RepGroup>
/// The label of jobs expected to need the same resources; learning is kept per ReqGroup.
public typealias ReqGroup = Name<NameKind.ReqGroup>
/// The label of jobs of which only so many may run at once.
public typealias LimitGroup = Name<NameKind.LimitGroup>
/// The label others can depend upon.
public typealias DepGroup = Name<NameKind.DepGroup>
