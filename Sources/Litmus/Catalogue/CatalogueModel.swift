// A catalogue test on the model: the same code, every execution that RC11 allows.

import ModelChecker

extension LitmusCatalogue.Entry {
  /// Decides the test with the model checker.
  public func decide(options: ExplorerOptions = ExplorerOptions()) -> ModelVerdict {
    let run = modelled
    let bodies = (0..<processes).map { process -> (ModelContext) -> Void in
      { context in
        let registers = run(process, ModelMemory(context))
        context.observe(0, registers.r0)
        context.observe(1, registers.r1)
        context.observe(2, registers.r2)
      }
    }
    var options = options
    options.stopsAtFirstFailure = false
    var states: Set<LitmusState> = []
    let terms = question.terms
    let report = Explorer(options).explore(ModelProgram(name: name, bodies: bodies)) { final in
      let values = terms.map { term -> Int in
        switch term {
        case .register(let process, let name):
          Int(final.observation(process, OutcomeKey.register(name)))
        case .location(let name):
          Int(final.value(Self.modelledPitch * OutcomeKey.location(name)))
        }
      }
      states.insert(LitmusState(values: values))
    }
    return question.verdict(
      test: name, states: states, raced: report.races > 0, bound: report.extent.bound,
      executions: report.executions, seconds: report.seconds)
  }
}
