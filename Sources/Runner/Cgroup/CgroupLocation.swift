/// Where a process is in the unified hierarchy of control groups (cgroups(7), "version 2").
enum CgroupLocation {
  /// Reads where the process's own control group can be reached.
  /// - Parameters:
  ///   - mounts: the text of `/proc/self/mountinfo` (proc(5)).
  ///   - membership: the text of `/proc/self/cgroup`.
  /// - Returns: its directory; nil if the hierarchy, or the part of it with the group, is not
  ///   mounted.
  static func directory(mounts: String, membership: String) -> String? {
    guard let group = group(membership) else { return nil }
    for line in mounts.split(separator: "\n") {
      let fields = line.split(separator: " ")
      // Optional fields end at a hyphen, the type of the file system follows.
      guard fields.count > 6, let hyphen = fields[6...].firstIndex(of: "-"),
        fields.indices.contains(hyphen + 1), fields[hyphen + 1] == "cgroup2",
        let below = path(group, below: unescaped(fields[3]))
      else { continue }
      return unescaped(fields[4]) + below
    }
    return nil
  }

  /// The path on the line of hierarchy 0, which is the unified one.
  private static func group(_ membership: String) -> Substring? {
    for line in membership.split(separator: "\n") where line.hasPrefix("0::/") {
      return line.dropFirst("0::".count)
    }
    return nil
  }

  /// What is left of a path below another: empty, or beginning with a slash; nil if it is not.
  private static func path(_ path: Substring, below root: String) -> String? {
    if path == root { return "" }
    if root == "/" { return String(path) }
    return path.hasPrefix("\(root)/") ? String(path.dropFirst(root.count)) : nil
  }

  /// Takes back `\040` and its like, which stand for blanks and backslashes.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
