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
        tracer-bench model --speed                       executions a second, memory by length
      """)

  @Argument(help: "Litmus tests to decide.", completion: .file(extensions: ["litmus"]))
  var files: [String] = []

  @Flag(help: "List the properties and what each says; --property and --quick choose.")
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

  @Option(help: "With a failure or --replay: write its graph to this file, .svg or .dot.")
  var graph: String?

  @Flag(help: "Run the checker's yardstick: its speed, and its memory by length.")
  var speed = false

  @Option(
    parsing: .unconditional,
    help: "Processes to spread the work over; each explores a part of every property.")
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
    if let graph, !graph.hasSuffix(".svg"), !graph.hasSuffix(".dot") {
      throw ValidationError("--graph \(graph): a name that ends in .svg or .dot")
    }
    try refuseWhatWouldBeIgnored()
    _ = try shardBounds()
    _ = try selectedProperties()
    if replay != nil, try selectedProperties().count != 1 {
      throw ValidationError("--replay needs --property with the full name of one property")
    }
  }

  func run() throws {
    if speed { return try ModelSpeed.run() }
    if list { return try printList() }
    if let replay { return try show(replay) }
    let work = try makeWork()
    let drawn = seed ?? UInt64.random(in: .min ... .max)
    if random != nil { StandardError.print("seed \(drawn)") }
    let runner = ModelRunner(
      options: try explorerOptions(seed: drawn), limits: LitmusLimits(loopRounds: loopRounds))
    let progress = Progress(isShown: format == .table && StandardError.isTerminal)
    var report = ModelReport(format, names: work.map(\.name))
    var drawing: String?
    var undone: BenchError?
    try report.begin()
    try runner.run(work, jobs: jobs, progress: progress) { result throws(BenchError) in
      try report.add(result)
      undone = undone ?? result.reasonUndone
      if result.failed, drawing == nil {
        drawing = graph?.hasSuffix(".dot") == true ? result.dot : result.svg
      }
    }
    try report.end()
    if let graph {
      if let drawing {
        try TextFile.write(drawing, to: graph)
      } else {
        StandardError.print("nothing failed: no graph in \(graph)")
      }
    }
    if report.failed > 0 { throw ExitCode(3) }
    if let undone { throw undone }
    if strict, report.bounded > 0 { throw ExitCode(4) }
  }
}

/// How results of `model` are written.
enum ModelFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case junit
}
