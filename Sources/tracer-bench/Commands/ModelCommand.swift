// `tracer-bench model`: properties of the shipped ring source, edge mutants, and litmus files,
// explored under RC11.

import ArgumentParser
import Glibc
import Litmus
import ModelChecker
import TracerModels

struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Explores every execution that the C11 (RC11) memory model allows.",
    discussion: """
      Without files: the properties of the shipped ring source. With files: public litmus tests \
      in herd's C dialect, decided as they are; their verdicts are data, so the exit code is 0.

      A property that fails is exit code 3 and prints its counterexample and a replay string.
      "explored completely" and "bounded" are different words in every output.

      EXAMPLES
        tracer-bench model                               every property
        tracer-bench model --quick --jobs 2
        tracer-bench model --list
        tracer-bench model --property slots/order/2x3    one property (or all under a prefix)
        tracer-bench model --mutants                     each side of each edge weakened in turn
        tracer-bench model --property slots/order/2x3 --weaken ringPublish.acquiring
        tracer-bench model --property NAME --replay "0r1.3 1w2" --graph execution.svg
        tracer-bench model --shard 3/16 --format json    one part of a job array
        tracer-bench model SB.litmus MP.litmus --format json
      """)

  @Argument(help: "Litmus tests to decide.", completion: .file(extensions: ["litmus"]))
  var files: [String] = []

  @Flag(help: "List the properties and what each says.")
  var list = false

  @Option(help: "Only this property, or all whose names begin so (repeatable).")
  var property: [String] = []

  @Flag(help: "Weaken each side of each edge in turn; some property has to notice.")
  var mutants = false

  @Option(help: "Explore with this side of an edge weakened, as --mutants names it (repeatable).")
  var weaken: [String] = []

  @Flag(help: "The quick set: under a minute.")
  var quick = false

  @Option(parsing: .unconditional, help: "At most so many preemptions in one execution.")
  var preemptions: Int?

  @Option(parsing: .unconditional, help: "So many random executions instead of all.")
  var random: Int?

  @Option(
    parsing: .unconditional,
    help: "With --random: by random priorities (PCT) that find bugs of this depth.")
  var depth: Int?

  @Option(parsing: .unconditional, help: "Seed of --random; printed if drawn.")
  var seed: UInt64?

  @Option(help: "Run the one execution that a replay string names; needs one --property.")
  var replay: String?

  @Option(help: "With a failure or --replay: write its graph to this .svg or .dot file.")
  var graph: String?

  @Option(parsing: .unconditional, help: "Processes to spread the work over.")
  var jobs: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))

  @Option(help: "Only part i of n (from 1), as 3/16.")
  var shard: String?

  @Option(parsing: .unconditional, help: "Seconds for one property or file; then it is bounded.")
  var seconds: Double?

  @Option(parsing: .unconditional, help: "Rounds of a loop that are followed in a litmus file.")
  var loopRounds = LitmusLimits.defaultLoopRounds

  @Option(help: "table, json (a line each) or junit.")
  var format: ModelFormat = .table

  @Flag(help: "Exit with 4 if anything was bounded.")
  var strict = false

  func validate() throws {
    guard (1...256).contains(jobs) else { throw ValidationError("--jobs \(jobs): 1 to 256") }
    try LitmusFiles.check(loopRounds: loopRounds)
    if let preemptions, preemptions < 0 {
      throw ValidationError("--preemptions \(preemptions): 0 or more")
    }
    if let random, random < 1 { throw ValidationError("--random \(random): 1 or more") }
    if let depth, depth < 1 || random == nil {
      throw ValidationError("--depth \(depth): 1 or more, and only with --random")
    }
    if let seconds, !(seconds > 0) { throw ValidationError("--seconds \(seconds): more than 0") }
    if random != nil, preemptions != nil {
      throw ValidationError("--random and --preemptions exclude each other")
    }
    if !files.isEmpty, mutants || !property.isEmpty || list {
      throw ValidationError("files are decided by themselves: no --property, --mutants or --list")
    }
    _ = try shardBounds()
    _ = try selectedProperties()
    _ = try weakenings()
    if replay != nil, try selectedProperties().count != 1 {
      throw ValidationError("--replay needs --property with the full name of one property")
    }
  }

  func run() throws {
    if list { return printList() }
    let work = try makeWork()
    if let replay { return try show(replay) }
    let drawn = seed ?? UInt64.random(in: .min ... .max)
    if random != nil { StandardError.print("seed \(drawn)") }
    let runner = ModelRunner(
      options: try explorerOptions(seed: drawn), limits: LitmusLimits(loopRounds: loopRounds))
    let results = try runner.run(
      work, jobs: jobs, progress: Progress(isShown: format == .table && StandardError.isTerminal))
    print(ModelReport(results: results).text(format))
    if let graph, let failure = results.first(where: { $0.failed && $0.svg != nil }) {
      try TextFile.write(graph.hasSuffix(".dot") ? failure.dot! : failure.svg!, to: graph)
    }
    if results.contains(where: \.failed) { throw ExitCode(3) }
    if let lost = results.first(where: \.isLost) {
      throw BenchError.operation(lost.message ?? lost.test)
    }
    if let undecided = results.first(where: { $0.verdict == ModelResult.undecided }) {
      throw BenchError.usage(undecided.message ?? undecided.test)
    }
    if strict, results.contains(where: { !$0.complete }) { throw ExitCode(4) }
  }
}

/// How results of `model` are written.
enum ModelFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case junit
}

extension ModelCommand {
  /// The properties asked for: by full name, or all under a prefix.
  private func selectedProperties() throws -> [ModelProperty] {
    guard !property.isEmpty else { return ModelProperty.all.filter { !quick || $0.isQuick } }
    var selected: [ModelProperty] = []
    for name in property {
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
    let known = EdgeMutant.found(in: ModelProperty.all.filter(\.isQuick)).map(\.mutant)
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
  private func shardBounds() throws -> (index: Int, count: Int) {
    guard let shard else { return (0, 1) }
    let parts = shard.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], count >= 1,
      (1...count).contains(index)
    else { throw ValidationError("--shard \(shard): i/n with i from 1 to n") }
    return (index - 1, count)
  }

  private func explorerOptions(seed: UInt64) throws -> ExplorerOptions {
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

  private func makeWork() throws -> [ModelWork] {
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

  private func printList() {
    var table = TextTable(["property", "set", "says"])
    for property in ModelProperty.all {
      table.rows.append([property.name, property.isQuick ? "quick" : "full", property.summary])
    }
    print(table.plain(indent: ""))
  }

  private func show(_ text: String) throws {
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
