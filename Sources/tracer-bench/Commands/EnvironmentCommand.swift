// `tracer-bench env`.

import ArgumentParser
import Glibc
import Harness

struct EnvironmentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env", abstract: "What this machine is, as far as figures depend on it.")

  @Option(help: "Folder for the file of --backing file. Default: TMPDIR or /var/tmp.")
  var path: String?

  func run() throws {
    let region = try RegionArguments.parse(path.map { ["--path", $0] } ?? [])
    let clock = CounterClock.calibrated()
    let environment = Environment.capture(clock: clock, folders: region.foldersInUse)
    for (name, value) in environment.lines {
      print("\(Format.padded(name, 16))\(value)")
    }
    print("\(Format.padded("counter", 16))\(clock.text)")
    print("\(Format.padded("fingerprint", 16))\(environment.fingerprint)")
    for (name, reason) in (environment.unknown ?? [:]).sorted(by: { $0.key < $1.key })
    where name != "loadAfter" {
      print("\(Format.padded("unknown", 16))\(name): \(reason)")
    }
  }
}

extension RegionArguments {
  /// Folders of regions, with the region kind that they serve.
  var foldersInUse: [(use: String, path: String)] {
    var folders: [(use: String, path: String)] = []
    if backings.contains(.file) { folders.append(("file", folder)) }
    if backings.contains(.shm) { folders.append(("shm", "/dev/shm")) }
    if backings.contains(.fileTmpfs) { folders.append(("file-tmpfs", "/dev/shm")) }
    return folders
  }
}
