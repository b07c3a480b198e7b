/// A disk and the cache before it: what a loss of power may leave of files.
///
/// Content is safe once its file was synced, a name once its directory was. Of what was not, each
/// write may have been carried out, or not, or in part; names in the order in which they changed.
/// That is less than real file systems promise.
struct DiskModel {
  private typealias FileNumber = Int
  private typealias Naming = [(name: String, file: FileNumber?)]

  private enum Change {
    case write(offset: Int, bytes: ArraySlice<UInt8>)
    case truncate(Int)
  }

  private struct File {
    var safe: [UInt8] = []
    var changes: [Change] = []
  }

  /// What becomes of what was not synced.
  enum Luck: CaseIterable {
    /// All of it is there, as if only the process had died.
    case all
    /// Nothing of it is.
    case none
    /// Some of it is.
    case some
  }

  private var files: [File] = []
  /// The names as the process sees them.
  private var names: [String: FileNumber] = [:]
  private var safeNames: [String: FileNumber] = [:]
  /// Changes of names that were not synced: no file for a name that is no more.
  private var namings: [Naming] = []

  mutating func carryOut(_ call: DiskTrace.Call) {
    switch call {
    case .create(let name):
      files.append(File())
      rename([(name, files.count - 1)])
    case .write(let name, let offset, let bytes):
      if let file = names[name] { files[file].changes.append(.write(offset: offset, bytes: bytes)) }
    case .truncate(let name, let size):
      if let file = names[name] { files[file].changes.append(.truncate(size)) }
    case .unlink(let name): rename([(name, nil)])
    case .rename(let name, let target): rename([(name, nil), (target, names[name])])
    case .sync(let name):
      if let file = names[name] {
        for change in files[file].changes { Self.apply(change, to: &files[file].safe) }
        files[file].changes = []
      } else {
        for naming in namings { Self.apply(naming, to: &safeNames) }
        namings = []
      }
    }
  }

  private mutating func rename(_ naming: Naming) {
    Self.apply(naming, to: &names)
    namings.append(naming)
  }

  /// The files that are there after a loss of power.
  func files(
    after luck: Luck, using random: inout some RandomNumberGenerator
  ) -> [String: [UInt8]] {
    var there = safeNames
    let kept =
      switch luck {
      case .all: namings.count
      case .none: 0
      case .some: Int.random(in: 0...namings.count, using: &random)
      }
    for naming in namings.prefix(kept) { Self.apply(naming, to: &there) }
    // In a fixed order, so that the seed decides what becomes of each.
    return there.sorted { $0.key < $1.key }.reduce(into: [:]) { result, entry in
      var content = files[entry.value].safe
      for change in files[entry.value].changes {
        switch luck {
        case .all: Self.apply(change, to: &content)
        case .none: break
        case .some: Self.apply(Self.remains(of: change, using: &random), to: &content)
        }
      }
      result[entry.key] = content
    }
  }

  /// A change as it was, nothing, or a part in whole sectors.
  private static func remains(
    of change: Change, using random: inout some RandomNumberGenerator
  ) -> Change? {
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return change
    case 1: return nil
    default:
      guard case .write(let offset, let bytes) = change else { return change }
      let sectors = Int.random(in: 0...(bytes.count / 512), using: &random)
      return .write(offset: offset, bytes: bytes.prefix(sectors * 512))
    }
  }

  private static func apply(_ change: Change?, to content: inout [UInt8]) {
    switch change {
    case nil: return
    case .truncate(let size):
      if size < content.count { content.removeLast(content.count - size) }
      if size > content.count { content += [UInt8](repeating: 0, count: size - content.count) }
    case .write(let offset, let bytes):
      let end = offset + bytes.count
      if end > content.count { content += [UInt8](repeating: 0, count: end - content.count) }
      content.withUnsafeMutableBytes { content in
        bytes.withUnsafeBytes {
          UnsafeMutableRawBufferPointer(rebasing: content[offset..<end]).copyMemory(from: $0)
        }
      }
    }
  }

  private static func apply(_ naming: Naming, to names: inout [String: FileNumber]) {
    for (name, file) in naming { names[name] = file }
  }
}
