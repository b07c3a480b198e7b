/// The identity of a job: the documented 128-bit fingerprint of what it runs (behaviour.md §3.1).
public struct JobKey: Hashable, Sendable, CustomStringConvertible {
  public let low: UInt64
  public let high: UInt64

  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  /// Reads the 32 lower-case hexadecimal digits of a key; nil if `text` is anything else.
  @inlinable
  public init?(_ text: some StringProtocol) {
    var words: (UInt64, UInt64) = (0, 0)
    var index = 0
    for digit in text.utf8 {
      guard index < 32 else { return nil }
      let value: UInt64
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): value = UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): value = UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
      if index < 16 { words.0 = words.0 << 4 | value } else { words.1 = words.1 << 4 | value }
      index += 1
    }
    guard index == 32 else { return nil }
    self.init(low: words.0, high: words.1)
  }

  /// 32 lower-case hexadecimal digits: the low word first, each zero-padded to 16.
  public var description: String {
    String(unsafeUninitializedCapacity: 32) { buffer in
      for index in 0..<32 {
        let word = index < 16 ? low : high
        let digit = UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * (index & 15))) & 15
        buffer[index] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit
      }
      return 32
    }
  }
}

extension JobKey {
  /// Half of a fingerprint tells keys apart as well as all of it does.
  @inlinable public func hash(into hasher: inout Hasher) { hasher.combine(low) }

  /// The key of a job: its command, mounts, container image, and its directory where that matters
  /// (behaviour.md §3.1).
  public init(of spec: JobSpec) {
    if spec.mounts.isEmpty, spec.withDocker.isEmpty, spec.withSingularity.isEmpty {
      self.init(ofCommand: spec.cmd, cwd: spec.cwdMatters ? spec.cwd : nil)
      return
    }
    var text = ""
    if spec.cwdMatters {
      text += spec.cwd
      text += "."
    }
    text += spec.cmd
    text += "."
    if !spec.mounts.isEmpty { Self.append(spec.mounts, to: &text) }
    if !spec.withDocker.isEmpty {
      text += ".docker:\(spec.withDocker).\(spec.containerMounts)"
    } else if !spec.withSingularity.isEmpty {
      text += ".singularity:\(spec.withSingularity).\(spec.containerMounts)"
    }
    self.init(hashing: text)
  }

  /// The key of the job that a command dependency names, which is never one in a container or
  /// with mounts; `cwd` is nil for a job whose directory does not matter (behaviour.md §3.1).
  public init(ofCommand cmd: String, cwd: String?) {
    let directory = cwd.map { $0.utf8.count + 1 } ?? 0
    let size = directory + cmd.utf8.count + 1
    let hash = withUnsafeTemporaryAllocation(byteCount: size, alignment: 8) { text in
      if var cwd {
        cwd.withUTF8 { text.copyMemory(from: UnsafeRawBufferPointer($0)) }
        text[directory - 1] = UInt8(ascii: ".")
      }
      let rest = UnsafeMutableRawBufferPointer(rebasing: text[directory...])
      var cmd = cmd
      cmd.withUTF8 { rest.copyMemory(from: UnsafeRawBufferPointer($0)) }
      text[size - 1] = UInt8(ascii: ".")
      return Fingerprint128.hash(UnsafeRawBufferPointer(text))
    }
    self.init(low: hash.low, high: hash.high)
  }

  private init(hashing text: String) {
    let (low, high) = Fingerprint128.hash(text)
    self.init(low: low, high: high)
  }

  /// Appends what mounts add to the hashed text: only where they are and what they show.
  private static func append(_ mounts: [Mount], to text: inout String) {
    let sorted = mounts.sorted { $0.mount.utf8.lexicographicallyPrecedes($1.mount.utf8) }
    for mount in sorted {
      text += mount.mount.isEmpty ? "mnt" : mount.mount
      text += ":"
      for target in mount.targets {
        text += target.profile.isEmpty ? "default" : target.profile
        text += "-\(target.path);"
      }
    }
  }
}
