// What victims do, step by step: a scenario is a script of letters.

/// One step of a script.
public enum CrashStep: UInt8, CaseIterable, Sendable {
  /// Agent: claims a thread slot and makes both lanes' writers.
  case claim = 0x63  // c
  /// Agent: writes an index record, word by word in place.
  case write = 0x77  // w
  /// Agent: reserves an index record too long and commits it shorter.
  case reserve = 0x72  // r
  /// Agent: reserves an index record and takes it back.
  case cancel = 0x78  // x
  /// Agent: writes an index record by copying it.
  case copy = 0x79  // y
  /// Agent: writes an index record into the middle of another one, as a signal handler would.
  case nested = 0x6E  // n
  /// Agent: attempts an index record that no ring holds.
  case tooLarge = 0x4C  // L
  /// Agent: flushes its index lane.
  case flush = 0x66  // f
  /// Agent: writes a detail record.
  case detail = 0x44  // D
  /// Agent: attempts a detail record that no ring holds.
  case detailTooLarge = 0x54  // T
  /// Agent: marks its detail lane.
  case mark = 0x6D  // m
  /// Agent: leaves both lanes and retires its slot.
  case leave = 0x6C  // l
  /// Agent: dies, at no particular place.
  case die = 0x21  // !
  /// Controller: drains all that is submitted.
  case drain = 0x64  // d
  /// Controller: reads what the active ring of the index lane holds.
  case drainActive = 0x61  // a
  /// Controller: asks the index lane's writer for a flush.
  case requestFlush = 0x46  // F
  /// Controller: waits a moment for something to drain.
  case wait = 0x7A  // z
  /// Controller: reclaims and frees every slot whose thread has left or is known to be dead.
  case recover = 0x52  // R

  /// Whether the agent does it.
  var isAgents: Bool {
    switch self {
    case .claim, .write, .reserve, .cancel, .copy, .nested, .tooLarge, .flush, .detail,
      .detailTooLarge, .mark, .leave, .die:
      true
    case .drain, .drainActive, .requestFlush, .wait, .recover: false
    }
  }

  /// The steps of a script; spaces are for people.
  static func parse(_ script: String) -> [CrashStep] {
    script.utf8.filter { $0 != UInt8(ascii: " ") }.map { letter in
      guard let step = CrashStep(rawValue: letter) else {
        preconditionFailure("no step is called \(Character(Unicode.Scalar(letter)))")
      }
      return step
    }
  }
}
