import Jobs

/// The container that belongs to a job, beside the processes that the runner host started itself
/// (behaviour.md §6.7).
extension RunnerActor {
  func endContainer() async {
    guard let container else { return }
    do throws(EngineError) {
      try await container.kill()
    } catch {
      log.error("attempt \(order.attempt): its container cannot be ended: \(error)")
    }
  }

  /// - Throws: `NotStarted` if the job has a container and the engine cannot be asked.
  func containerWatch() async throws(NotStarted) -> ContainerWatch? {
    do throws(EngineError) {
      return try await ContainerWatch.begin(of: order, workbench: workbench, reactor: reactor)
    } catch {
      throw NotStarted(.bury(.docker), error.description)
    }
  }

  /// Measures the container at each sample; trouble is logged when it is new.
  func watch(_ container: ContainerWatch) async {
    var trouble: EngineError?
    while await containerDue.wait(until: nil) == .ready, isSupervising {
      do throws(EngineError) {
        try await container.sample()
        trouble = nil
      } catch {
        if error != trouble {
          log.warning("attempt \(order.attempt): its container cannot be measured: \(error)")
        }
        trouble = error
      }
      var memory = usage?.memory
      memory?.record(whole: await container.peak)
      if memory?.mustKill == true, isSupervising { kill(for: .memory) }
    }
  }

  /// Ends what the predecessor's command left running in a container.
  func endLeftContainer() async {
    do throws(EngineError) {
      try await ContainerWatch.endLeft(of: order, workbench: workbench, reactor: reactor)
    } catch {
      log.error("attempt \(order.attempt): its container may still run: \(error)")
    }
  }
}
