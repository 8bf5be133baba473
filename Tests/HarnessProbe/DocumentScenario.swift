// The probe's scenario on documents: JSON in a process that forks.

import Glibc
import Harness

func documentScenario(_ arguments: [String]) throws {
  let environment = Environment.capture(clock: CounterClock.calibrated())
  let document = ResultDocument(
    tool: .init(configuration: "release"), environment: environment)
  let copy = try ResultDocument(json: try document.json())
  say("valid \(copy.validate().isEmpty && copy == document)")
  var threads = 0
  guard let folder = opendir("/proc/self/task") else { return }
  // Names that begin with a dot are the folder and its parent.
  while let entry = readdir(folder) {
    if entry.pointee.d_name.0 != Int8(UInt8(ascii: ".")) { threads += 1 }
  }
  closedir(folder)
  say("threads \(threads)")
}
