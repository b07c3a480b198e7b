import Jobs
import Testing

@testable import Web

/// What URL parameters say of all jobs of a request.
@Suite struct JobDefaultsTests {
  @Test func everyPropertyCanHaveADefault() throws {
    let parameters: [(name: String, value: String)] = [
      ("cmd", "ignored"), ("cwd", "/c"), ("cwd_matters", "true"), ("change_home", "true"),
      ("rep_grp", "r,s"), ("req_grp", "q"), ("group", "g"), ("memory", "3G"), ("time", "4m"),
      ("cpus", "0.5"), ("disk", "0"), ("override", "1"), ("priority", "2"), ("retries", "3"),
      ("no_retry_over_walltime", "5m"), ("limit_grps", "l,k"), ("modules", "m,n"),
      ("dep_grps", "d,e"), ("deps", "x,,y"), ("env", "A=1,B=2"),
      ("on_failure", #"[{"run":"a + b %41"}]"#), ("on_success", #"[{"cleanup":true}]"#),
      ("on_exit", #"[{"cleanup_all":true}]"#),
      ("mounts", #"[{"Mount":"/m","Targets":[{"Path":"p"}]}]"#), ("monitor_docker", "?"),
      ("with_docker", "i"), ("with_singularity", "s"), ("container_mounts", "/a"),
      ("bsub_mode", "b"), ("cloud_os", "o"), ("cloud_username", "u"), ("cloud_flavor", "o1.tiny"),
      ("cloud_script", "/s"), ("cloud_config_files", "c"), ("cloud_ram", "5"),
      ("cloud_shared", "true"), ("queue", "qu"), ("queues_avoid", "qa"), ("misc", "mi"),
      ("reserve_timeout", "7"), ("rerun", "true"),
    ]
    let document = try readJobs(#"[{"cmd":"a"}]"#, parameters, files: ["/s": "script"])
    #expect(document.rerun == [true])
    #expect(
      document.specs == [
        JobSpec(
          cmd: "a", cwd: "/c", cwdMatters: true, changeHome: true, repGroup: "r,s", reqGroup: "q",
          unixGroup: "g",
          requirements: Requirements(
            memory: 3072, time: .seconds(240), cores: Cores(thousandths: 500), diskIsSet: true,
            other: [
              "cloud_os": "o", "cloud_user": "u", "cloud_flavor": "o1.tiny",
              "cloud_script": "script", "cloud_config_files": "c", "cloud_os_ram": "5",
              "cloud_shared": "true", "scheduler_queue": "qu", "scheduler_queues_avoid": "qa",
              "scheduler_misc": "mi", "rtimeout": "7",
            ]),
          override: 1, priority: 2, retries: 3, noRetryOverWalltime: .seconds(300),
          limitGroups: ["k", "l"], modules: ["m", "n"], depGroups: ["d", "e"],
          dependencies: [.group("x"), .group("y")],
          behaviours: [
            Behaviour(on: .failure, .run("a + b %41")), Behaviour(on: .success, .cleanup),
            Behaviour(on: .exit, .cleanupAll),
          ],
          mounts: [Mount(mount: "/m", targets: [.init(path: "p")])], monitorDocker: "?",
          withDocker: "i", withSingularity: "s", containerMounts: "/a", bsubMode: "b",
          environment: ["A=1", "B=2"])
      ])
  }

  @Test func whatAJobSaysBeatsTheDefaults() throws {
    let spec = try readJob(
      #"{"cmd":"a","cwd":"/own","cpus":1,"deps":["own"],"env":["OWN=1"],"on_exit":[{"run":"own"}],"#
        + #""cloud_os":"own","disk":2,"cwd_matters":false}"#,
      [
        ("cwd", "/d"), ("cpus", "2"), ("deps", "d"), ("env", "D=1"), ("on_exit", "[{}]"),
        ("on_failure", #"[{"run":"d"}]"#), ("cloud_os", "d"), ("disk", "9"),
        ("cwd_matters", "true"), ("queue", "d"),
      ])
    #expect((spec.cwd, spec.requirements.cores, spec.requirements.diskGigabytes) == ("/own", 1, 2))
    #expect(spec.dependencies == [.group("own")])
    #expect(spec.environment == ["OWN=1"])
    #expect(
      spec.behaviours == [Behaviour(on: .failure, .run("d")), Behaviour(on: .exit, .run("own"))])
    #expect(spec.requirements.other == ["cloud_os": "own", "scheduler_queue": "d"])
    // A true default cannot be turned off.
    #expect(spec.cwdMatters)
  }

  @Test func commandDependenciesKeepDefaultDependenciesAwayToo() throws {
    let spec = try readJob(#"{"cmd":"a","cmd_deps":[{"cmd":"b"}]}"#, [("deps", "d")])
    #expect(spec.dependencies == [.command(cmd: "b", cwd: nil)])
  }

  @Test func nothingAsADefaultMeansTheUsual() throws {
    let spec = try readJob(#"{"cmd":"a"}"#, [("memory", "0M"), ("time", "0s"), ("cloud_ram", "0")])
    #expect(spec.requirements == Requirements())
  }

  @Test(arguments: [
    ("cpus", "x"), ("cpus", "-1"), ("cpus", "1e400"), ("cpus", "nan"), ("disk", "x"),
    ("disk", "-1"), ("disk", "1.5"), ("override", "3"), ("priority", "256"), ("retries", "-1"),
    ("retries", "99999999999999999999"), ("cloud_ram", "much"), ("reserve_timeout", "x"),
    ("memory", "5"), ("time", "5"), ("no_retry_over_walltime", "5d"), ("mounts", "x"),
    ("on_exit", "[{]"), ("on_exit", "[] []"), ("on_failure", "{}"), ("limit_grps", "a~b"),
    ("cwd", "/\0"),
  ])
  func aDefaultThatCannotBeIsRefused(name: String, value: String) {
    let sentence = refusal(of: #"[{"cmd":"a"}]"#, [(name, value)])
    #expect(!sentence.isEmpty)
  }

  @Test func aDefaultOutOfRangeIsRefusedInTheKnownWords() {
    #expect(
      refusal(of: #"[{"cmd":"a"}]"#, [("retries", "256")])
        .contains("retries value (256) is not in the range 0..255"))
    #expect(
      refusal(of: "[]", [("memory", "5")]).contains("byte quantity must be a positive integer"))
  }

  @Test func rerunIsOfTheJobOrOfTheWholeRequest() throws {
    let body = #"[{"cmd":"a"},{"cmd":"b","rerun":true},{"cmd":"c","rerun":false}]"#
    #expect(try readJobs(body).rerun == [false, true, false])
    #expect(try readJobs(body, [("rerun", "true")]).rerun == [true, true, true])
  }

  @Test func theJobsOfNextflowAreRead() throws {
    let spec = try readJob(
      #"{"cmd":"/bin/bash /w/.command.run","cwd":"/w","cwd_matters":true,"rep_grp":"[nextflow] p","#
        + #""req_grp":"[nextflow] p","override":0,"retries":0,"rerun":true,"cpus":1,"memory":"","#
        + #""time":"","disk":0,"mounts":[],"on_exit":[{"cleanup":true}],"limit_grps":[]}"#)
    #expect(
      spec
        == JobSpec(
          cmd: "/bin/bash /w/.command.run", cwd: "/w", cwdMatters: true,
          repGroup: "[nextflow] p", reqGroup: "[nextflow] p",
          requirements: Requirements(cores: 1, diskIsSet: true),
          behaviours: [Behaviour(on: .exit, .cleanup)]))
  }
}
