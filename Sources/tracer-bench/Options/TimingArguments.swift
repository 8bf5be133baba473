// Options that say how long and how often, and where the two sides run.

import ArgumentParser

struct TimingArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "Seconds of measuring, over all cases together.")
  var duration: Double?

  @Option(parsing: .unconditional, help: "Times to start all processes afresh (1 to 64).")
  var launches: Int?

  @Option(parsing: .unconditional, help: "Seed of what is random; printed, so that it replays.")
  var seed: UInt64?

  /// One hour: longer runs are many runs.
  static let maximumDuration = 3600.0
  /// As many as the sequential test ever looks at.
  static let maximumLaunches = 64

  func validate() throws {
    if let duration {
      guard duration > 0, duration <= TimingArguments.maximumDuration else {
        throw ValidationError("--duration \(duration): above 0, at most 3600 seconds")
      }
    }
    if let launches {
      guard (1...TimingArguments.maximumLaunches).contains(launches) else {
        throw ValidationError("--launches \(launches): 1 to \(TimingArguments.maximumLaunches)")
      }
    }
  }
}

struct PlacementArguments: ParsableArguments {
  @Option(parsing: .unconditional, help: "CPU of the producer. Default: the first one allowed.")
  var cpuProducer: Int?

  @Option(parsing: .unconditional, help: "CPU of the consumer. Default: the second one allowed.")
  var cpuConsumer: Int?
}
