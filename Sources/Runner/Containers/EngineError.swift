/// Why a container engine could not be asked, or did not do what it was asked for.
struct EngineError: Error, Hashable, Sendable, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
