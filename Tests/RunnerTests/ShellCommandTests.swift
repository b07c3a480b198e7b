import Jobs
import Testing

@testable import Runner

struct ShellCommandTests {
  @Test func aCommandIsGivenToTheShellAsItIs() {
    let command = ShellCommand(of: JobSpec(cmd: "echo 'a'  \"$X\"|cat"), shell: "bash")
    #expect(command.arguments == ["bash", "-c", "echo 'a'  \"$X\"|cat"])
    #expect(command.input == nil)
  }

  @Test func aPipeWithBlanksFailsWithAnyOfItsParts() {
    let command = ShellCommand(of: JobSpec(cmd: "false | true"), shell: "/bin/zsh")
    #expect(command.arguments == ["/bin/zsh", "-c", "set -o pipefail; false | true"])
    #expect(ShellCommand(of: JobSpec(cmd: "a || b"), shell: "b").arguments[2] == "a || b")
  }

  @Test func modulesAreLoadedFirst() {
    let command = ShellCommand(
      of: JobSpec(cmd: "a | b", modules: ["gcc/1", "it's"]), shell: "bash")
    #expect(
      command.arguments[2]
        == "set -o pipefail; module load --force gcc/1 'it'\\''s'; test $? != 127 || exit 127; a | b"
    )
  }

  @Test func aGroupsShellReadsTheCommand() {
    let command = ShellCommand(of: JobSpec(cmd: "id", unixGroup: "staff"), shell: "bash")
    #expect(command.arguments == ["newgrp", "staff"])
    #expect(command.input == "id\n")
  }

  private func contained(_ spec: JobSpec) -> String {
    ShellCommand(
      of: spec, shell: "bash",
      container: ContainerCommand(
        file: "/state/command.7", key: JobKey("58cef10e7a340c3b7fa09ea304a3cb98")!)
    ).arguments[2]
  }

  @Test func aDockerContainerReadsTheCommandFromAFile() {
    #expect(
      contained(JobSpec(cmd: "secret", withDocker: "alpine:3", withSingularity: "x"))
        == "set -o pipefail; cat /state/command.7 | docker run --rm "
        + "--name 58cef10e7a340c3b7fa09ea304a3cb98 -w \"$PWD\" "
        + "--mount \"type=bind,source=$PWD,target=$PWD\" -i alpine:3 /bin/sh")
  }

  @Test func aDockerContainerGetsMountsAndTheNamesOfVariables() {
    let text = contained(
      JobSpec(
        cmd: "secret", modules: ["m 1"], withDocker: "image;", containerMounts: "/a b:/in,/out",
        environment: ["A=1", "B=secret", "A=2", "nameless", "=x", "C$=3"]))
    #expect(
      text.hasPrefix(
        "set -o pipefail; module load --force 'm 1'; test $? != 127 || exit 127; "
          + "cat /state/command.7 | docker "))
    #expect(
      text.hasSuffix(
        " --mount 'type=bind,source=/a b,target=/in' --mount type=bind,source=/out,target=/out"
          + " -e A -e B -e 'C$' -i 'image;' /bin/sh"))
    #expect(!text.contains("secret"))
  }

  @Test func aSingularityContainerReadsTheCommandFromAFile() {
    #expect(
      contained(JobSpec(cmd: "x", withSingularity: "an image"))
        == "set -o pipefail; cat /state/command.7 | singularity shell 'an image'")
    #expect(
      contained(JobSpec(cmd: "x", withSingularity: "i", containerMounts: "/o:/i,/p"))
        == "set -o pipefail; cat /state/command.7 | singularity shell -B /o:/i -B /p:/p i")
  }

  @Test func aGroupsShellStartsTheContainer() {
    let command = ShellCommand(
      of: JobSpec(cmd: "x", unixGroup: "staff", withSingularity: "i"), shell: "bash",
      container: ContainerCommand(file: "f", key: JobKey(low: 1, high: 2)))
    #expect(command.arguments == ["newgrp", "staff"])
    #expect(command.input == "set -o pipefail; cat f | singularity shell i\n")
  }

  @Test(arguments: [
    ("", "''"), ("a b", "'a b'"), ("a'b", "'a'\\''b'"), ("é", "'é'"), ("a-/.:1", "a-/.:1"),
  ])
  func onlyWhatNeedsQuotesGetsThem(_ example: (String, String)) {
    #expect(ShellWord.quoted(example.0) == example.1)
  }

  @Test func behavioursAlwaysRunInBash() {
    #expect(
      ShellCommand(behaviour: "a | b").arguments == ["/bin/bash", "-c", "set -o pipefail; a | b"])
  }
}
