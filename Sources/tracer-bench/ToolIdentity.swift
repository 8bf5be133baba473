// What this program is: version, build configuration, compiler, commit.

import Glibc

enum ToolIdentity {
  /// The version of the tool; the schema of its documents is versioned by itself.
  static let version = "0.1.0"

  /// Whether the optimiser was on: `assert` is evaluated in debug builds only.
  static let isDebugBuild: Bool = {
    var evaluated = false
    assert(
      {
        evaluated = true; return true
      }())
    return evaluated
  }()

  /// `debug` or `release`.
  static var configuration: String { isDebugBuild ? "debug" : "release" }

  static var compiler: String {
    #if compiler(>=6.4)
      "Swift 6.4 or later"
    #elseif compiler(>=6.3)
      "Swift 6.3"
    #else
      "Swift 6.2 or earlier"
    #endif
  }

  static var versionText: String { "tracer-bench \(version) (\(configuration), \(compiler))" }

  /// The commit of the source, as `scripts/bench` passes it, or as the working folder says.
  static let commit: String? = {
    if let passed = getenv("TRACER_BENCH_COMMIT") { return String(cString: passed) }
    guard let head = TextFile.read(".git/HEAD")?.split(separator: "\n").first else { return nil }
    guard head.hasPrefix("ref: ") else { return String(head) }
    return TextFile.read(".git/" + head.dropFirst(5))?.split(separator: "\n").first.map(String.init)
  }()

  /// Whether the source had changes beyond the commit; `nil` where nobody said.
  static let isDirty: Bool? = getenv("TRACER_BENCH_DIRTY").map { String(cString: $0) == "1" }

  /// Said at the top of every measuring command of a debug build.
  static let debugWarning =
    "DEBUG BUILD: the figures below are not performance (use: swift run -c release tracer-bench)"
}
