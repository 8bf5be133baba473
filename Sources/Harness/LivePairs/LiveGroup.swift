// The live processes of one variant: started once, then given slices.

import HardwareMemory
import MemoryInterface

/// A running group. The idle group blocks in a read and costs the others nothing.
final class LiveGroup {
  /// What the parent sends for each slice.
  private struct Command: BitwiseCopyable {
    var order: UInt64 = 0
    var nanoseconds: UInt64 = 0
  }

  /// What every member answers: to a slice, and once when it is prepared.
  private struct Answer: BitwiseCopyable {
    var report = SliceReport()
    var threw = false
    var reason = FixedText()
  }

  /// How long a member may take to prepare itself: it may fault in and check large regions.
  private static let prepareDeadlineNanoseconds: UInt64 = 60_000_000_000

  let variant: LiveVariant
  private let shared: SharedArea
  private var workers: [WorkerProcess] = []

  /// Owns the mapping that barrier and control words live in.
  private final class SharedArea {
    let mapping: Mapping
    init() throws(SystemError) {
      mapping = try Mapping(
        descriptor: nil, byteCount: GroupContext.controlBytes + StartBarrier.byteCount)
    }
    var control: HardwareMemory { mapping.memory }
    var barrier: HardwareMemory { mapping.memory.advanced(by: GroupContext.controlBytes) }
  }

  /// Starts and prepares all members.
  init(_ variant: LiveVariant, clock: CounterClock) throws(LiveRunError) {
    self.variant = variant
    do { shared = try SharedArea() } catch { throw .system(error) }
    let cpus = Set(variant.members.compactMap(\.cpu))
    let unpinned = variant.members.contains { $0.cpu == nil }
    // Unpinned members share what CPUs the process has.
    let available = unpinned ? (try? Placement.allowedCPUs().count) ?? 1 : cpus.count
    let barrier = StartBarrier(
      memory: shared.barrier, participants: variant.members.count, availableCPUs: available)
    let maySpin = available >= variant.members.count
    for member in variant.members {
      let context = GroupContext(
        control: shared.control, clock: clock, cpu: member.cpu, maySpin: maySpin)
      do {
        workers.append(
          try WorkerProcess.start(name: "\(variant.name)/\(member.role)", cpu: member.cpu) {
            try LiveGroup.serve(member, context, barrier, $0)
          })
      } catch { throw .worker(variant: variant.name, error) }
    }
    _ = try collect(order: 0, deadlineNanoseconds: LiveGroup.prepareDeadlineNanoseconds)
  }

  /// Runs one slice and collects all accounts.
  func run(
    order: Int, nanoseconds: UInt64, deadlineNanoseconds: UInt64
  ) throws(LiveRunError) -> [SliceReport] {
    let command = Command(order: UInt64(order), nanoseconds: nanoseconds)
    for worker in workers {
      do { try worker.send(command) } catch { throw .worker(variant: variant.name, error) }
    }
    return try collect(order: order, deadlineNanoseconds: deadlineNanoseconds)
  }

  /// One answer of every member, in whatever order they come: when one fails, the others may wait
  /// for it for ever, and its words are what matters.
  private func collect(
    order: Int, deadlineNanoseconds: UInt64
  ) throws(LiveRunError) -> [SliceReport] {
    var reports = [SliceReport](repeating: SliceReport(), count: workers.count)
    var pending = Array(workers.indices)
    while let first = pending.first {
      var place: Int?
      do {
        place = try WorkerProcess.waitForAny(
          of: pending.map { workers[$0] }, deadlineNanoseconds: deadlineNanoseconds)
      } catch { throw .system(error) }
      guard let place else {
        throw .worker(
          variant: variant.name,
          .hung(worker: workers[first].name, afterNanoseconds: deadlineNanoseconds))
      }
      let index = pending.remove(at: place)
      let report = try answer(of: index, deadlineNanoseconds: deadlineNanoseconds)
      guard report.failureCode == 0 else {
        throw .failed(
          variant: variant.name, role: variant.members[index].role, order: order, report)
      }
      reports[index] = report
    }
    return reports
  }

  private func answer(
    of index: Int, deadlineNanoseconds: UInt64
  ) throws(LiveRunError) -> SliceReport {
    let answer: Answer
    do {
      answer = try workers[index].receive(
        placeholder: Answer(), deadlineNanoseconds: deadlineNanoseconds)
    } catch { throw .worker(variant: variant.name, error) }
    guard !answer.threw else {
      throw .thrown(
        variant: variant.name, role: variant.members[index].role,
        reason: answer.reason.description)
    }
    return answer.report
  }

  /// A member's life in the worker: prepare, then a slice for every command.
  private static func serve(
    _ member: LiveMember, _ group: GroupContext, _ barrier: StartBarrier, _ worker: WorkerContext
  ) throws -> Int32 {
    var answer = Answer()
    let slice: LiveMember.Slice
    do {
      slice = try member.prepare(group)
    } catch {
      answer.threw = true
      answer.reason = FixedText("\(error)")
      try worker.send(answer)
      return 1
    }
    try worker.send(answer)
    while let command = try worker.receive(placeholder: Command()) {
      let context = SliceContext(
        order: Int(command.order), nanoseconds: command.nanoseconds,
        ticks: group.clock.ticks(nanoseconds: command.nanoseconds), clock: group.clock)
      barrier.wait()
      do {
        answer.report = try slice(context)
      } catch {
        answer.threw = true
        answer.reason = FixedText("\(error)")
      }
      try worker.send(answer)
      if answer.threw { return 1 }
    }
    return 0
  }
}
