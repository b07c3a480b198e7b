import Glibc
import Platform

/// The control group below which each attempt gets one of its own.
///
/// A group whose children account for memory must have no processes itself (the kernel's
/// cgroup-v2.rst, "No Internal Process Constraint"). So where it is the runner host's own, the
/// host, and the manager that started it, move to a leaf.
enum CgroupRoot {
  static let leaf = "wr-host"

  /// Finds the group of this process and makes it ready. Blocks.
  /// - Returns: its directory; nil if there is no hierarchy of version 2, or it is not ours to
  ///   use, or does not account for memory.
  static func prepare() -> String? {
    guard let mounts = text("/proc/self/mountinfo"), let membership = text("/proc/self/cgroup"),
      var directory = CgroupLocation.directory(mounts: mounts, membership: membership)
    else { return nil }
    // An earlier host has moved our manager there.
    if directory.hasSuffix("/\(leaf)") { directory = parentDirectory(of: directory) }
    return prepare(directory) ? directory : nil
  }

  /// Makes a group ready.
  /// - Returns: whether its children account for memory now.
  static func prepare(_ directory: String) -> Bool {
    let switches = "\(directory)/cgroup.subtree_control"
    guard words(of: "\(directory)/cgroup.controllers").contains("memory"),
      access(directory, W_OK) == 0, access("\(directory)/cgroup.procs", W_OK) == 0
    else { return false }
    if words(of: switches).contains("memory") || write("+memory", to: switches) { return true }
    let leaf = "\(directory)/\(leaf)"
    guard mkdir(leaf, 0o755) == 0 || errno == EEXIST else { return false }
    let ours = words(of: "\(directory)/cgroup.procs").filter(isOurs)
    for pid in ours { _ = write(pid, to: "\(leaf)/cgroup.procs") }
    if write("+memory", to: switches) { return true }
    // Others are in the group: all is as it was.
    for pid in ours { _ = write(pid, to: "\(directory)/cgroup.procs") }
    rmdir(leaf)
    return false
  }

  /// Whether a process runs the program that we do.
  private static func isOurs(_ pid: String) -> Bool {
    var (its, own) = (stat(), stat())
    return stat("/proc/\(pid)/exe", &its) == 0 && stat("/proc/self/exe", &own) == 0
      && FileIdentity(its) == FileIdentity(own)
  }

  private static func text(_ path: String) -> String? {
    (try? readFile(path)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func words(of path: String) -> [String] {
    (text(path) ?? "").split { $0 == " " || $0 == "\n" }.map(String.init)
  }

  private static func write(_ text: String, to path: String) -> Bool {
    (try? CgroupFile.write(text, to: path)) != nil
  }
}
