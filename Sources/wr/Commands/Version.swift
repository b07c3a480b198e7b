import Jobs

extension Command {
  static let version = Command(
    words: ["version"], summary: "show the version of wr", options: [Option.json]
  ) { arguments in
    if arguments.has("json") {
      emitJSON { $0.member("Version", Release.version) }
    } else {
      print(Release.version)
    }
    return 0
  }
}
