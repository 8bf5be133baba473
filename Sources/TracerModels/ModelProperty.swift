// Properties of the shipped ring source, as programs of the model checker.
//
// `TracerCore` and `ModelChecker` do not know one another; here they meet. Each property builds
// the handles that a client would build, over `ModelMemory`, in worlds small enough to be explored
// completely. `tracer-bench model` runs the catalogue, and the mutation test weakens each edge of
// `TracerCore` in turn and demands that some property notices.

public import MemoryInterface
public import ModelChecker
import TracerCore

/// One property in one small world.
public struct ModelProperty: Sendable {
  /// What is said of any property of the catalogue.
  public enum Expectation: Sendable {
    /// Holds in every execution.
    case holds
    /// A deliberate misuse or bug: the checker has to find a violation.
    case violated
  }

  /// Its name, `subject/property/world`; unique.
  public let name: String
  /// What it says, in one line.
  public let summary: String
  /// What has to come out.
  public let expectation: Expectation
  /// Whether it belongs to the quick set.
  public let isQuick: Bool
  /// Whether some executions are known to be left out: at a kill with more unordered stores than
  /// the explorer takes every set of. Else the property is explored completely.
  public let isBounded: Bool
  /// The processes that may be killed, before any of their operations.
  public let victims: [Int]
  /// How many of them die in one execution at most.
  public let maximumKills: Int
  /// Builds the program.
  public let program: @Sendable () -> ModelProgram

  init(
    _ name: String, _ summary: String, expectation: Expectation = .holds, isQuick: Bool = true,
    isBounded: Bool = false, victims: [Int] = [], maximumKills: Int = 1,
    program: @escaping @Sendable () -> ModelProgram
  ) {
    self.name = name
    self.summary = summary
    self.expectation = expectation
    self.isQuick = isQuick
    self.isBounded = isBounded
    self.victims = victims
    self.maximumKills = maximumKills
    self.program = program
  }

  /// Explores it as the options say, and where it has victims with their kills.
  public func explore(_ options: ExplorerOptions = ExplorerOptions()) -> ExplorationReport {
    let explorer = Explorer(options)
    guard !victims.isEmpty else { return explorer.explore(program()) }
    return explorer.exploreCrashes(program(), victims: victims, maximumKills: maximumKills).total
  }

  /// The catalogue, in the order in which it runs.
  public static let all: [ModelProperty] =
    slotRingProperties + byteRingProperties + wakeProperties + hostileProperties + laneProperties
}

/// Every edge of `TracerCore` that a property here exercises.
public let modelledEdges: [SyncEdgeDescription] =
  ringSyncEdges + wakeSyncEdges + laneSyncEdges + snapshotSyncEdges
