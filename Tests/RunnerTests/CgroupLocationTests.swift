import Testing

@testable import Runner

struct CgroupLocationTests {
  /// Captured on machines with version 1 only, with both, and with version 2 only.
  private static let old = """
    30 23 0:26 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    31 30 0:27 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
    """
  private static let hybrid =
    old + "\n40 30 0:36 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
  private static let unified = """
    22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
    28 22 0:25 / /sys/fs/cgroup rw,nosuid shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate
    """
  /// A container sees a part of the hierarchy.
  private static let part =
    "9 8 0:25 /system.slice/a\\040b /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"

  static let rows: [(String, String, String?)] = [
    (old, "4:memory:/x\n0::/\n", nil),
    (hybrid, "4:memory:/x\n0::/\n", "/sys/fs/cgroup/unified"),
    (hybrid, "4:memory:/x\n0::/a/b\n", "/sys/fs/cgroup/unified/a/b"),
    (hybrid, "4:memory:/x\n", nil),
    (unified, "0::/user.slice/s.scope\n", "/sys/fs/cgroup/user.slice/s.scope"),
    (unified, "0::/\n", "/sys/fs/cgroup"),
    (unified, "", nil),
    (part, "0::/system.slice/a b\n", "/sys/fs/cgroup"),
    (part, "0::/system.slice/a b/c\n", "/sys/fs/cgroup/c"),
    (part, "0::/system.slice/a bc\n", nil),
    (part, "0::/\n", nil),
    ("", "0::/\n", nil),
    ("1 2 3 / /m rw -\n1 2\n", "0::/\n", nil),
    ("1 2 3 / /m rw - cgroup2\n", "0::/a\n", "/m/a"),
  ]

  @Test(arguments: rows) func theOwnGroupIsFound(_ row: (String, String, String?)) {
    #expect(CgroupLocation.directory(mounts: row.0, membership: row.1) == row.2)
  }
}
