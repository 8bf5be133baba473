// `tracer-bench collect`.

import ArgumentParser
import Glibc
import TracerCore
import TracerShm

struct CollectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract:
      "Runs a program built with -finstrument-functions and writes what it traced to a file.",
    discussion: """
      The program links to libtracer_instrument.so (scripts/install), or gets it
      by --preload. Every entry and exit of a function becomes a record, with the
      names of all functions in the file: `tracer-bench recover FILE` prints them.
      What a program wrote before it crashed or was killed is collected as well.

      The summary goes to standard error; the exit code is the program's: 128 + the
      signal if it was killed, 127 if there is no such program, 1 if it traced
      nothing.

      EXAMPLES
        tracer-bench collect --output run.trace -- ./program --its arguments
        tracer-bench collect --preload lib/libtracer_instrument.so -- ./program
        tracer-bench collect --region shm:/run-1 --forks -- ./server
      """)

  @Option(
    name: .shortAndLong, help: "The file to write; it must not exist.")
  var output = "collect.trace"

  @Option(help: "Where the program writes to: memfd, shm:/NAME or file:PATH.")
  var region = "memfd"

  @Option(help: "libtracer_instrument.so, for a program that does not link to it.")
  var preload: String?

  @Flag(help: "Forked children go on tracing, in lanes of their own.")
  var forks = false

  @Flag(help: "The program touches its whole region when it starts, not bit by bit.")
  var prefault = false

  @Flag(help: "Full rings are written to the disk, and so is the output: for --region file:PATH.")
  var sync = false

  @Option(parsing: .unconditional, help: "Threads that can trace at the same time.")
  var threads = 16

  @Option(parsing: .unconditional, help: "Rings of each thread.")
  var rings = 64

  @Option(parsing: .unconditional, help: "Bytes of a ring, a multiple of 128.")
  var ringSize = 65536

  @Option(
    parsing: .unconditional, help: "How many functions the summary names, those called most.")
  var top = 20

  @Argument(parsing: .postTerminator, help: "The program and its arguments, behind `--`.")
  var program: [String] = []

  func validate() throws {
    guard !program.isEmpty else {
      throw ValidationError("no program: collect [options] -- PROGRAM [ARGUMENTS]")
    }
    guard top >= 0 else { throw ValidationError("--top \(top): not negative") }
    let backing = try backing()
    if sync {
      guard case .file = backing else {
        throw ValidationError("--sync: only --region file:PATH has a disk, not --region \(region)")
      }
    }
    for (option, value) in [
      ("--threads", threads), ("--rings", rings), ("--ring-size", ringSize),
    ] where value <= 0 {
      throw ValidationError("\(option) \(value): at least 1")
    }
    do throws(LaneLayoutError) { _ = try geometry() } catch {
      throw ValidationError(
        "--threads \(threads) --rings \(rings) --ring-size \(ringSize): \(error)")
    }
  }

  func run() throws {
    let plan = CollectPlan(
      backing: try backing(), geometry: try geometry(), output: output, program: program,
      preload: try preload.map(loadable), followsForks: forks,
      prefaults: prefault, synchronises: sync)
    let result: CollectResult
    do { result = try Collection(plan: plan).run() } catch let error as TracedProgram.NotStarted {
      StandardError.print("tracer-bench: \(error.message)")
      throw ExitCode(error.exitCode)
    } catch is Collection.OutputFailed {
      throw ExitCode(1)
    }
    StandardError.write(CollectReport(result, plan: plan, top: top).text, to: STDERR_FILENO)
    // A program that does its work and traces nothing has not been collected, nor has one that goes
    // on.
    let failed = result.output.events == 0 || result.rest != nil
    if failed || result.exitCode != 0 { throw ExitCode(max(result.exitCode, failed ? 1 : 0)) }
  }

  /// Enough for the index lanes; details are not what hooks write.
  private func geometry() throws(LaneLayoutError) -> LanesGeometry {
    try LanesGeometry(
      threadSlots: threads, index: .index(ringCount: rings, ringByteCount: ringSize),
      detail: .detail(ringCount: 2, ringByteCount: 128, historyRings: 1, postRecords: 0))
  }

  private func backing() throws -> RegionBacking {
    if region == "memfd" { return .memfd }
    // As shm_open has it: one slash, and a name behind it.
    if region.hasPrefix("shm:/"), region.count > 5, !region.dropFirst(5).contains("/") {
      return .shm(name: String(region.dropFirst(4)))
    }
    if region.hasPrefix("file:"), region.count > 5 {
      return .file(path: try absolute(String(region.dropFirst(5))))
    }
    throw ValidationError("--region \(region): memfd, shm:/NAME or file:PATH")
  }

  /// The loader only warns of what it cannot load, and takes spaces and colons for ends of names.
  private func loadable(_ path: String) throws -> String {
    let path = try absolute(path)
    guard !path.contains(where: { $0 == " " || $0 == ":" }) else {
      throw BenchError.operation("--preload \(path): a space or colon in it ends the name")
    }
    guard access(path, R_OK) == 0 else {
      throw BenchError.operation("--preload \(path): \(String(cString: strerror(errno)))")
    }
    return path
  }

  /// The program may change its folder, and the loader looks elsewhere for a bare name.
  private func absolute(_ path: String) throws -> String {
    if path.hasPrefix("/") { return path }
    guard let folder = getcwd(nil, 0) else {
      throw BenchError.operation("getcwd: \(String(cString: strerror(errno)))")
    }
    defer { free(folder) }
    return String(cString: folder) + "/" + path
  }
}
