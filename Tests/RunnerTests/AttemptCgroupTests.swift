import Glibc
import Jobs
import Platform
import Testing

@testable import Runner

/// What is read of and written to a control group; a plain directory stands for it.
struct AttemptCgroupTests {
  private let scratch = Scratch()
  private let mark = AttemptMark(attempt: AttemptID(7), incarnation: Incarnation("beef"))

  @Test func theKernelsFilesAreRead() {
    let group = AttemptCgroup(path: scratch.path)
    #expect(group.read() == CgroupReading())
    scratch.file("memory.peak", "104857600\n")
    scratch.file("memory.current", "52428800\n")
    scratch.file("memory.stat", "anon 1\nfile 40000\nfile_mapped 3000\nshmem 2000\nslab 5\n")
    scratch.file("memory.events", "low 0\nhigh 0\nmax 12\noom 1\noom_kill 2\n")
    scratch.file("cpu.stat", "usage_usec 1500000\nuser_usec 1\n")
    #expect(
      group.read()
        == CgroupReading(
          peak: 100 << 20, current: 50 << 20, cache: 35000, killed: 2, cpuTime: .milliseconds(1500)
        ))
  }

  @Test func membersAreReadAndEndedTogether() {
    let group = AttemptCgroup(path: scratch.path)
    #expect(group.processes == [])
    #expect(!group.kill(), "before Linux 5.14")
    scratch.file("cgroup.procs", "12\n345\n")
    scratch.file("cgroup.kill")
    #expect(group.processes == [12, 345])
    #expect(group.kill())
    #expect(contents(of: scratch["cgroup.kill"]) == "1")
  }

  @Test func aGroupIsMadeAndRemoved() throws {
    let group = AttemptCgroup(of: mark, below: scratch.path)
    #expect(group.path == scratch["wr-7-beef"])
    try group.make(limit: nil)
    #expect(names(in: scratch.path) == ["wr-7-beef"])
    #expect(throws: SystemError.self) { try group.make(limit: nil) }
    try group.remove()
    try group.remove()
    #expect(names(in: scratch.path) == [])
  }

  @Test func aLimitThatCannotBeSetLeavesNothing() {
    let group = AttemptCgroup(of: mark, below: scratch.path)
    #expect(throws: SystemError.self) { try group.make(limit: 100) }
    #expect(names(in: scratch.path) == [])
  }

  @Test func usageIsWhatTheKernelCounts() {
    scratch.file("memory.peak", "\(300 << 20)")
    scratch.file("cpu.stat", "usage_usec 7\n")
    var usage = ProcessUsage(
      memory: MemoryPeak(limit: 299, machine: 1000), cgroup: AttemptCgroup(path: scratch.path))
    let root = ProcessRoot(identity: ProcessIdentity(pid: 1, startTicks: 0), mark: mark)
    usage.sample(ProcessTable([]), of: root, others: [], now: .now)
    #expect(usage.memory.peak == 300)
    #expect(usage.hasExceededMemory)
    #expect(usage.cgroupCPUTime == .microseconds(7))
  }

  @Test func whatTheKernelEndedForItsMemoryHasExceededIt() {
    var usage = ProcessUsage(
      memory: MemoryPeak(limit: 100, machine: 1000), cgroup: AttemptCgroup(path: scratch.path))
    usage.record(CgroupReading(peak: 90 << 20, killed: 1))
    #expect(!usage.memory.isOverLimit)
    #expect(usage.hasExceededMemory)
  }

  @Test func aRootMustAccountForMemory() {
    #expect(!CgroupRoot.prepare(scratch.path))
    scratch.file("cgroup.procs")
    scratch.file("cgroup.subtree_control")
    scratch.file("cgroup.controllers", "cpuset cpu io\n")
    #expect(!CgroupRoot.prepare(scratch.path))
    #expect(contents(of: scratch["cgroup.subtree_control"]) == "")
    scratch.file("cgroup.controllers", "cpuset cpu memory\n")
    #expect(CgroupRoot.prepare(scratch.path))
    #expect(contents(of: scratch["cgroup.subtree_control"]) == "+memory")
    #expect(!exists(scratch[CgroupRoot.leaf]), "nobody had to move")
  }

  @Test func aRootThatIsRefusedIsLeftAsItWas() {
    scratch.file("cgroup.procs", "\(getpid())\n")
    scratch.file("cgroup.controllers", "memory\n")
    // Whatever is written there fails, as it does while others are in the group.
    scratch.directory("cgroup.subtree_control")
    #expect(!CgroupRoot.prepare(scratch.path))
    #expect(!exists(scratch[CgroupRoot.leaf]))
    #expect(contents(of: scratch["cgroup.procs"]) == "\(getpid())\n")
  }
}
