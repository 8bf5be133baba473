// What the tests of agents and controllers run: a program without threads, started by posix_spawn.
//
// The test runner has threads, and fork is for processes without. Each scenario prints what the
// test checks, one `key value` a line, and exits 0; an error is printed as `error …` with code 1.
// A scenario destroys what it created, also when it fails.

import Glibc
import TracerShm

func say(_ line: String) {
  print(line)
  fflush(nil)
}

let scenarios: [String: ([String]) throws -> Void] = [
  "forked": forkedScenario, "takeover": takeoverScenario, "second": secondScenario,
  "inherited": inheritedLockScenario, "child": forkedChildScenario, "death": deathScenario,
  "nested": nestedScenario, "agent": agentScenario, "hold": holdScenario,
  "receive": receiveScenario,
]

// Whoever started this may have blocked signals: threads of Dispatch do.
var none = sigset_t()
sigemptyset(&none)
sigprocmask(SIG_SETMASK, &none, nil)

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
