extension Command {
  static let version = Command(words: ["version"], summary: "show the version of wr") { _ in
    print(Release.version)
    return 0
  }
}
