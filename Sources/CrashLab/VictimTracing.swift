// The victim's and the parent's side of single-stepping.

import CPlatform
import Glibc
import HardwareMemory

enum VictimTracing {
  /// Victim: stops until the parent steps on; what follows is within the path.
  static func enter(_ ledger: CrashLedger) {
    guard platform_trace_stop_here() == 0 else {
      fatalError("\(SystemError("ptrace(PTRACE_TRACEME)"))")
    }
    ledger.marker = 1
  }

  /// Parent: an answer of the tracing calls; throws unless the victim stopped.
  static func check(_ answer: Int32, _ name: String) throws(SystemError) {
    switch answer {
    case 1: return
    case 0: throw SystemError("waiting for \(name), which ended", code: ESRCH)
    default: throw SystemError("ptrace")
    }
  }
}
