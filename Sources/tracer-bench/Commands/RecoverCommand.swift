// `tracer-bench recover`: every record out of a region or a trace file, whatever became of whoever
// wrote it. Reads only, and takes no lock: beside living peers it is a snapshot, and says so.

import ArgumentParser
import Glibc
import Harness
import HardwareMemory
import TracerCore
import TracerShm

/// How recovered records are written.
enum RecordFormat: String, CaseIterable, ExpressibleByArgument {
  /// One JSON object a line.
  case jsonl
  /// A trace file.
  case binary
}

struct RecoverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "recover",
    abstract: "Every record out of a region, or a trace file; changes neither without --takeover.",
    discussion: """
      FILE is a region file, a trace file, the name of a shared-memory region (--shm), or a memfd
      region as /proc/PID/fd/N. Its peers may live, be dead in any order, or be gone since a restart
      of the machine: then only rings count whose checksum is right.

      EXAMPLES
        tracer-bench recover /var/tmp/app.region
        tracer-bench recover /app --shm --format binary --output rest.trace
        tracer-bench recover /var/tmp/app.region --against app.trace
        tracer-bench recover /var/tmp/app.region --takeover --format binary --output app.trace

      Exit code 1 if something could not be recovered; what could be is written all the same.
      """)

  @Argument(help: "A region file, a trace file, or with --shm a name.")
  var file: String

  @Flag(help: "FILE is the name of a shared-memory region (/name).")
  var shm = false

  @Option(help: "jsonl: one JSON object a line; binary: a trace file, which needs --output.")
  var format: RecordFormat = .jsonl

  @Option(help: "Write to this new file instead of standard output.")
  var output: String?

  @Option(help: "A trace file: what it holds already is left out.")
  var against: String?

  @Flag(
    help:
      "Own --output, a trace file: take the controller's lock, go on behind its last whole block.")
  var takeover = false

  @Flag(
    help:
      "Wait for the disk before a ring is given back: --output survives a power cut. Binary only."
  )
  var sync = false

  @Flag(help: "No summary on standard error.")
  var quiet = false

  func validate() throws {
    if takeover, format != .binary || against != nil {
      throw ValidationError("--takeover goes with --format binary --output F, and no --against")
    }
    if format == .binary, output == nil {
      throw ValidationError("--format binary needs --output: it is no text for a terminal")
    }
    if sync, format != .binary { throw ValidationError("--sync goes with --format binary") }
  }

  func run() throws {
    // A reader that goes away is an error with a name, not a silent end.
    signal(SIGPIPE, SIG_IGN)
    if takeover, let output {
      let backing = shm ? RegionBacking.shm(name: file) : .file(path: file)
      let line = try Takeover.run(backing, into: output, options: fileOptions)
      if !quiet { StandardError.print("tracer-bench: \(line)") }
      return
    }
    let known = try against.map(TraceSource.accounts(of:))
    let source =
      !shm && TraceSource.isTraceFile(file)
      ? RecoverySource.trace(file) : .region(try RecoverySource.look(file, isName: shm))
    if let known, let against {
      let session = try source.session()
      guard session == known.session else {
        throw BenchError.operation(
          "\(against): holds session \(known.session), \(file) holds \(session)")
      }
    }
    let accounts = known?.accounts
    let summary: RecoverySummary
    switch format {
    case .jsonl: summary = try recoverLines(source, accounts)
    case .binary: summary = try recoverFile(source, accounts)
    }
    if !quiet { StandardError.print("tracer-bench: \(summary.line)") }
    if let complaint = summary.complaint {
      throw BenchError.operation("\(file): \(complaint)")
    }
  }

  private var fileOptions: TraceFileOptions {
    var options = TraceFileOptions()
    options.synchronisesFrames = sync
    return options
  }

  private func recoverLines(
    _ source: RecoverySource, _ accounts: [LaneIdentifier: LaneAccount]?
  ) throws -> RecoverySummary {
    guard let output else {
      return try lines(source, accounts, STDOUT_FILENO, "standard output")
    }
    let descriptor = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw BenchError.operation("\(output): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    return try removedIfInterrupted(output) {
      try lines(source, accounts, descriptor, output)
    }
  }

  private func lines(
    _ source: RecoverySource, _ accounts: [LaneIdentifier: LaneAccount]?, _ descriptor: Int32,
    _ place: String
  ) throws -> RecoverySummary {
    var lines = RecordLines(
      descriptor, place: place, session: try source.session(), resuming: accounts ?? [:])
    let summary = try source.play(resuming: accounts, into: &lines)
    try lines.flush()
    return summary
  }

  private func recoverFile(
    _ source: RecoverySource, _ accounts: [LaneIdentifier: LaneAccount]?
  ) throws -> RecoverySummary {
    let path = output ?? ""
    let session = try source.session()
    var writer: TraceFileWriter
    do throws(TraceFileError) {
      writer = try TraceFileWriter(creating: path, session: session, options: fileOptions)
    } catch { throw BenchError.operation("\(error)") }
    return try removedIfInterrupted(path) {
      let summary = try source.play(resuming: accounts, into: &writer)
      do throws(TraceFileError) { try writer.close() } catch {
        throw BenchError.operation("\(error)")
      }
      return summary
    }
  }

  /// A half-written file is no result: it goes if this ends early.
  private func removedIfInterrupted(
    _ path: String, _ body: () throws -> RecoverySummary
  ) throws -> RecoverySummary {
    do throws(SystemError) { try CleanupRegistry.install() } catch {
      throw BenchError.operation("\(error)")
    }
    let token = CleanupRegistry.add(file: path)
    defer { if let token { CleanupRegistry.forget(token) } }
    do { return try body() } catch {
      unlink(path)
      throw error
    }
  }
}
