// The catalogue of litmus tests, with outcomes as data.
//
// A test is written in one line, the notation of the verdict oracle, and expanded to herd's C
// dialect; from there it takes the path of any litmus file: model, judge and hardware run the same
// text. A statement is `Wx=1.rel` (store), `r0=Rx.acq` (load), `F.sc` (fence), `r0=XCHG(x,1).ar`,
// `r0=FADD(x,1).rlx`, or one of these behind `if(r0==1)`; orders are na, rlx, acq, rel, ar, sc.
// `[addr:r0]` makes the address depend on a register.

/// What an outcome means on an architecture.
public enum OutcomeCategory: String, Codable, Sendable {
  /// As sequential consistency has it.
  case acceptable
  /// Weak, and allowed.
  case interesting
  /// Must not be seen: a fault of hardware, compiler, test or expectation.
  case forbidden
}

/// The litmus tests that come with the library.
public enum LitmusCatalogue {
  /// One test and what is expected of the outcome it asks for.
  public struct Entry: Sendable {
    /// The name.
    public let name: String
    let program: String
    let outcome: String
    /// The verdict under RC11.
    public let rc11: LitmusVerdict
    /// The outcome on x86-64.
    public let x86: OutcomeCategory
    /// The outcome on aarch64.
    public let aarch64: OutcomeCategory

    init(
      _ name: String, _ program: String, _ outcome: String, rc11: LitmusVerdict,
      x86: OutcomeCategory, aarch64: OutcomeCategory
    ) {
      self.name = name
      self.program = program
      self.outcome = outcome
      self.rc11 = rc11
      self.x86 = x86
      self.aarch64 = aarch64
    }

    /// What is expected on the architecture this was compiled for; on others nothing is forbidden
    /// that RC11 allows.
    public var expected: OutcomeCategory {
      #if arch(x86_64)
        x86
      #elseif arch(arm64)
        aarch64
      #else
        rc11 == .forbidden ? .forbidden : .interesting
      #endif
    }

    /// The test in herd's C dialect.
    public var litmusText: String { LitmusShorthand.expand(name: name, program, outcome) }
  }

  /// Every test.
  public static let entries: [Entry] =
    storeBuffering + messagePassing + twoProcesses + moreProcesses + tracer

  /// The test of this name.
  public static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}
