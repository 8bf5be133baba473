// Who controls a region, and how to wake that process: the controller's words of the control block.
//
//     EMPTY ── take ──▶ a process ── leave ──▶ EMPTY
//                        │ proof of death
//                        └── take (compare-and-swap from the dead) ──▶ its successor
//
// One word names a process for good: its number and when it started. Whether it lives is the
// caller's knowledge. Any thread of any process may look; the controller alone stores the waker.
//
// The waker is a sequence lock without a counter: the token goes to zero first and is stored last,
// and no token is used twice, so that a reader who finds the same token twice had one waker.

public import MemoryInterface

/// A process in one word: 22 bits of number, which is all Linux has, above 42 bits of start time.
@frozen public struct PackedProcess: Hashable, Sendable {
  /// The word as it stands in memory; zero for nobody.
  public let word: UInt64
  private static var startBits: UInt64 { 42 }

  /// Takes a word from memory.
  public init(word: UInt64) { self.word = word }

  /// Packs a process; `nil` where its number has more than 22 bits. Start times are taken modulo
  /// 2^42: at 100 ticks a second that is 1,393 years.
  public init?(pid: UInt32, startTimeTicks: UInt64) {
    guard pid < 1 << (64 - PackedProcess.startBits) else { return nil }
    word =
      UInt64(pid) << PackedProcess.startBits | PackedProcess.truncated(start: startTimeTicks)
  }

  /// The process number.
  public var pid: UInt32 { UInt32(truncatingIfNeeded: word >> PackedProcess.startBits) }
  /// When it started, in clock ticks since boot, modulo 2^42.
  public var startTimeTicks: UInt64 { PackedProcess.truncated(start: word) }

  /// A start time as it is packed.
  public static func truncated(start: UInt64) -> UInt64 { start & ((1 << startBits) - 1) }
}

/// How to wake a controller: a descriptor of its process, and a number that stands for both.
public struct ControllerWaker: Equatable, Sendable {
  /// The controller's process.
  public let process: PackedProcess
  /// Its descriptor of what wakes it. From shared memory: any number.
  public let descriptor: UInt64
  /// Never used twice; zero for none.
  public let token: UInt64

  /// Puts a waker together.
  public init(process: PackedProcess, descriptor: UInt64, token: UInt64) {
    self.process = process
    self.descriptor = descriptor
    self.token = token
  }
}

/// The controller's place in a region.
@frozen public struct ControllerSeat<Memory: SharedMemory> {
  @usableFromInline let memory: Memory

  init(memory: Memory) { self.memory = memory }

  private func word(_ field: Int) -> Memory.Word { memory.word(at: field) }

  /// Who sits here, dead or alive; `nil` for nobody.
  public var occupant: PackedProcess? {
    // Relaxed: whoever wants the place exchanges it, and acquires.
    let word = word(LaneLayout.Control.seat).loadRelaxed()
    return word == 0 ? nil : PackedProcess(word: word)
  }

  /// Takes the place from nobody, or from a process proved to be dead; `false` if it has moved on.
  public func take(from former: PackedProcess?, for process: PackedProcess) -> Bool {
    // Pairs with `leave`; what a dead predecessor did, the proof of its death brings.
    let taken = memory.compareExchange(
      at: LaneLayout.Control.seat, expected: former?.word ?? 0, desired: process.word,
      .acquire, .controllerSeat
    ).exchanged
    if taken { withdrawWaker() }
    return taken
  }

  /// Leaves the place. Last of all that a controller does.
  public func leave() {
    withdrawWaker()
    // Pairs with `take`.
    word(LaneLayout.Control.seat).storeRelease(0, .controllerSeat)
  }

  /// The controller says how to wake it; the seat is its own by now.
  public func publish(descriptor: UInt64, token: UInt64) {
    withdrawWaker()
    // Pairs with the fence of `waker`: the token is gone before its descriptor changes.
    memory.fence(.release, .wakerRecheck)
    word(LaneLayout.Control.wakerDescriptor).storeRelaxed(descriptor)
    // Whose descriptor it is. Not left to the seat: between a successor's taking it and its first
    // store, a dead controller's token would stand beside the successor's process. Relaxed, both:
    // only this process stores the seat now.
    word(LaneLayout.Control.wakerProcess).storeRelaxed(word(LaneLayout.Control.seat).loadRelaxed())
    // Pairs with `waker`.
    word(LaneLayout.Control.wakerToken).storeRelease(token, .wakerPublish)
  }

  private func withdrawWaker() {
    // Relaxed: a reader that misses it finds a descriptor of a process that is gone.
    word(LaneLayout.Control.wakerToken).storeRelaxed(0)
  }

  /// How to wake the controller now; `nil` where it has not said so, or is just saying it.
  public func waker() -> ControllerWaker? {
    // Pairs with `publish`.
    let token = word(LaneLayout.Control.wakerToken).loadAcquire(.wakerPublish)
    guard token != 0 else { return nil }
    // Relaxed, both: the token, acquired, orders them, and the second look at it.
    let descriptor = word(LaneLayout.Control.wakerDescriptor).loadRelaxed()
    let process = PackedProcess(word: word(LaneLayout.Control.wakerProcess).loadRelaxed())
    // Pairs with the fence of `publish`: a descriptor stored after it shows the token gone.
    memory.fence(.acquire, .wakerRecheck)
    guard word(LaneLayout.Control.wakerToken).loadRelaxed() == token else { return nil }
    return ControllerWaker(process: process, descriptor: descriptor, token: token)
  }
}

extension ControllerSeat: Sendable where Memory: Sendable {}
