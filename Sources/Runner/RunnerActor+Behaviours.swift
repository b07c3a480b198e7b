import Jobs
import Platform

/// What is done once a command has ended (behaviour.md §7.2).
extension RunnerActor {
  /// Runs the behaviours; what fails is logged and changes nothing (behaviour.md §7.2).
  func behave(_ steps: [BehaviourPlan.Step]) async {
    guard !steps.isEmpty else { return }
    // Cleaning up can be done twice, so it is not noted that it begins.
    if steps.contains(where: { $0 != .cleanUp }) {
      do throws(RunnerError) {
        try await workbench.noteBehaving()
      } catch {
        log.error("attempt \(order.attempt): its behaviours cannot be noted: \(error)")
      }
    }
    // The order that ended the command is obeyed; a new one ends a behaviour.
    mustKill = false
    for step in steps {
      switch step {
      case .run(let text): await run(behaviour: text)
      case .cleanUp:
        do throws(RunnerError) {
          try await workbench.cleanUp()
        } catch {
          log.error("attempt \(order.attempt): cleanup behaviour failed: \(error)")
        }
      }
    }
  }

  func run(behaviour text: String) async {
    do throws(SystemError) {
      let launched = try await workbench.launch(behaviour: text)
      let clock = launched.clock
      let command = RunningCommand(launched, reactor: reactor)
      await sampler.add(other: command.pid)
      let root = await workbench.root(of: command.pid)
      await supervise(command, root: root, gauge: nil)
      // The result is on disk already, and without what a behaviour has used.
      let ending = await ending(of: command, root: root, clock: clock, measuring: false)
      await sampler.remove(other: command.pid)
      tell(ending.remains)
      let exit = Exit(ending.process)
      guard exit != .code(0) else { return }
      let output = ending.output.finish()
      log.error(
        "attempt \(order.attempt): run behaviour failed: \(exit.words)\n"
          + "\(output.stdout)\n\(output.stderr)")
    } catch {
      log.error("attempt \(order.attempt): run behaviour failed: \(error)")
    }
  }
}
