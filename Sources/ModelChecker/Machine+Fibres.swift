// Running the bodies: replay from the graph, hand over when the graph ends.
//
// A body is never rewound. When the graph no longer holds what a fibre has consumed, the fibre is
// abandoned where it stands and its body started anew on the same stack; each operation of the
// replayed part is one look-up. The functions marked "on a fibre" run on a process's stack.

import CPlatform

extension Machine {
  /// On a fibre: the result of the next operation.
  @inline(__always) func perform(_ process: Int, _ request: @autoclosure () -> Request) -> UInt64 {
    let fibre = fibres + process
    if hasCrashes, let pretended = crash(fibre, request()) { return pretended }
    let position = fibre.pointee.position
    if position >= counts[process] { ask(fibre, request()) }
    fibre.pointee.position = position &+ 1
    return event(process, position).pointee.value
  }

  /// On a fibre: dies, or gives the result of an operation that only the victim itself sees.
  @inline(never) private func crash(
    _ fibre: UnsafeMutablePointer<Fibre>, _ request: Request
  ) -> UInt64? {
    // As weakened: a mutation of orders changes what a kill may lose, too.
    switch crashVerdict(fibre.pointee.process, weaken(request)) {
    case .execute: return nil
    case .pretend(let value): return value
    case .die:
      crashes[crashSlots[fibre.pointee.process]!].isDead = true
      fibre.pointee.status = .ended
    case .impossible: fibre.pointee.status = .impossible
    }
    while true { leave(fibre) }
  }

  /// On a fibre: hands over until the explorer has put what is asked for into the graph.
  @inline(never) private func ask(_ fibre: UnsafeMutablePointer<Fibre>, _ request: Request) {
    fibre.pointee.request = weaken(request)
    fibre.pointee.status = .requesting
    leave(fibre)
  }

  /// On a fibre: hands over to the explorer.
  @inline(__always) fileprivate func leave(_ fibre: UnsafeMutablePointer<Fibre>) {
    platform_fibre_switch(stackPointerCell(fibre), explorerStack.pointee)
  }

  @inline(__always) private func stackPointerCell(
    _ fibre: UnsafeMutablePointer<Fibre>
  ) -> UnsafeMutablePointer<UnsafeMutableRawPointer?> {
    // The stack pointer is the first member of a fibre.
    UnsafeMutableRawPointer(fibre).assumingMemoryBound(to: UnsafeMutableRawPointer?.self)
  }

  /// On a fibre: loads until the condition holds; stays blocked where it does not.
  func wait(_ process: Int, _ request: Request, _ condition: (UInt64) -> Bool) -> UInt64 {
    let fibre = fibres + process
    if hasCrashes, let held = crash(fibre, request), condition(held) { return held }
    let position = fibre.pointee.position
    while true {
      if position >= counts[process] { ask(fibre, request) }
      let value = event(process, position).pointee.value
      if condition(value) {
        fibre.pointee.position = position &+ 1
        return value
      }
      fibre.pointee.request = weaken(request)
      fibre.pointee.status = .blocked
      leave(fibre)
    }
  }

  /// On a fibre: ends the execution as a failure. Does not return.
  func failRequirement(_ process: Int, _ message: StaticString) {
    let fibre = fibres + process
    pendingFailure = (.requirement, "\(nameOf(process)): \(message)")
    // Run again, it fails again: whoever goes back beyond this must not find it waiting.
    fibre.pointee.status = .stale
    while true { leave(fibre) }
  }

  /// Runs a process until it asks, blocks or ends. Called on the explorer's stack.
  func resume(_ process: Int) {
    let fibre = fibres + process
    if fibre.pointee.status == .stale {
      fibre.pointee.position = 0
      if let slot = crashSlots[process] { crashes[slot].restart() }
      (observations + process * ModelProgram.maximumObservations).update(
        repeating: 0, count: ModelProgram.maximumObservations)
      fibre.pointee.stackPointer = platform_fibre_prepare(
        fibre.pointee.stackTop, fibreEntry, fibre)
    }
    platform_fibre_switch(explorerStack, fibre.pointee.stackPointer)
  }

  func nameOf(_ process: Int) -> String {
    let name = program.processes[process].name
    return name.isEmpty ? "P\(process)" : name
  }

  /// Applies the mutation, if this access is one that was chosen.
  private func weaken(_ request: Request) -> Request {
    guard notesEdges, request.edge != 0 else { return request }
    return noteAndWeaken(request)
  }
}

/// The first function on a fibre's stack. It never returns, so it must not keep references.
private func fibreEntry(_ argument: UnsafeMutableRawPointer?) {
  let fibre = argument!.assumingMemoryBound(to: Fibre.self)
  fibre.pointee.machine._withUnsafeGuaranteedRef { machine in
    machine.runBody(fibre.pointee.process)
    fibre.pointee.status = .ended
    while true { machine.leave(fibre) }
  }
}

extension Machine {
  @inline(never) fileprivate func runBody(_ process: Int) {
    program.processes[process].body(contexts[process])
  }
}
