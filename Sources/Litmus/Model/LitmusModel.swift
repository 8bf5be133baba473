// Decides a litmus test with the model checker: the flat code runs on its fibres, each shared
// access through its operations.
//
// The bodies own nothing: the threads stand in boxes outside, since an abandoned fibre is never
// unwound. A process that is to go no further (an idle round of a loop, a bound) waits for a value
// that never comes, which ends the execution without a final state; races before that count.

import ModelChecker

/// Decides litmus tests with the model checker.
public enum LitmusModel {
  /// A process as it runs, and what became of it. Used by one exploration on one thread.
  private final class Box {
    let code: LitmusCode
    let start: LitmusThread
    var thread: LitmusThread
    var wasBounded = false
    var failure: LitmusRunError?

    init(_ code: LitmusCode, process: Int, limits: LitmusLimits) {
      self.code = code
      start = LitmusThread(code, process: process, limits: limits)
      thread = start
    }

    func run() -> LitmusThread.Stop? {
      do throws(LitmusRunError) {
        return try thread.run(code)
      } catch {
        failure = error
        return nil
      }
    }
  }

  /// A location that no test has, whose value never changes.
  private static let neverWritten = -1

  /// Decides a test.
  ///
  /// - Throws: `LitmusRunError` where an execution does what C leaves undefined, races apart.
  public static func decide(
    _ program: LitmusProgram, limits: LitmusLimits = LitmusLimits(),
    options: ExplorerOptions = ExplorerOptions()
  ) throws(LitmusRunError) -> ModelVerdict {
    let boxes = program.codes.enumerated().map { Box($1, process: $0, limits: limits) }
    var initial: [Int: UInt64] = [:]
    for (location, value) in program.initialMemory.enumerated() {
      initial[location] = UInt64(bitPattern: Int64(value))
    }
    let model = ModelProgram(
      name: program.file.name, bodies: boxes.map { box in { body(of: box, $0) } },
      initial: initial)
    var options = options
    options.stopsAtFirstFailure = false
    var states: Set<LitmusState> = []
    let report = Explorer(options).explore(model) { final in
      let state = program.finalState(
        register: { boxes[$0].thread.registers[$1] },
        memory: { Int(Int64(bitPattern: final.value($0))) })
      if program.question.isObserved(state) { states.insert(state) }
    }
    let raced = report.races > 0
    if !raced, let failure = boxes.lazy.compactMap(\.failure).first { throw failure }
    let complete = report.extent == .complete && !boxes.contains(where: \.wasBounded)
    return program.question.verdict(
      test: program.file.name, states: states, raced: raced,
      complete: complete, executions: report.executions, seconds: report.seconds)
  }

  /// The whole life of a process, from its start each time.
  private static func body(of box: Box, _ context: ModelContext) {
    box.thread = box.start
    while let stop = box.run() {
      switch stop {
      case .finished: return
      case .operation(let operation): perform(operation, box, context)
      case .bounded:
        box.wasBounded = true
        return stopForEver(context)
      case .idle: return stopForEver(context)
      }
    }
    stopForEver(context)
  }

  private static func stopForEver(_ context: ModelContext) {
    context.waitUntil(neverWritten, .relaxed) { _ in false }
  }

  private static func perform(
    _ operation: LitmusOperation, _ box: Box, _ context: ModelContext
  ) {
    let location = operation.location
    let order = operation.order.modelOrder
    var read = 0
    var exchanged = false
    switch operation.kind {
    case .fence: context.fence(order ?? .relaxed)
    case .load:
      let value = order.map { context.load(location, $0) } ?? context.loadPlain(location)
      read = Int(Int64(bitPattern: value))
    case .store(let value):
      let bits = UInt64(bitPattern: Int64(value))
      if let order {
        context.store(location, bits, order)
      } else {
        context.storePlain(location, bits)
      }
    case .update(let update):
      let (kind, operand) = update.modelled
      read = Int(
        Int64(bitPattern: context.update(location, kind, operand, order ?? .relaxed)))
    case .compareExchange(let expected, let desired, let failure, let isWeak):
      let expected = UInt64(bitPattern: Int64(expected))
      let desired = UInt64(bitPattern: Int64(desired))
      let result =
        isWeak
        ? context.weakCompareExchange(
          location, expected: expected, desired: desired, order ?? .relaxed,
          failure: failure.modelOrder)
        : context.compareExchange(
          location, expected: expected, desired: desired, order ?? .relaxed,
          failure: failure.modelOrder)
      read = Int(Int64(bitPattern: result.original))
      exchanged = result.exchanged
    }
    box.thread.complete(box.code, read: read, exchanged: exchanged)
  }
}

extension LitmusOrder {
  /// The checker's name of the order; `nil` for a plain access.
  fileprivate var modelOrder: ModelOrder? {
    switch self {
    case .plain: nil
    case .relaxed: .relaxed
    case .acquire: .acquire
    case .release: .release
    case .acquireRelease: .acquireRelease
    case .sequentiallyConsistent: .sequentiallyConsistent
    }
  }
}

extension LitmusUpdate {
  fileprivate var modelled: (ModelUpdate, UInt64) {
    switch self {
    case .exchange(let value): (.exchange, UInt64(bitPattern: Int64(value)))
    case .combine(let operation, let operand):
      (operation.modelUpdate, UInt64(bitPattern: Int64(operand)))
    }
  }
}

extension LitmusFetch {
  fileprivate var modelUpdate: ModelUpdate {
    switch self {
    case .add: .add
    case .sub: .subtract
    case .or: .or
    case .and: .and
    case .xor: .xor
    }
  }
}
