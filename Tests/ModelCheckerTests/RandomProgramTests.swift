// Random programs: the checker must find exactly the executions that RC11's axioms allow, each once.

import Glibc
import Testing

@testable import ModelChecker

/// A small generator whose seed prints and replays (the constants are those of splitmix64).
struct SplitMix {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

@Suite struct RandomProgramTests {
  static func randomProgram(_ seed: UInt64) -> [[Instruction]] {
    var random = SplitMix(state: seed)
    let shapes = [[3, 3], [2, 2, 2], [4, 3], [2, 2, 1, 1], [3, 2, 1], [4, 2], [1, 1, 2, 2]]
    let shape = shapes[random.below(shapes.count)]
    let loadOrders: [ModelOrder] = [.relaxed, .acquire, .sequentiallyConsistent]
    let storeOrders: [ModelOrder] = [.relaxed, .release, .sequentiallyConsistent]
    let isStrong = random.below(2) == 0
    func pick(_ orders: [ModelOrder]) -> ModelOrder {
      isStrong && random.below(2) == 0
        ? .sequentiallyConsistent : orders[random.below(orders.count)]
    }
    var value: UInt64 = 0
    return shape.map { length in
      (0..<length).map { _ in
        let location = random.below(2)
        value += 1
        switch random.below(10) {
        case 0...3: return .load(location, pick(loadOrders))
        case 4...6: return .store(location, value, pick(storeOrders))
        case 7: return .update(location, 100, pick(ModelOrder.allCases))
        case 8:
          return .exchangeIf(
            location, expected: UInt64(random.below(2) == 0 ? 0 : random.below(4)),
            desired: value, pick(ModelOrder.allCases), failure: pick(loadOrders))
        default:
          return .fence(pick([.acquire, .release, .acquireRelease, .sequentiallyConsistent]))
        }
      }
    }
  }

  /// Runs the program on the checker; outcomes in the brute force's form.
  static func explore(
    _ program: [[Instruction]], _ mode: ExplorationMode
  ) -> (outcomes: [[UInt64]: Int], report: ExplorationReport) {
    var options = ExplorerOptions()
    options.mode = mode
    return explore(program, options)
  }

  static func explore(
    _ program: [[Instruction]], _ options: ExplorerOptions = ExplorerOptions(),
    awaited: Int? = nil
  ) -> (outcomes: [[UInt64]: Int], report: ExplorationReport) {
    var loads: [Int] = []
    var locations: Set<Int> = []
    let bodies = program.map { instructions in
      { (context: ModelContext) in
        var kept = 0
        for instruction in instructions {
          switch instruction {
          case .load(let location, let order):
            let value =
              location == awaited
              ? context.waitUntil(location, order) { $0 != 0 } : context.load(location, order)
            context.observe(kept, value)
            kept += 1
          case .store(let location, let value, let order):
            context.store(location, value, order)
          case .update(let location, let operand, let order):
            context.observe(kept, context.fetchAdd(location, operand, order))
            kept += 1
          case .exchangeIf(let location, let expected, let desired, let order, let failure):
            context.observe(
              kept,
              context.compareExchange(
                location, expected: expected, desired: desired, order, failure: failure
              ).original)
            kept += 1
          case .fence(let order): context.fence(order)
          }
        }
      }
    }
    for instructions in program {
      loads.append(
        instructions.count {
          switch $0 {
          case .load, .update, .exchangeIf: true
          default: false
          }
        })
      for instruction in instructions {
        switch instruction {
        case .load(let location, _), .store(let location, _, _), .update(let location, _, _),
          .exchangeIf(let location, _, _, _, _):
          locations.insert(location)
        case .fence: break
        }
      }
    }
    var outcomes: [[UInt64]: Int] = [:]
    let names = locations.sorted()
    let report = Explorer(options).explore(ModelProgram(bodies: bodies)) { state in
      var outcome: [UInt64] = []
      for process in program.indices {
        for index in 0..<loads[process] { outcome.append(state.observation(process, index)) }
      }
      outcomes[outcome + names.map(state.value), default: 0] += 1
    }
    return (outcomes, report)
  }

  @Test func checkerFindsExactlyTheExecutionsOfTheAxioms() {
    let environment = getenv("MODEL_RANDOM_PROGRAMS").flatMap { Int(String(cString: $0)) }
    #if DEBUG
      let count = environment ?? 60
    #else
      let count = environment ?? 2000
    #endif
    for seed in 0..<UInt64(count) {
      let program = Self.randomProgram(seed)
      let expected = BruteForce(program).outcomes
      let found = Self.explore(program)
      #expect(found.report.extent == .complete)
      #expect(found.outcomes == expected, "seed \(seed): \(program)")
      if found.outcomes != expected { return }
    }
  }

  /// A load that waits for a value other than 0 leaves exactly the executions in which it reads one.
  @Test func waitingLoadsLeaveTheExecutionsThatReleaseThem() {
    #if DEBUG
      let seeds: Range<UInt64> = 5000..<5060
    #else
      let seeds: Range<UInt64> = 5000..<6500
    #endif
    for seed in seeds {
      let program = Self.randomProgram(seed)
      var isAwaited: [Bool] = []
      for instruction in program.joined() {
        switch instruction {
        case .load(let location, _): isAwaited.append(location == 1)
        case .update, .exchangeIf: isAwaited.append(false)
        case .store, .fence: break
        }
      }
      let expected = BruteForce(program).outcomes.filter { outcome, _ in
        zip(outcome, isAwaited).allSatisfy { value, awaited in !awaited || value != 0 }
      }
      var options = ExplorerOptions()
      options.stopsAtFirstFailure = false
      let found = Self.explore(program, options, awaited: 1)
      #expect(found.outcomes == expected, "seed \(seed): \(program)")
      if found.outcomes != expected { return }
    }
  }
}
