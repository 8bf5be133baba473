// `tracer-bench inspect`: what stands in a region or a trace file, read-only, whatever peers do.

import ArgumentParser
import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// How an inspection is shown.
enum InspectionFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
}

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "What stands in a region or a trace file: slots, lanes, rings, holes; read-only.",
    discussion: """
      FILE is a region file, the name of a shared-memory region (--shm), a memfd region as
      /proc/PID/fd/N, or a trace file. Beside living peers it is a snapshot, and says so.
      """)

  @Argument(help: "A region file, a trace file, or with --shm a name.")
  var file: String

  @Flag(help: "FILE is the name of a shared-memory region (/name).")
  var shm = false

  @Option(help: "table or json.")
  var format: InspectionFormat = .table

  func run() throws {
    signal(SIGPIPE, SIG_IGN)
    if !shm, TraceSource.isTraceFile(file) {
      let report = try TraceReport(file)
      return try show(format == .table ? report.text : report.json())
    }
    let backing = shm ? RegionBacking.shm(name: file) : .file(path: file)
    let header: RegionInspection
    do throws(RegionError) { header = try RegionInspection(backing) } catch {
      throw BenchError.operation("\(error)")
    }
    guard header.superblock.contents.kind == RegionContents.tracerLanesKind else {
      guard format == .table else {
        throw BenchError.operation("\(file): holds \(header.superblock.contents), no lanes")
      }
      return try show("\(header)\n")
    }
    let region = try RecoverySource.look(file, isName: shm)
    var nowhere = Nowhere()
    let report = RegionReport(header, region, region.recover(into: &nowhere))
    switch format {
    case .table: try show("\(header)\n\n\(report.text)")
    case .json: try show(try report.json())
    }
  }

  private func show(_ text: String) throws(BenchError) {
    var bytes = ByteText()
    bytes.add(text)
    if let code = bytes.write(to: STDOUT_FILENO) {
      throw .operation("standard output: \(String(cString: strerror(code)))")
    }
  }
}
