// What this program is: version, build configuration, compiler.

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

  /// Said at the top of every measuring command of a debug build.
  static let debugWarning =
    "DEBUG BUILD: the figures below are not performance (use: swift run -c release tracer-bench)"
}
