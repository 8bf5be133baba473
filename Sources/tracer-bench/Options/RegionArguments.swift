// Options that say where rings stand: kind of region, place, pages.

import ArgumentParser
import Glibc

struct RegionArguments: ParsableArguments {
  @Option(help: "Region kind; repeatable. Default: anonymous, memfd, shm and file.")
  var backing: [Backing] = []

  @Option(help: "Folder for the file of --backing file. Default: TMPDIR or /var/tmp.")
  var path: String?

  @Option(parsing: .unconditional, help: "NUMA node to bind the memory of regions to.")
  var numaMemory: Int?

  @Option(help: "Huge pages: never, advise or always.")
  var huge: HugePages = .never

  /// The kinds to measure, each once, in the order of their list.
  var backings: [Backing] {
    let chosen = Set(backing)
    return backing.isEmpty ? Backing.standard : Backing.allCases.filter(chosen.contains)
  }

  /// Where files go. Not /tmp by preference: that is often tmpfs, and the kind is "file on disk".
  var folder: String {
    path ?? getenv("TMPDIR").map { String(cString: $0) } ?? "/var/tmp"
  }

  func validate() throws {
    guard backings.contains(.file) else { return }
    var status = stat()
    guard stat(folder, &status) == 0 else {
      throw ValidationError("--path \(folder): \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw ValidationError("--path \(folder): not a folder")
    }
  }
}
