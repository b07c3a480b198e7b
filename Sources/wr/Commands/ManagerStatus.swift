import HTTP
import Jobs
import Manager
import Platform

extension Command {
  static let managerStatus = Command(
    words: ["manager", "status"], summary: "tell whether the manager runs, and where",
    options: [Option.json]
  ) { arguments in
    let configuration = try Configuration.current(arguments)
    guard let manager = try RunningManager.find(configuration) else {
      if arguments.has("json") {
        emitJSON { $0.member("Mode", "stopped") }
      } else {
        print("stopped")
      }
      return 0
    }
    guard let token = try Token.read(configuration.tokenFile) else {
      return Main.fail("\(configuration.tokenFile) holds no token, though a manager is running")
    }
    let mode = try manager.mode(configuration, token)
    let site = "https://\(configuration.certificateDomain):\(configuration.webPort)/?token="
    if arguments.has("json") {
      emitJSON { json in
        json.member("Mode", mode)
        json.member("Website", site + token.text)
        json.member("Scheduler", configuration.scheduler)
        json.member("Version", Release.version)
        json.member("Host", MachineFacts.hostName)
        json.member("PID", Int(manager.pid))
        json.member("LogFile", configuration.logFile)
      }
      return 0
    }
    print(
      """
      \(mode)

      Status website: \(site)\(token.text)
      Scheduler: \(configuration.scheduler)
      Version: \(Release.version)
      Host: \(MachineFacts.hostName); PID: \(manager.pid)
      Log file: \(configuration.logFile)
      """)
    return 0
  }
}
