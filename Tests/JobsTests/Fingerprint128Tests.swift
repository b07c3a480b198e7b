import Testing

@testable import Jobs

/// The vectors of behaviour.md §3.4: lengths, and the hashes of patterns A and B.
private let rawVectors: [(length: Int, a: String, b: String)] = [
  (0, "3df09dfc64c09a2b3cb540c392e51e29", "3df09dfc64c09a2b3cb540c392e51e29"),
  (1, "6e97d6bbdfc0a0c452a71e38f43be561", "4e790cf9d65d69f9ec44f6870f0c779a"),
  (3, "3980b2afd2126c04a085f09013029e45", "add84b157895990d5f2b6684ddf1558e"),
  (4, "b8d7175e11647e820906d778016538d9", "433971b579e7553fcbdcae9279e8c05a"),
  (5, "940fcbbc468d384ff7776b2eaa1583e1", "ef3668c150012eece3cb1f3f3ab9643b"),
  (8, "60f2a826d4d614ef56f19716a4032fcb", "5488788b02192ce604f11aa2377e09ce"),
  (15, "9022b88bb489a83b48cd9c197d51c763", "527464a5d6763187b06b4aef76dba14b"),
  (16, "43c9d056b7071affacb1d53a406594f3", "2d2cabe1866996391483444197d80b51"),
  (17, "2fce242bec10261ee1a046b294d61ad0", "65daaab4066714341133848ad55b7e28"),
  (24, "c1a0e31a1c1922410862daf7e5240f16", "f34cad9da35d58076c70ea848ed65230"),
  (32, "6751fa0b6226db43efdc5af41c1e82cd", "2e7084c66b496d2170c7a8c6dfda37f1"),
  (33, "5954ab74c0925de7d8db236466ea015e", "000e6231c59d57c9dd7bc7669361e16e"),
  (48, "25658984b4fb00b969a3a638bff09288", "b2be68b8ec4bef0fdf2867fb34de4d71"),
  (127, "0047a38881515727b0f36b7e41021406", "428fb4f9e24908d161e6d23078b7ac2d"),
  (128, "f5d9f911516c17166046aef7d7f78cad", "987f34a745925167d7e962fbe3832fa2"),
  (129, "4cc4a01cbd028a7f5f04959f8442f0e6", "1b234b36ef05f14518edd1dfa71d848e"),
  (143, "6066758efd6e09039b17de5f24f2b5b9", "559af9fa52171a01e669f284a5e352cc"),
  (144, "4b0e1b60ce269858abab0e1d937a6a43", "11a3eb8dc4c0134ecda5dffa39190336"),
  (145, "13995fbbf7c6969707dd53d3537ee3c8", "c627706f2015dba23a61e7e721e6fc7f"),
  (200, "ee376c434add52252a7c9529881e47a0", "041b130aac352f975ecd9df9c773c308"),
  (272, "588b2d30ffd4afbf279b0aaaedbdd57c", "a4228ed8ce150a1e40ffb4310e625e8b"),
  (273, "313c3fc35ebbb34f923954aa237f8812", "a21d691464ee7ea8184846807a9e2133"),
  (1000, "103623570a9df4c4de4e71dcb068efce", "6f4cfbf12b8ccd99d0d8832699c664bd"),
]

/// The vectors of behaviour.md §3.3 (hashed texts) and §3.4 (patterns of bytes).
@Suite struct Fingerprint128Tests {
  @Test(arguments: [
    ("sleep 5.", "ea4266bc0fc7dd493caeb2fff1963e4a"),
    ("sleep 5 && echo mymsg && false.", "58cef10e7a340c3b7fa09ea304a3cb98"),
    ("echo 1 && true.", "de6d167c58701e55f5b9f9e1e91d7807"),
    ("echo 2 && true.", "f5c0d6240167a6e0b803e23f74e3a085"),
    ("/tmp.echo 3 && false.", "db1e7d99becace3306c1c2470331c78e"),
    ("echo defaults./tmp/wr_mnt:default-mybucket/subdir;", "b17c665295e0a3fcf2e07c6d7ad6ddd4"),
    ("echo 1.", "9a456dee1e351f82e3d562769c27d803"),
    ("echo 2.", "2bb7055e49e21ea85066899a5ba38d8e"),
    ("a.", "4d846ed67258e4c39a4840eea4d851dd"),
    ("cwd/1.a.", "05555567897fdfbd3d83cbe37a533712"),
    ("a.mnt:default-path;", "a95a914ccb411f268502f5bff81bdfca"),
    ("cwd/1.a.mnt:default-path;", "e496fa460912bdd24d854d44ee540fd9"),
    ("a..docker:alpine.", "ae87ca2898ee15157db9804718368723"),
    ("cwd/1.a..docker:alpine.", "7c1d8eb670b811be0556de67da115e0a"),
    ("a..docker:alpine./out:/in", "2547e3f2bcadaf437828a51fa7301145"),
    ("cwd/1.a..docker:alpine./out:/in", "f28a8cbf3dd1151d37258c66e3033b7e"),
    ("a..singularity:alpine.", "c5ea91079a8270931c3627ff56859482"),
    ("sleep 0.1 && true.", "74727e23009c78b126f274aa64416f30"),
    ("sleep 5", "abfc796e7cde9a0c6f144dad712ee9bf"),
    ("/tmp.sleep 5.", "6476fb124d83d84505015403071885a5"),
  ])
  func hashedTextsGiveTheDocumentedKeys(text: String, key: String) {
    #expect(self.key(Array(text.utf8)).description == key)
  }

  @Test(arguments: rawVectors)
  func bytesHashToTheDocumentedWords(length: Int, a: String, b: String) {
    let letters = (0..<length).map { UInt8(ascii: "a") + UInt8($0 % 26) }
    let counting = (0..<length).map { UInt8($0 % 256) }
    #expect(key(letters).description == a)
    #expect(key(counting).description == b)
  }

  @Test func allLengthsUpToAThousandHashDifferently() {
    let bytes = [UInt8](repeating: 0, count: 1000)
    let keys = Set((0...1000).map { key(Array(bytes.prefix($0))) })
    #expect(keys.count == 1001)
  }

  @Test func textAndBytesHashAlike() {
    for text in ["", "é", String(repeating: "ü🙂", count: 100)] {
      #expect(Fingerprint128.hash(text) == Fingerprint128.hash(Array(text.utf8)))
    }
  }

  private func key(_ bytes: [UInt8]) -> JobKey {
    let (low, high) = Fingerprint128.hash(bytes)
    return JobKey(low: low, high: high)
  }
}
