// The scenarios of a lane torture: one generator of traffic, one checker, and a table that says
// what each scenario does more often than the others.

/// What is tortured.
enum LaneScenario: String, CaseIterable {
  case lanes
  case exhaustion
  case marks
  case flush
  case attach
  case takeover
  case kill

  /// What the scenario asks of agents, controller and bench.
  var rules: LaneRules {
    var rules = LaneRules()
    switch self {
    case .lanes: rules.marking = .seldom
    case .exhaustion:
      rules.hasSmallPools = true
      rules.givesWay = false
      rules.stopsController = true
    case .marks:
      rules.marking = .often
      rules.detailShare = 12
    case .flush:
      rules.asksForFlushes = true
      rules.naps = true
    case .attach:
      rules.threadsPerSlot = 3
      rules.stay = 64
      rules.forks = true
      rules.closesSlots = true
    case .takeover:
      rules.controllerKills = 2
      rules.writesTrace = true
      rules.marking = .seldom
    case .kill:
      rules.killsAgents = true
      rules.controllerKills = 8
      rules.marking = .seldom
      rules.stay = 4096
    }
    return rules
  }
}

/// A row of the table.
struct LaneRules {
  /// How often threads mark lanes.
  enum Marking {
    case never
    case seldom
    case often
  }

  /// Of sixteen attempts so many go to the detail lane.
  var detailShare: UInt64 = 4
  var marking = Marking.never
  /// Threads for every thread slot; one: everybody finds a slot.
  var threadsPerSlot = 1
  /// Attempts of one attachment, at most; then the thread leaves and comes again.
  var stay: UInt64 = 65_536
  /// Pools of a few rings, which are soon exhausted; else of up to sixteen.
  var hasSmallPools = false
  /// Threads that lose records leave the processor to the controller.
  var givesWay = true
  /// Threads go quiet for milliseconds.
  var naps = false
  /// The controller asks for flushes and looks what they brought.
  var asksForFlushes = false
  /// Traced processes fork; the child tries to trace.
  var forks = false
  /// The controller closes the slots as a destroyer does, and opens them again.
  var closesSlots = false
  /// The bench stops the controller until every lane has lost records.
  var stopsController = false
  /// One of so many times the bench kills the controller and starts a successor; `nil` for never.
  var controllerKills: UInt64?
  /// The controller writes a trace file, in which its successors go on.
  var writesTrace = false
  /// The bench kills agents and starts others.
  var killsAgents = false

  /// Of so many attempts one marks; `nil` for none.
  var markInterval: UInt64? {
    switch marking {
    case .never: nil
    case .seldom: 2048
    case .often: 96
    }
  }

  /// Marks at once, at most. Many, where the point is that two threads mark at the same moment.
  var mostMarks: UInt64 { marking == .often ? 128 : 4 }
}
