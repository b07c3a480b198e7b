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
        == "set -o pipefail; module load --force 'gcc/1' 'it'\\''s'; a | b")
  }

  @Test func aGroupsShellReadsTheCommand() {
    let command = ShellCommand(of: JobSpec(cmd: "id", unixGroup: "staff"), shell: "bash")
    #expect(command.arguments == ["newgrp", "staff"])
    #expect(command.input == "id\n")
  }

  @Test func behavioursAlwaysRunInBash() {
    #expect(
      ShellCommand(behaviour: "a | b").arguments == ["/bin/bash", "-c", "set -o pipefail; a | b"])
  }
}
