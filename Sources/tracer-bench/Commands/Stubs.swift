// This file makes the commands exist; each command's own file replaces its part.

import ArgumentParser

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Checks and measures everything, side by side, under 90 s.")
  @OptionGroup var region: RegionOptions
  @OptionGroup var rings: RingOptions
  @OptionGroup var timing: TimingOptions
  @OptionGroup var placement: PlacementOptions
  @OptionGroup var output: OutputOptions
}
struct ThroughputCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "throughput", abstract: "Messages per second, and as a share of the limit.")
  @OptionGroup var region: RegionOptions
  @OptionGroup var rings: RingOptions
  @OptionGroup var timing: TimingOptions
  @OptionGroup var placement: PlacementOptions
  @OptionGroup var output: OutputOptions
}
struct LatencyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "latency", abstract: "Round trips, closed loop and at a fixed rate.")
  @OptionGroup var region: RegionOptions
}
struct StressCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stress", abstract: "Pairs of processes, random stops and bursts, all checked.")
}
struct EnvironmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env", abstract: "What this machine is, as far as figures depend on it.")
}
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "What can be measured.")
}
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Two result documents, case by case.")
}
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "What stands in a region file.")
}
