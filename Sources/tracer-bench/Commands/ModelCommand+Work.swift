// What `tracer-bench model` is asked to do: which options go together, which properties, mutants or
// files, and how they are explored.

import ArgumentParser
import Litmus
import ModelChecker
import TracerModels

extension ModelCommand {
  /// An option that the kind of run asked for has no use for is a mistake, not to be passed over.
  func refuseWhatWouldBeIgnored() throws {
    let given: [(name: String, isGiven: Bool)] = [
      ("files", !files.isEmpty), ("--speed", speed), ("--list", list), ("--replay", replay != nil),
      ("--mutants", mutants), ("--property", !property.isEmpty), ("--quick", quick),
      ("--weaken", !weaken.isEmpty), ("--preemptions", preemptions != nil),
      ("--random", random != nil), ("--seed", seed != nil), ("--graph", graph != nil),
      ("--shard", shard != nil), ("--seconds", seconds != nil), ("--format", format != .table),
      ("--strict", strict), ("--loop-rounds", loopRounds != LitmusLimits.defaultLoopRounds),
    ]
    func refuse(_ names: Set<String>, beside kind: String) throws {
      for option in given where option.isGiven && names.contains(option.name) {
        throw ValidationError("\(option.name) has no meaning beside \(kind)")
      }
    }
    let all = Set(given.map(\.name))
    if speed { try refuse(all.subtracting(["--speed"]), beside: "--speed") }
    if list { try refuse(all.subtracting(["--list", "--property", "--quick"]), beside: "--list") }
    if replay != nil {
      let meant: Set<String> = ["--replay", "--property", "--weaken", "--graph"]
      try refuse(all.subtracting(meant), beside: "--replay")
    }
    if !files.isEmpty {
      try refuse(
        ["--mutants", "--property", "--quick", "--weaken", "--graph"], beside: "litmus tests")
    }
    if files.isEmpty { try refuse(["--loop-rounds"], beside: "anything but litmus tests") }
    if mutants { try refuse(["--graph"], beside: "--mutants") }
    if random == nil { try refuse(["--seed"], beside: "anything but --random") }
    if splitsSpace, random != nil || preemptions != nil {
      try refuse(["--shard"], beside: "--random or --preemptions, whose executions are no parts")
    }
  }

  /// The properties asked for: by full name, or all under a prefix.
  func selectedProperties() throws -> [ModelProperty] {
    guard !property.isEmpty else { return ModelProperty.all.filter { !quick || $0.isQuick } }
    var selected: [ModelProperty] = []
    for name in property {
      guard !name.isEmpty else { throw ValidationError("--property: the name is empty") }
      let exact = ModelProperty.all.filter { $0.name == name }
      let found = exact.isEmpty ? ModelProperty.all.filter { $0.name.hasPrefix(name) } : exact
      guard !found.isEmpty else {
        throw ValidationError("--property \(name): no such property (tracer-bench model --list)")
      }
      selected += found.filter { !quick || $0.isQuick || found.count == 1 }
    }
    return selected
  }

  private func weakenings() throws -> [EdgeMutant] {
    guard !weaken.isEmpty else { return [] }
    let known = EdgeMutant.found(in: ModelProperty.all).map(\.mutant)
    return try weaken.map { name in
      guard let mutant = known.first(where: { $0.name == name }) else {
        throw ValidationError(
          "--weaken \(name): none of " + known.map(\.name).joined(separator: ", "))
      }
      return mutant
    }
  }

  /// Properties are split execution by execution; files and mutants by the piece.
  private var splitsSpace: Bool { files.isEmpty && !mutants }

  /// Part i of n, from zero.
  func shardBounds() throws -> (index: Int, count: Int) {
    guard let shard else { return (0, 1) }
    let parts = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1,
      (1...count).contains(index)
    else { throw ValidationError("--shard \(shard): i/n with i from 1 to n") }
    return (index - 1, count)
  }

  func explorerOptions(seed: UInt64) throws -> ExplorerOptions {
    var options = ExplorerOptions()
    if let seconds { options.maximumSeconds = seconds }
    options.weakenings = try weakenings().map(\.weakening)
    if let random {
      options.mode =
        depth.map { .priorities(executions: random, depth: $0, seed: seed) }
        ?? .random(executions: random, seed: seed)
    }
    if let preemptions { options.mode = .preemptions(preemptions) }
    if splitsSpace {
      let bounds = try shardBounds()
      options.shard = Shard(index: bounds.index, count: bounds.count)
    }
    return options
  }

  func makeWork() throws -> [ModelWork] {
    let bounds = try shardBounds()
    let all: [ModelWork] =
      if !files.isEmpty {
        try LitmusFiles.load(files).map { .litmus($0) }
      } else if mutants {
        EdgeMutant.found(in: try selectedProperties()).map { .mutant($0.mutant, $0.properties) }
      } else {
        try selectedProperties().map { .property($0) }
      }
    guard !splitsSpace else { return all }
    return all.enumerated().filter { $0.offset % bounds.count == bounds.index }.map(\.element)
  }

  func printList() throws {
    var table = TextTable(["property", "set", "says"])
    for property in try selectedProperties() {
      table.rows.append([property.name, property.isQuick ? "quick" : "full", property.summary])
    }
    print(table.plain(indent: ""))
  }

  func show(_ text: String) throws {
    let property = try selectedProperties()[0]
    let explorer = Explorer(try explorerOptions(seed: 0))
    do {
      let (report, execution) = try explorer.replay(text, of: property.program())
      let names = TraceNames(edges: modelledEdges)
      print(execution.trace(names))
      if let graph {
        try TextFile.write(
          graph.hasSuffix(".dot") ? execution.dot(names) : execution.svg(names), to: graph)
      }
      guard let failure = report.firstFailure else { return print("the execution passes") }
      print("\(failure.kind.rawValue): \(failure.message)")
      throw ExitCode(3)
    } catch let mismatch as ReplayMismatch {
      throw BenchError.usage("--replay: \(mismatch)")
    }
  }
}
