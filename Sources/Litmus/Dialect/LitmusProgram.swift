// A litmus test as flat code: what the checkers run.
//
// The tree of a process is lowered to instructions with at most one shared access each, and
// numbered registers; named locals come first, temporaries after. A checker sees a process as a
// `LitmusThread`: a value that stops at each shared access and is told what it read. Both checkers
// use this and nothing else of each other.

/// An expression without accesses, over registers.
indirect enum LitmusPure: Sendable {
  case constant(Int)
  case register(Int)
  /// Operators with the type of their operands (of a shift: of the left one).
  case unary(LitmusUnary, LitmusInteger, LitmusPure)
  case binary(LitmusOperator, LitmusInteger, LitmusPure, LitmusPure)
  case convert(LitmusInteger, LitmusPure)
  /// An address moved by a number, which has to be 0.
  case moved(LitmusPure, by: LitmusPure)

  /// The registers it reads.
  var registers: [Int] {
    switch self {
    case .constant: []
    case .register(let index): [index]
    case .unary(_, _, let inner), .convert(_, let inner): inner.registers
    case .binary(_, _, let left, let right), .moved(let left, by: let right):
      left.registers + right.registers
    }
  }
}

/// One instruction of a process.
enum LitmusInstruction: Sendable {
  case assign(Int, LitmusPure)
  case load(into: Int, address: LitmusPure, LitmusOrder)
  case store(address: LitmusPure, LitmusPure, LitmusOrder)
  case exchange(into: Int, address: LitmusPure, LitmusPure, LitmusOrder)
  case fetch(into: Int, LitmusCombination, address: LitmusPure, LitmusPure, LitmusOrder)
  /// `into` gets whether it exchanged, `old` what was there.
  case compareExchange(
    into: Int, old: Int, address: LitmusPure, expected: LitmusPure, desired: LitmusPure,
    success: LitmusOrder, failure: LitmusOrder, isWeak: Bool)
  case fence(LitmusOrder)
  case jump(Int)
  case jumpIfZero(LitmusPure, Int)
  /// Starts loop number n anew.
  case enterLoop(Int)
  /// Stands where loop number n begins each round.
  case loopHead(Int)
  /// Stands where a round of loop number n has passed the condition.
  case loopBody(Int)

  /// The registers it reads and the one or two that it writes.
  var uses: (reads: [Int], writes: [Int]) {
    switch self {
    case .assign(let register, let value): (value.registers, [register])
    case .load(let register, let address, _): (address.registers, [register])
    case .store(let address, let value, _): (address.registers + value.registers, [])
    case .exchange(let register, let address, let value, _),
      .fetch(let register, _, let address, let value, _):
      (address.registers + value.registers, [register])
    case .compareExchange(let register, let old, let address, let expected, let desired, _, _, _):
      (address.registers + expected.registers + desired.registers, [register, old])
    case .jumpIfZero(let condition, _): (condition.registers, [])
    case .fence, .jump, .enterLoop, .loopHead, .loopBody: ([], [])
    }
  }

  /// Where it can go besides the next instruction, and whether it can go there.
  var jumpTarget: (target: Int?, fallsThrough: Bool) {
    switch self {
    case .jump(let target): (target, false)
    case .jumpIfZero(_, let target): (target, true)
    default: (nil, true)
    }
  }
}

/// A process as flat code.
struct LitmusCode: Sendable {
  /// The file, for messages.
  var path: String
  var instructions: [LitmusInstruction]
  /// The line of each instruction.
  var lines: [Int]
  /// The line of each loop.
  var loopLines: [Int]
  /// Values of the registers at the start.
  var initialRegisters: [Int]
  var locationCount: Int
  /// For each loop, the registers that are read later before they are written.
  var liveAtHead: [[Int]]
}

/// A litmus test ready to be run by a checker.
public struct LitmusProgram: Sendable {
  /// Addresses as values: not null, and never mixed with numbers, since types keep them apart.
  static let addressBase = 1 << 48

  let file: LitmusFile
  let codes: [LitmusCode]
  let initialMemory: [Int]
  let question: LitmusQuestion
  /// For each term, where its value stands.
  let termSources: [TermSource]

  enum TermSource: Sendable {
    case register(process: Int, index: Int)
    case location(Int)
  }

  /// Lowers a test.
  public init(_ file: LitmusFile) {
    self.file = file
    let locations = Dictionary(
      uniqueKeysWithValues: file.locations.enumerated().map { ($1.name, $0) })
    func number(_ value: LitmusValue) -> Int {
      switch value {
      case .number(let number): number
      case .address(let name): Self.addressBase + locations[name]!
      }
    }
    initialMemory = file.locations.map { number($0.initial) }
    question = LitmusQuestion(
      condition: file.condition, filter: file.filter, quantifier: file.quantifier,
      listed: file.listed, locationNames: file.locations.map(\.name),
      types: { file.scalar(of: $0) ?? .int })
    let terms = question.terms
    var codes: [LitmusCode] = []
    var registers: [[String: Int]] = []
    for (index, process) in file.processes.enumerated() {
      var lowering = LitmusLowering(process: process, locations: locations, path: file.path)
      for (term, value) in file.registerInitials {
        if case .register(index, let name) = term {
          lowering.setInitial(name, number(value))
        }
      }
      let observed = terms.compactMap { term -> String? in
        if case .register(index, let name) = term { name } else { nil }
      }
      codes.append(lowering.code(observed: observed))
      registers.append(lowering.named)
    }
    self.codes = codes
    termSources = terms.map { term in
      switch term {
      case .register(let process, let name):
        .register(process: process, index: registers[process][name]!)
      case .location(let name): .location(locations[name]!)
      }
    }
  }
}
