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
    /// The limit that stopped it in some execution.
    var bound: String?
    /// What its idle round read, in this execution.
    var idleReads: [LitmusRead]?
    var isFinished = false
    var failure: LitmusError?

    init(_ code: LitmusCode, process: Int, limits: LitmusLimits) {
      self.code = code
      start = LitmusThread(code, process: process, limits: limits)
      thread = start
    }

    func run() -> LitmusThread.Stop? {
      do throws(LitmusError) {
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
  /// - Throws: `LitmusError` with the line where an execution does what C leaves undefined, races apart.
  public static func decide(
    _ program: LitmusProgram, limits: LitmusLimits = LitmusLimits(),
    options: ExplorerOptions = ExplorerOptions()
  ) throws(LitmusError) -> ModelVerdict {
    let boxes = program.codes.enumerated().map { Box($1, process: $0, limits: limits) }
    var initial: [Int: UInt64] = [:]
    for (location, value) in program.initialMemory.enumerated() {
      initial[location] = UInt64(bitPattern: Int64(value))
    }
    var model = ModelProgram(
      name: program.file.name, bodies: boxes.map { box in { body(of: box, $0) } },
      initial: initial)
    var endless = 0
    // Who waits although all that his last round read is as it was then waits for ever.
    model.onDeadlock = { final in
      let isEndless = boxes.allSatisfy { box in
        box.isFinished
          || box.idleReads?.allSatisfy {
            Int(Int64(bitPattern: final.value($0.location))) == $0.value
          } == true
      }
      if isEndless { endless += 1 }
    }
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
    let bounds = [report.extent.bound] + boxes.map(\.bound) + [LitmusQuestion.bound(endless)]
    return program.question.verdict(
      test: program.file.name, states: states, raced: raced,
      bound: bounds.compactMap { $0 }.first, executions: report.executions,
      seconds: report.seconds)
  }

  /// The whole life of a process, from its start each time.
  private static func body(of box: Box, _ context: ModelContext) {
    box.thread = box.start
    box.idleReads = nil
    box.isFinished = false
    while let stop = box.run() {
      switch stop {
      case .finished:
        box.isFinished = true
        return
      case .operation(let operation): perform(operation, box, context)
      case .bounded(let bound):
        box.bound = bound
        return stopForEver(context)
      case .idle(let reads):
        box.idleReads = reads
        return stopForEver(context)
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
      let old = context.update(location, order ?? .relaxed) {
        UInt64(bitPattern: Int64(update.applied(to: Int(Int64(bitPattern: $0)))))
      }
      read = Int(Int64(bitPattern: old))
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
    box.thread.complete(box.code, operation, read: read, exchanged: exchanged)
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

extension ExplorationExtent {
  /// What was left out, or `nil`.
  var bound: String? {
    switch self {
    case .complete: nil
    case .bounded(let reason): reason
    case .stoppedAtFailure: "stopped early"
    }
  }
}
