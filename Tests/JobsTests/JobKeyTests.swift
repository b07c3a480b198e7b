import Testing

@testable import Jobs

/// The worked keys of behaviour.md §3.3.
@Suite struct JobKeyTests {
  private static let plain: [(cmd: String, key: String)] = [
    ("sleep 5", "ea4266bc0fc7dd493caeb2fff1963e4a"),
    ("sleep 5 && echo mymsg && false", "58cef10e7a340c3b7fa09ea304a3cb98"),
    ("echo 1 && true", "de6d167c58701e55f5b9f9e1e91d7807"),
    ("echo 2 && true", "f5c0d6240167a6e0b803e23f74e3a085"),
    ("echo 1", "9a456dee1e351f82e3d562769c27d803"),
    ("echo 2", "2bb7055e49e21ea85066899a5ba38d8e"),
    ("a", "4d846ed67258e4c39a4840eea4d851dd"),
    ("sleep 0.1 && true", "74727e23009c78b126f274aa64416f30"),
  ]

  @Test(arguments: plain)
  func aCommandHasItsDocumentedKey(cmd: String, key: String) {
    #expect(JobKey(of: JobSpec(cmd: cmd, cwd: "/tmp/foo")).description == key)
    #expect(JobKey(ofCommand: cmd, cwd: nil).description == key)
  }

  @Test func aDirectoryThatMattersIsPartOfTheKey() {
    let spec = JobSpec(cmd: "echo 3 && false", cwd: "/tmp", cwdMatters: true)
    #expect(JobKey(of: spec).description == "db1e7d99becace3306c1c2470331c78e")
    #expect(JobKey(ofCommand: "echo 3 && false", cwd: "/tmp") == JobKey(of: spec))
    let seed = JobSpec(cmd: "sleep 5", cwd: "/tmp", cwdMatters: true)
    #expect(JobKey(of: seed).description == "6476fb124d83d84505015403071885a5")
    let other = JobSpec(cmd: "a", cwd: "cwd/1", cwdMatters: true)
    #expect(JobKey(of: other).description == "05555567897fdfbd3d83cbe37a533712")
  }

  @Test func mountsArePartOfTheKey() {
    var spec = JobSpec(
      cmd: "echo defaults",
      mounts: [
        Mount(mount: "/tmp/wr_mnt", targets: [.init(profile: "default", path: "mybucket/subdir")])
      ])
    #expect(JobKey(of: spec).description == "b17c665295e0a3fcf2e07c6d7ad6ddd4")

    spec = JobSpec(cmd: "a", cwd: "cwd/1", mounts: [Mount(targets: [.init(path: "path")])])
    #expect(JobKey(of: spec).description == "a95a914ccb411f268502f5bff81bdfca")
    spec.cwdMatters = true
    #expect(JobKey(of: spec).description == "e496fa460912bdd24d854d44ee540fd9")
  }

  @Test func theOrderOfMountsAndHowTheyBehaveDoNotMatter() {
    let one = Mount(mount: "/a", targets: [.init(path: "x"), .init(path: "y", write: true)])
    let two = Mount(mount: "/b", retries: 3, verbose: true, targets: [.init(path: "z")])
    let plainTwo = Mount(mount: "/b", targets: [.init(profile: "default", path: "z")])
    #expect(
      JobKey(of: JobSpec(cmd: "a", mounts: [one, two]))
        == JobKey(of: JobSpec(cmd: "a", mounts: [plainTwo, one])))
    var swapped = one
    swapped.targets.reverse()
    #expect(
      JobKey(of: JobSpec(cmd: "a", mounts: [one]))
        != JobKey(of: JobSpec(cmd: "a", mounts: [swapped]))
    )
  }

  @Test func aContainerIsPartOfTheKey() {
    var spec = JobSpec(cmd: "a", cwd: "cwd/1", withDocker: "alpine")
    #expect(JobKey(of: spec).description == "ae87ca2898ee15157db9804718368723")
    spec.cwdMatters = true
    #expect(JobKey(of: spec).description == "7c1d8eb670b811be0556de67da115e0a")
    spec.containerMounts = "/out:/in"
    #expect(JobKey(of: spec).description == "f28a8cbf3dd1151d37258c66e3033b7e")
    spec.cwdMatters = false
    #expect(JobKey(of: spec).description == "2547e3f2bcadaf437828a51fa7301145")
    // Docker wins where both are given.
    spec.withSingularity = "other"
    #expect(JobKey(of: spec).description == "2547e3f2bcadaf437828a51fa7301145")

    let singularity = JobSpec(cmd: "a", withSingularity: "alpine")
    #expect(JobKey(of: singularity).description == "c5ea91079a8270931c3627ff56859482")
  }

  @Test func containerMountsWithoutAContainerAreNoPartOfTheKey() {
    let spec = JobSpec(cmd: "a", containerMounts: "/out:/in")
    #expect(JobKey(of: spec) == JobKey(ofCommand: "a", cwd: nil))
  }

  @Test func theHashWithoutTheDotIsAnother() {
    let (low, high) = Fingerprint128.hash("sleep 5")
    #expect(JobKey(low: low, high: high).description == "abfc796e7cde9a0c6f144dad712ee9bf")
  }

  @Test func keysReadBackFromTheirText() {
    let key = JobKey(ofCommand: "sleep 5", cwd: nil)
    #expect(JobKey(key.description) == key)
    for bad in [
      "", "ea4266", "EA4266BC0FC7DD493CAEB2FFF1963E4A", key.description + "0",
      "ga4266bc0fc7dd493caeb2fff1963e4a",
    ] {
      #expect(JobKey(bad) == nil)
    }
  }
}
