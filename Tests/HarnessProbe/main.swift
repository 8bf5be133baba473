// What the tests of worker processes run: a program without threads, started by posix_spawn.
//
// The test runner has threads, and fork is for processes without. Each scenario prints what the
// test checks, one `key value` a line, and exits 0; an error is printed as `error …` with code 1.

import Glibc
import Harness
import HardwareMemory

func say(_ line: String) {
  print(line)
  fflush(nil)
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard let scenario = arguments.first, let body = scenarios[scenario] else {
  say("error unknown scenario; known: \(scenarios.keys.sorted())")
  exit(64)
}
do {
  try body(Array(arguments.dropFirst()))
} catch {
  say("error \(error)")
  exit(1)
}
