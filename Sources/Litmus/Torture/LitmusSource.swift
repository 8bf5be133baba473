// A litmus test as C for this machine: one function per process that runs a batch of instances,
// and the functions that reset them and read their outcomes.
//
// Locations and locals have the types of the test. Plain accesses are plain C (volatile where
// declared so): what the compiler does to them is part of what is tested. Between two instances
// stands a compiler barrier, so that it cannot merge them. What a state shows is handed out as
// `long`, addresses as the model has them.

/// A litmus test as C source.
struct LitmusSource {
  let program: LitmusProgram
  init(_ program: LitmusProgram) { self.program = program }

  /// The width of the widest location, at least that of an `int`.
  var wordBytes: Int {
    let wide = program.file.locations.contains { location in
      location.type.pointerDepth > 0 || location.type.integer.bits > LitmusInteger.int.bits
    }
    return wide ? MemoryLayout<Int>.size : MemoryLayout<Int32>.size
  }

  /// The whole translation unit.
  var text: String {
    let file = program.file
    let head = """
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
      "    (const struct layout *layout, long *results, long *abandons, long first) {",
      "  (void)results; (void)abandons;",
      "  long patience = PATIENCE, deadline = 0;",
      "  (void)patience; (void)deadline;",
      "  for (long step = 0; step < INSTANCES; step++) {",
      "    const long instance = (step + first) & (INSTANCES - 1);",
    ]
    for parameter in process.parameters {
      let type = parameter.type
      let volatility = type.isVolatile && type.pointerDepth == 0 ? "volatile " : ""
      lines.append(
        "    \(volatility)\(type.scalar) *const p_\(parameter.name) = "
          + "place(layout, \(self.index(of: parameter.name)), instance);")
      lines.append("    (void)p_\(parameter.name);")
    }
    let names = process.body.locals.union(observed(by: index).map(\.name)).sorted()
    for name in names {
      let initial = program.file.registerInitials[.register(process: index, name: name)]
      let type = process.scalar(of: name) ?? .int
      lines.append("    \(type) v_\(name) = \(text(of: initial ?? .number(0)));")
    }
    lines += printer.lines(process.body, indent: "    ")
    lines.append("    goto done;")
    if hasLoop { lines += ["  abandoned:", "    abandons[instance] = 1;"] }
    lines.append("  done:;")
    for (term, name) in observed(by: index) {
      lines.append(
        "    results[\(term) * INSTANCES + instance] = \(encoded("v_\(name)", term: term));")
    }
    for name in names { lines.append("    (void)v_\(name);") }
    lines += ["    __asm__ volatile(\"\" ::: \"memory\");", "  }", "}"]
    return lines.joined(separator: "\n")
  }

  /// A value of the initial state as C.
  private func text(of value: LitmusValue) -> String {
    switch value {
    case .number(let number): "\(number)L"
    case .address(let name): "place(layout, \(index(of: name)), instance)"
    }
  }

  /// Addresses differ from instance to instance; outcomes show which location they are of.
  private func encoded(_ value: String, term: Int) -> String {
    program.question.scalars[term].isPointer
      ? "encode(layout, instance, (long)\(value))" : "(long)\(value)"
  }

  private var dispatch: String {
    let cases = program.file.processes.indices.map {
      "  case \($0): process_\($0)(layout, results, abandons, first); break;"
    }
    return """
      static void run_process(int process, const struct layout *layout, long *results,
                              long *abandons, long first) {
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
            *(\(location.type.scalar) *)place(layout, \(index), instance) = \(text(of: location.initial));
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
    let lines = program.termSources.enumerated().map { index, source -> String in
      switch source {
      case .register: return "  values[\(index)] = results[\(index) * INSTANCES + instance];"
      case .location(let location):

        let type = program.file.locations[location].type.scalar
        let value = "*(\(type) *)place(layout, \(location), instance)"
        return "  values[\(index)] = \(encoded(value, term: index));"
      }
    }
    return """
      static inline void outcome(const struct layout *layout, const long *results, long instance,
                                 long *values) {
        (void)layout; (void)results; (void)instance; (void)values;
      \(lines.joined(separator: "\n"))
      }
      """
  }
}

extension LitmusStatement {
  private var inner: [LitmusStatement] {
    switch self {
    case .branch(_, let then, let otherwise): then + otherwise
    case .loop(_, let body, let step, _): body + step
    default: []
    }
  }

  fileprivate var localNames: Set<String> {
    switch self {
    case .declare(let name, _), .assign(let name, _): [name]
    default: inner.locals
    }
  }

  fileprivate var isOrHasLoop: Bool {
    if case .loop = self { return true }
    return inner.haveLoop
  }
}

extension [LitmusStatement] {
  /// The locals that are declared or assigned.
  var locals: Set<String> { reduce(into: []) { $0.formUnion($1.localNames) } }
  fileprivate var haveLoop: Bool { contains(where: \.isOrHasLoop) }
}
