// Lowers the tree of a process to flat code.

struct LitmusLowering {
  /// Registers of the named locals.
  private(set) var named: [String: Int] = [:]
  private let locations: [String: Int]
  private let process: LitmusProcess
  private let scope: LitmusScope
  private let path: String
  private var instructions: [LitmusInstruction] = []
  private var lines: [Int] = []
  private var line = 0
  private var initialRegisters: [Int] = []
  private var loopLines: [Int] = []
  /// Jumps of the innermost loop that wait for their targets.
  private var leaving: [[Int]] = []
  private var continuing: [[Int]] = []
  private var leavingProcess: [Int] = []

  init(process: LitmusProcess, locations: [String: Int], path: String) {
    self.process = process
    self.locations = locations
    self.path = path
    scope = LitmusScope(process)
  }

  /// Gives a local its value at the start.
  mutating func setInitial(_ name: String, _ value: Int) {
    initialRegisters[register(named: name)] = value
  }

  /// The code; `observed` are the locals whose values at the end matter.
  mutating func code(observed: [String]) -> LitmusCode {
    lower(process.body)
    patch(leavingProcess)
    let observed = observed.map { register(named: $0) }
    return LitmusCode(
      path: path, instructions: instructions, lines: lines, loopLines: loopLines,
      initialRegisters: initialRegisters, locationCount: locations.count,
      liveAtHead: instructions.liveAtHeads(loopCount: loopLines.count, observed: observed))
  }

  // MARK: registers and jumps

  private mutating func register(named name: String) -> Int {
    if let known = named[name] { return known }
    let register = temporary()
    named[name] = register
    return register
  }

  private mutating func temporary() -> Int {
    initialRegisters.append(0)
    return initialRegisters.count - 1
  }

  private mutating func emit(_ instruction: LitmusInstruction) {
    instructions.append(instruction)
    lines.append(line)
  }

  /// Emits a jump whose target is set by `patch`.
  private mutating func emitForwardJump(ifZero condition: LitmusPure? = nil) -> Int {
    emit(condition.map { .jumpIfZero($0, -1) } ?? .jump(-1))
    return instructions.count - 1
  }

  /// Lets jumps go to the next instruction.
  private mutating func patch(_ jumps: [Int]) {
    for jump in jumps {
      switch instructions[jump] {
      case .jumpIfZero(let condition, _):
        instructions[jump] = .jumpIfZero(condition, instructions.count)
      default: instructions[jump] = .jump(instructions.count)
      }
    }
  }

  // MARK: statements

  private mutating func lower(_ statements: [LitmusStatement]) {
    for statement in statements { lower(statement) }
  }

  private mutating func lower(_ statement: LitmusStatement) {
    switch statement {
    case .declare(let name, let value):
      // Without a value nothing is emitted: a value given in the initial state stays.
      let register = register(named: name)
      if let value { emit(.assign(register, lower(value, as: scope.scalar(of: .variable(name))))) }
    case .assign(let name, let value):
      let register = register(named: name)
      emit(.assign(register, lower(value, as: scope.scalar(of: .variable(name)))))
    case .store(let address, let value, let order):
      let place = lower(address)
      emit(.store(address: place, lower(value, as: pointee(address)), order))
    case .fence(let order): emit(.fence(order))
    case .evaluate(let expression): _ = lower(expression)
    case .branch(let condition, let then, let otherwise):
      let toElse = emitForwardJump(ifZero: lower(condition))
      lower(then)
      let toEnd = emitForwardJump()
      patch([toElse])
      lower(otherwise)
      patch([toEnd])
    case .loop(let condition, let body, let step, let testsFirst):
      lowerLoop(condition, body: body, step: step, testsFirst: testsFirst)
    case .leaveLoop: leaving[leaving.count - 1].append(emitForwardJump())
    case .continueLoop: continuing[continuing.count - 1].append(emitForwardJump())
    case .leave: leavingProcess.append(emitForwardJump())
    case .line(let place): line = place.number
    }
  }

  private mutating func lowerLoop(
    _ condition: LitmusExpression, body: [LitmusStatement], step: [LitmusStatement],
    testsFirst: Bool
  ) {
    let loop = loopLines.count
    let line = line
    loopLines.append(line)
    leaving.append([])
    continuing.append([])
    emit(.enterLoop(loop))
    let head = instructions.count
    emit(.loopHead(loop))
    if testsFirst {
      leaving[leaving.count - 1].append(emitForwardJump(ifZero: lower(condition)))
    }
    emit(.loopBody(loop))
    lower(body)
    patch(continuing.removeLast())
    self.line = line
    lower(step)
    if !testsFirst {
      leaving[leaving.count - 1].append(emitForwardJump(ifZero: lower(condition)))
    }
    emit(.jump(head))
    patch(leaving.removeLast())
  }

  // MARK: expressions

  /// Emits the accesses of an expression and returns what is left of it.
  private mutating func lower(_ expression: LitmusExpression) -> LitmusPure {
    switch expression {
    case .constant(let value): return .constant(value)
    case .variable(let name):
      let isParameter = process.parameters.contains { $0.name == name }
      if isParameter { return .constant(LitmusProgram.addressBase + locations[name]!) }
      return .register(register(named: name))
    case .load(let address, let order):
      let place = lower(address)
      return result { .load(into: $0, address: place, order) }
    case .exchange(let address, let value, let order):
      let place = lower(address)
      let value = lower(value, as: pointee(address))
      return result { .exchange(into: $0, address: place, value, order) }
    case .fetch(let operation, let address, let value, let order):
      let place = lower(address)
      let type = pointee(address)
      let value = lower(value, as: type)
      let combination = LitmusCombination(operation: operation, type: type.integer)
      return result { .fetch(into: $0, combination, address: place, value, order) }
    case .compareExchange(let operands): return lower(operands)
    case .unary(let operation, let inner):
      let type = LitmusScalar(integer: scope.scalar(of: inner).integer.promoted)
      return .unary(
        operation, type.integer, operation == .not ? lower(inner) : lower(inner, as: type))
    case .binary(let operation, let left, let right): return lower(operation, left, right)
    case .both(let left, let right):
      return choice(left, then: Self.truth(of: right), else: .constant(0), as: .int)
    case .either(let left, let right):
      return choice(left, then: .constant(1), else: Self.truth(of: right), as: .int)
    case .conditional(let condition, let then, let otherwise):
      return choice(condition, then: then, else: otherwise, as: scope.scalar(of: expression))
    case .cast(let type, let inner): return lower(inner, as: type.scalar)
    }
  }

  private static func truth(of expression: LitmusExpression) -> LitmusExpression {
    .unary(.not, .unary(.not, expression))
  }

  private func pointee(_ address: LitmusExpression) -> LitmusScalar {
    scope.scalar(of: address).pointee
  }

  /// An expression converted to a type.
  private mutating func lower(
    _ expression: LitmusExpression, as type: LitmusScalar
  ) -> LitmusPure {
    let value = lower(expression)
    if type.isPointer || scope.scalar(of: expression) == type { return value }
    if case .constant(let number) = value { return .constant(type.integer.converted(number)) }
    return .convert(type.integer, value)
  }

  private mutating func lower(
    _ operation: LitmusOperator, _ left: LitmusExpression, _ right: LitmusExpression
  ) -> LitmusPure {
    let (first, second) = (scope.scalar(of: left), scope.scalar(of: right))
    if first.isPointer || second.isPointer {
      let (low, high) = (lower(left), lower(right))
      if operation.isComparison { return .binary(operation, .long, low, high) }
      return first.isPointer ? .moved(low, by: high) : .moved(high, by: low)
    }
    let common = LitmusScalar(
      integer: operation.isShift
        ? first.integer.promoted : first.integer.common(with: second.integer))
    let low = lower(left, as: common)
    return .binary(
      operation, common.integer, low, operation.isShift ? lower(right) : lower(right, as: common))
  }

  private mutating func result(_ make: (Int) -> LitmusInstruction) -> LitmusPure {
    let register = temporary()
    emit(make(register))
    return .register(register)
  }

  private mutating func choice(
    _ condition: LitmusExpression, then: LitmusExpression, else otherwise: LitmusExpression,
    as type: LitmusScalar
  ) -> LitmusPure {
    let register = temporary()
    let toElse = emitForwardJump(ifZero: lower(condition))
    emit(.assign(register, lower(then, as: type)))
    let toEnd = emitForwardJump()
    patch([toElse])
    emit(.assign(register, lower(otherwise, as: type)))
    patch([toEnd])
    return .register(register)
  }

  private mutating func lower(_ operands: LitmusCompareExchange) -> LitmusPure {
    let place = lower(operands.address)
    let expected: LitmusPure
    var pointer: LitmusPure?
    switch operands.expected {
    case .local(let name): expected = .register(register(named: name))
    case .pointer(let expression):
      let address = lower(expression)
      pointer = address
      expected = result { .load(into: $0, address: address, .plain) }
    }
    let desired = lower(operands.desired, as: pointee(operands.address))
    let exchanged = temporary()
    let old = temporary()
    emit(
      .compareExchange(
        into: exchanged, old: old, address: place, expected: expected, desired: desired,
        success: operands.success, failure: operands.failure, isWeak: operands.isWeak))
    // On failure what was found replaces what was expected.
    let toFailure = emitForwardJump(ifZero: .register(exchanged))
    let toEnd = emitForwardJump()
    patch([toFailure])
    switch operands.expected {
    case .local(let name): emit(.assign(register(named: name), .register(old)))
    case .pointer: emit(.store(address: pointer!, .register(old), .plain))
    }
    patch([toEnd])
    return .register(exchanged)
  }
}
