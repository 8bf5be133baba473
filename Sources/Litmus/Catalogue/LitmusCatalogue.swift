// The catalogue of litmus tests: code written once over the memory protocol, outcomes as data.
//
// A test is a shape (`LitmusShape`) with its orders, and the outcome it asks for with what is
// expected of it: under RC11, and on each architecture. The model runs the shape over `ModelMemory`,
// the torture over `HardwareMemory`. Sequentially consistent accesses are not in the memory
// protocol: tests of those are litmus files.

import ModelChecker

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
    /// The verdict under RC11.
    public let rc11: LitmusVerdict
    /// The outcome on x86-64.
    public let x86: OutcomeCategory
    /// The outcome on aarch64.
    public let aarch64: OutcomeCategory
    let question: LitmusQuestion
    let processes: Int
    let locations: Int
    let perpetual: PerpetualForm?
    /// A process over the model; its body, run again and again.
    let modelled: @Sendable (_ process: Int, ModelMemory) -> LitmusRegisters
    /// A batch, or rounds, over the hardware: compiled for this shape.
    let runBatch: @Sendable (LitmusBatch) -> Void
    let runRounds: @Sendable (LitmusRounds) -> Void

    init<Shape: LitmusShape>(
      _ name: String, _ shape: Shape.Type, _ outcome: String, rc11: LitmusVerdict,
      x86: OutcomeCategory, aarch64: OutcomeCategory
    ) {
      self.name = name
      self.rc11 = rc11
      self.x86 = x86
      self.aarch64 = aarch64
      question = LitmusQuestion(catalogued: outcome)
      processes = Shape.processes
      locations = Shape.locations
      perpetual = Shape.perpetual
      modelled = { process, memory in
        Shape.run(
          process,
          on: LitmusCells(memory: memory, first: 0, pitch: Entry.modelledPitch, round: 0))
      }
      runBatch = { Shape.runBatch($0) }
      runRounds = { Shape.runRounds($0) }
    }

    /// Bytes from one location to the next on the model: its locations are words.
    static let modelledPitch = 8

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

    /// How torture runs the test unless told otherwise. In perpetual form, where there is one and
    /// the outcome must not be seen: every round of one process is then held against every round
    /// of the others. Else in batches, which show a weak outcome more often, and the final memory.
    public var preferredMode: TortureMode {
      perpetual != nil && expected == .forbidden ? .perpetual : .batch
    }

    /// Whether the test can run in this mode.
    public func allows(_ mode: TortureMode) -> Bool { mode == .batch || perpetual != nil }
  }

  /// Every test.
  public static let entries: [Entry] =
    storeBuffering + messagePassing + twoProcesses + moreProcesses + tracer

  /// The test of this name.
  public static func entry(named name: String) -> Entry? { entries.first { $0.name == name } }
}

extension LitmusQuestion {
  /// The outcome of a catalogue test, as `1:r0=1 & x=2`. One that does not parse is a mistake of
  /// the catalogue, and traps.
  fileprivate init(catalogued outcome: String) {
    let text = outcome.replacing("&", with: "/\\")
    do throws(LitmusError) {
      self.init(
        condition: try LitmusParser.condition(text), filter: nil, quantifier: .exists,
        listed: [], locationNames: ["x", "y", "z"])
    } catch { preconditionFailure("\(error)") }
  }
}
