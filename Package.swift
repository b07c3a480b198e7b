// swift-tools-version: 6.2
import PackageDescription

/// The settings every Swift target is built with: Swift 6 mode, warnings are errors.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
  // Overlapping accesses are looked for in debug builds, which the tests are: in a release each use
  // of an object's property would pay for it.
  .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let package = Package(
  name: "wr",
  products: [
    .executable(name: "wr", targets: ["wr"]),
    // Loaded by tests into the processes that they kill.
    .library(name: "CrashPoints", type: .dynamic, targets: ["CrashPoints"]),
  ],
  targets: [
    .target(
      name: "CLinux",
      cSettings: [.treatAllWarnings(as: .error)]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),

    .target(name: "Jobs", swiftSettings: strict),
    .target(name: "Platform", dependencies: ["CLinux"], swiftSettings: strict),
    .target(name: "HTTP", dependencies: ["Platform", "COpenSSL"], swiftSettings: strict),
    .target(
      name: "Manager", dependencies: ["Jobs", "HTTP", "Platform", "CSQLite"],
      swiftSettings: strict),
    .target(name: "Runner", dependencies: ["Jobs", "HTTP", "Platform"], swiftSettings: strict),
    .target(
      name: "Web", dependencies: ["Jobs", "HTTP", "Manager", "Platform"], swiftSettings: strict),
    .executableTarget(
      name: "wr", dependencies: ["Jobs", "HTTP", "Manager", "Platform", "Runner", "Web"],
      swiftSettings: strict,
      // The program runs where no Swift is, and calls of the library need no detour.
      linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(configuration: .release))]),
    .executableTarget(
      name: "Benchmarks", dependencies: ["Jobs", "HTTP", "Platform", "CSQLite"],
      path: "Benchmarks", exclude: ["README.md", "results"],
      swiftSettings: strict),

    .target(
      name: "Support", dependencies: ["Jobs", "HTTP", "Platform"], path: "Tests/Support",
      swiftSettings: strict),
    .target(
      name: "CrashPoints", path: "Tests/CrashPoints",
      cSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(name: "JobsTests", dependencies: ["Jobs", "Support"], swiftSettings: strict),
    .testTarget(
      name: "PlatformTests", dependencies: ["Platform", "Support"], swiftSettings: strict),
    .testTarget(name: "HTTPTests", dependencies: ["HTTP", "Support"], swiftSettings: strict),
    .testTarget(
      name: "ManagerTests", dependencies: ["Manager", "Runner", "Support"], swiftSettings: strict),
    .testTarget(name: "RunnerTests", dependencies: ["Runner", "Support"], swiftSettings: strict),
    .testTarget(name: "WebTests", dependencies: ["Web", "Support"], swiftSettings: strict),
    .testTarget(
      name: "CommandLineTests",
      dependencies: ["wr", "Jobs", "Platform", "Runner", "Support", "Web"],
      swiftSettings: strict),
    .testTarget(
      name: "EndToEndTests", dependencies: ["wr", "HTTP", "Jobs", "Platform", "Support"],
      exclude: ["Golden"], swiftSettings: strict),
    .executableTarget(
      name: "StoreWriter", dependencies: ["Jobs", "Manager", "Platform"], path: "Tests/StoreWriter",
      swiftSettings: strict),
    .testTarget(
      name: "TortureTests",
      dependencies: ["wr", "HTTP", "Jobs", "Manager", "Platform", "StoreWriter", "Support"],
      swiftSettings: strict),
  ]
)
