// Random litmus tests, small enough to be judged by brute force, replayable from their seed.
//
// What a test draws from is itself drawn first (which orders, how many plain accesses, whether
// locations are few), so that tests differ in kind: uniform draws would hardly ever make, say, a
// test of sequentially consistent fences alone.

/// A small seeded generator of random numbers: SplitMix64 (Steele, Lea and Flood: Fast Splittable
/// Pseudorandom Number Generators, OOPSLA 2014).
struct LitmusRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// Makes random litmus tests.
public struct LitmusGenerator {
  private var random: LitmusRandom
  private let seed: UInt64
  private var locations: [LitmusFile.Location] = []
  /// Percentages of this test.
  private var plainShare = 0
  private var updateShare = 0
  private var fenceShare = 0
  private var orders: [LitmusOrder] = []
  private var registers = 0

  private init(seed: UInt64) {
    self.seed = seed
    random = LitmusRandom(seed: seed)
  }

  /// The test of a seed: two to four processes, two or three locations, at most ten accesses.
  public static func test(seed: UInt64) -> LitmusFile {
    var generator = LitmusGenerator(seed: seed)
    return generator.make()
  }

  private mutating func make() -> LitmusFile {
    plainShare = random.chance(25) ? 30 : 0
    updateShare = [0, 15, 35].randomElement(using: &random)!
    fenceShare = [0, 15, 35].randomElement(using: &random)!
    orders = [
      LitmusOrder.allCases.filter { $0 != .plain }, [.sequentiallyConsistent],
      [.relaxed, .sequentiallyConsistent], [.relaxed, .acquireRelease],
      [.acquireRelease, .sequentiallyConsistent], [.relaxed],
    ].randomElement(using: &random)!
    let names = ["x", "y", "z"].prefix(random.chance(60) ? 2 : 3)
    locations = names.map { .init(name: $0, type: .atomicInt, initial: .number(0)) }
    let processCount = [2, 2, 2, 3, 3, 4].randomElement(using: &random)!
    let mostAccesses = [2: 4, 3: 3, 4: 2][processCount]!
    let processes = (0..<processCount).map { _ in
      process(accesses: Int.random(in: 1...mostAccesses, using: &random))
    }
    var file = LitmusFile(
      name: "random-\(seed)", path: "random-\(seed).litmus", locations: locations,
      registerInitials: [:], processes: processes, listed: [], filter: nil, quantifier: .exists,
      condition: .truth(true))
    file.observeEverything()
    return file
  }

  private mutating func process(accesses: Int) -> LitmusProcess {
    registers = 0
    var hasExpected = false
    var body: [LitmusStatement] = []
    for _ in 0..<accesses {
      if random.chance(fenceShare) { body.append(.fence(order(.fence))) }
      let statement = access()
      if case .declare(_, .compareExchange) = statement {
        let expected = LitmusExpression.constant(Int.random(in: 0...1, using: &random))
        body.append(hasExpected ? .assign("e", expected) : .declare("e", expected))
        hasExpected = true
      }
      // Sometimes an access depends on what was read before.
      if registers > 0, random.chance(12) {
        let register = LitmusExpression.variable(
          "r\(Int.random(in: 0..<registers, using: &random))")
        let condition = LitmusExpression.binary(.equal, register, .constant(1))
        // Only a store, which names no register, may depend on one that is declared outside.
        if case .store = statement {
          body.append(.branch(condition, then: [statement], else: []))
          continue
        }
      }
      body.append(statement)
    }
    return LitmusProcess(
      parameters: locations.map { .init(name: $0.name, type: .atomicInt) }, body: body)
  }

  private enum Kind { case load, store, update, fence }

  private mutating func order(_ kind: Kind) -> LitmusOrder {
    let order = orders.randomElement(using: &random)!
    switch (kind, order) {
    case (.load, .release), (.load, .acquireRelease): return .acquire
    case (.store, .acquire), (.store, .acquireRelease): return .release
    case (.fence, .relaxed): return .acquireRelease
    default: return order
    }
  }

  private mutating func value() -> LitmusExpression {
    if registers > 0, random.chance(15) {
      return .variable("r\(Int.random(in: 0..<registers, using: &random))")
    }
    return .constant(Int.random(in: 1...2, using: &random))
  }

  private mutating func access() -> LitmusStatement {
    let address = LitmusExpression.variable(locations.randomElement(using: &random)!.name)
    let isPlain = random.chance(plainShare)
    if !isPlain, random.chance(updateShare) { return update(at: address) }
    if random.chance(50) {
      let value = value()
      return .store(address: address, value, isPlain ? .plain : order(.store))
    }
    return read(.load(address: address, isPlain ? .plain : order(.load)))
  }

  private mutating func read(_ expression: LitmusExpression) -> LitmusStatement {
    registers += 1
    return .declare("r\(registers - 1)", expression)
  }

  private mutating func update(at address: LitmusExpression) -> LitmusStatement {
    let order = order(.update)
    switch Int.random(in: 0..<4, using: &random) {
    case 0: return read(.exchange(address: address, value(), order))
    case 1, 2:
      let operation = LitmusFetch.allCases.randomElement(using: &random)!
      return read(.fetch(operation, address: address, value(), order))
    default:
      let desired = value()
      registers += 1
      let failure: LitmusOrder = [.relaxed, .acquire, .sequentiallyConsistent]
        .randomElement(using: &random)!
      return .declare(
        "r\(registers - 1)",
        .compareExchange(
          LitmusCompareExchange(
            address: address, expected: .local("e"), desired: desired, success: order,
            failure: failure, isWeak: random.chance(20))))
    }
  }
}

extension LitmusFile {
  /// Lists every register and location, so that two judges are compared in all that can be seen.
  mutating func observeEverything() {
    listed = locations.map { .location($0.name) }
    for (index, process) in processes.enumerated() {
      for name in process.body.declaredNames {
        listed.append(.register(process: index, name: name))
      }
    }
    condition = .truth(true)
  }
}

extension [LitmusStatement] {
  fileprivate var declaredNames: [String] {
    flatMap { statement -> [String] in
      switch statement {
      case .declare(let name, _): [name]
      case .branch(_, let then, let otherwise): then.declaredNames + otherwise.declaredNames
      case .loop(_, let body, _, _): body.declaredNames
      default: []
      }
    }
  }
}
