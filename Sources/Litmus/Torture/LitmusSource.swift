// A litmus test as C for this machine: one function per process that runs a batch of instances,
// and the functions that reset them and read their outcomes.
//
// All shared words have one width, `word_t`: `int`, or `long` where addresses are values. Plain
// accesses are plain C (volatile where declared so): what the compiler does to them is part of
// what is tested. Between two instances stands a compiler barrier, so that it cannot merge them.

/// A litmus test as C source.
struct LitmusSource {
  let program: LitmusProgram
  /// Whether shared words must hold addresses.
  let holdsAddresses: Bool

  init(_ program: LitmusProgram) {
    self.program = program
    let file = program.file
    let initials = file.locations.map(\.initial) + file.registerInitials.values
    holdsAddresses =
      initials.contains { if case .address = $0 { true } else { false } }
      || file.processes.contains { process in
        process.body.useAddresses(of: Set(process.parameters.map(\.name)))
      }
  }

  /// The whole translation unit.
  var text: String {
    let file = program.file
    let head = """
      typedef \(holdsAddresses ? "long" : "int") word_t;
      enum { PROCESSES = \(file.processes.count), LOCATIONS = \(file.locations.count), \
      TERMS = \(program.question.terms.count) };
      """
    let parts =
      [head, LitmusFrameSource.declarations] + file.processes.indices.map { function(of: $0) }
      + [dispatch, reset, outcome, LitmusFrameSource.functions]
    return parts.joined(separator: "\n\n") + "\n"
  }

  /// Whether outcomes show what is in memory at the end.
  var showsLocations: Bool {
    program.question.terms.contains { if case .location = $0 { true } else { false } }
  }

  /// The registers of a process that outcomes show: index of the term and name.
  private func observed(by process: Int) -> [(term: Int, name: String)] {
    program.question.terms.enumerated().compactMap { index, term in
      if case .register(process, let name) = term { (index, name) } else { nil }
    }
  }

  private func index(of location: String) -> Int {
    program.file.locations.firstIndex { $0.name == location }!
  }

  // MARK: processes

  private func function(of index: Int) -> String {
    let process = program.file.processes[index]
    let printer = LitmusPrinter(style: .compiled, process: process)
    let hasLoop = process.body.haveLoop
    var lines = [
      "static __attribute__((noinline)) void process_\(index)",
      "    (const struct layout *layout, word_t *results, word_t *abandons, long first) {",
      "  (void)results; (void)abandons;",
      "  for (long step = 0; step < INSTANCES; step++) {",
      "    const long instance = (step + first) & (INSTANCES - 1);",
    ]
    for parameter in process.parameters {
      let volatility = parameter.type.name.hasPrefix("volatile") ? "volatile " : ""
      lines.append(
        "    \(volatility)word_t *const p_\(parameter.name) = "
          + "place(layout, \(self.index(of: parameter.name)), instance);")
      lines.append("    (void)p_\(parameter.name);")
    }
    let names = process.body.locals.union(observed(by: index).map(\.name)).sorted()
    for name in names {
      let initial = program.file.registerInitials[.register(process: index, name: name)]
      lines.append("    long v_\(name) = \(text(of: initial ?? .number(0)));")
    }
    if hasLoop { lines.append("    long patience = PATIENCE;") }
    lines += printer.lines(process.body, indent: "    ")
    lines.append("    goto done;")
    if hasLoop { lines += ["  abandoned:", "    abandons[instance] = 1;"] }
    lines.append("  done:;")
    for (term, name) in observed(by: index) {
      lines.append(
        "    results[\(term) * INSTANCES + instance] = (word_t)\(encoded("v_\(name)"));")
    }
    for name in names { lines.append("    (void)v_\(name);") }
    lines += ["    __asm__ volatile(\"\" ::: \"memory\");", "  }", "}"]
    return lines.joined(separator: "\n")
  }

  /// A value of the initial state as C.
  private func text(of value: LitmusValue) -> String {
    switch value {
    case .number(let number): "\(number)L"
    case .address(let name): "(long)place(layout, \(index(of: name)), instance)"
    }
  }

  /// Addresses differ from instance to instance; outcomes show which location they are of.
  private func encoded(_ value: String) -> String {
    holdsAddresses ? "encode(layout, instance, \(value))" : value
  }

  private var dispatch: String {
    let cases = program.file.processes.indices.map {
      "  case \($0): process_\($0)(layout, results, abandons, first); break;"
    }
    return """
      static void run_process(int process, const struct layout *layout, word_t *results,
                              word_t *abandons, long first) {
        switch (process) {
      \(cases.joined(separator: "\n"))
        }
      }
      """
  }

  // MARK: initial state and outcome

  private var reset: String {
    let cases = program.file.locations.enumerated().map { index, location in
      """
        case \(index):
          for (long instance = from; instance < to; instance++)
            *place(layout, \(index), instance) = (word_t)\(text(of: location.initial));
          break;
      """
    }
    return """
      static void reset(const struct layout *layout, int location, long from, long to) {
        switch (location) {
      \(cases.joined(separator: "\n"))
        }
      }
      """
  }

  private var outcome: String {
    let lines = program.termSources.enumerated().map { index, source in
      switch source {
      case .register: "  values[\(index)] = results[\(index) * INSTANCES + instance];"
      case .location(let location):
        "  values[\(index)] = (word_t)\(encoded("(long)*place(layout, \(location), instance)"));"
      }
    }
    return """
      static inline void outcome(const struct layout *layout, const word_t *results, long instance,
                                 word_t *values) {
        (void)layout; (void)results; (void)instance; (void)values;
      \(lines.joined(separator: "\n"))
      }
      """
  }
}

extension LitmusStatement {
  /// Direct parts: addresses that are accessed, other expressions, nested statements.
  private var parts:
    (addresses: [LitmusExpression], values: [LitmusExpression], statements: [LitmusStatement])
  {
    switch self {
    case .declare(_, let value): ([], value.map { [$0] } ?? [], [])
    case .assign(_, let value), .evaluate(let value): ([], [value], [])
    case .store(let address, let value, _): ([address], [value], [])
    case .branch(let condition, let then, let otherwise): ([], [condition], then + otherwise)
    case .loop(let condition, let body, let step, _): ([], [condition], body + step)
    case .fence, .leaveLoop, .continueLoop, .leave: ([], [], [])
    }
  }

  fileprivate func usesAddresses(of parameters: Set<String>) -> Bool {
    let (addresses, values, statements) = parts
    return addresses.contains { $0.isComputed(from: parameters) }
      || values.contains { $0.usesAsValue(parameters) }
      || statements.useAddresses(of: parameters)
  }

  fileprivate var localNames: Set<String> {
    switch self {
    case .declare(let name, _), .assign(let name, _): [name]
    default: parts.statements.locals
    }
  }

  fileprivate var isOrHasLoop: Bool {
    if case .loop = self { return true }
    return parts.statements.haveLoop
  }
}

extension [LitmusStatement] {
  /// Whether an address is used otherwise than to access its location.
  fileprivate func useAddresses(of parameters: Set<String>) -> Bool {
    contains { $0.usesAddresses(of: parameters) }
  }

  fileprivate var locals: Set<String> { reduce(into: []) { $0.formUnion($1.localNames) } }
  fileprivate var haveLoop: Bool { contains(where: \.isOrHasLoop) }
}

extension LitmusExpression {
  /// Whether, as the address of an access, it is more than a parameter.
  fileprivate func isComputed(from parameters: Set<String>) -> Bool {
    if case .variable(let name) = self { return !parameters.contains(name) }
    return true
  }

  /// Whether an address may be its value or part of what it computes.
  fileprivate func usesAsValue(_ parameters: Set<String>) -> Bool {
    switch self {
    case .constant: false
    case .variable(let name): parameters.contains(name)
    case .load(let address, _): address.isComputed(from: parameters)
    case .exchange(let address, let value, _), .fetch(_, let address, let value, _):
      address.isComputed(from: parameters) || value.usesAsValue(parameters)
    case .compareExchange(let operands):
      operands.address.isComputed(from: parameters) || operands.desired.usesAsValue(parameters)
    case .unary(_, let inner): inner.usesAsValue(parameters)
    case .binary(_, let left, let right), .both(let left, let right), .either(let left, let right):
      left.usesAsValue(parameters) || right.usesAsValue(parameters)
    case .conditional(let condition, let then, let otherwise):
      [condition, then, otherwise].contains { $0.usesAsValue(parameters) }
    }
  }
}
