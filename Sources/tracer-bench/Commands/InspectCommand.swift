// `tracer-bench inspect`.

import ArgumentParser
import TracerShm

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "What stands in the header of a region file; read-only.")

  @Argument(help: "A region file, or the name of a shared-memory region with --shm.")
  var file: String

  @Flag(help: "FILE is the name of a shared-memory region (/name).")
  var shm = false

  func run() throws {
    do throws(RegionError) {
      print(try RegionInspection(shm ? .shm(name: file) : .file(path: file)))
    } catch { throw BenchError.operation("\(error)") }
  }
}
