import HTTP
import Jobs
import Manager
import Platform

extension Command {
  static let managerStatus = Command(
    words: ["manager", "status"], summary: "tell whether the manager runs, and where"
  ) { arguments in
    let configuration = try Configuration.current(arguments)
    guard let manager = try RunningManager.find(configuration) else {
      print("stopped")
      return 0
    }
    guard let token = try Token.read(configuration.tokenFile) else {
      return Main.fail("\(configuration.tokenFile) holds no token, though a manager is running")
    }
    let mode = try manager.mode(configuration, token)
    print(
      """
      \(mode)

      Status website: https://\(configuration.certificateDomain):\(configuration.webPort)/?token=\
      \(token.text)
      Scheduler: \(configuration.scheduler)
      Version: \(Release.version)
      Host: \(MachineFacts.hostName); PID: \(manager.pid)
      Log file: \(configuration.logFile)
      """)
    return 0
  }
}
