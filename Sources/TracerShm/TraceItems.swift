// What stands in a trace file besides records: clocks, threads, symbols, accounts. Each is written
// as a block of its own and read back with every length checked.

import CPlatform
import Glibc
public import TracerCore

/// The counter that timestamps are taken from and the real time, read at one moment.
public struct TraceClock: Equatable, Sendable {
  /// The counter, in its own ticks.
  public var counter: UInt64
  /// Nanoseconds since 1970.
  public var realTimeNanoseconds: UInt64

  /// Makes a pair of readings.
  public init(counter: UInt64, realTimeNanoseconds: UInt64) {
    self.counter = counter
    self.realTimeNanoseconds = realTimeNanoseconds
  }

  /// Both clocks now.
  public static func now() -> TraceClock {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return TraceClock(
      counter: platform_counter(),
      realTimeNanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }
}

/// Which thread owned a thread slot in one of its epochs.
public struct TraceThread: Equatable, Sendable {
  /// The thread slot.
  public var slot: Int
  /// Which of its owners.
  public var slotEpoch: UInt64
  /// The process.
  public var process: ProcessIdentity
  /// The thread's number.
  public var thread: UInt64
  /// Its name or the program's; empty where nobody knows.
  public var name: String

  /// Makes a description.
  public init(
    slot: Int, slotEpoch: UInt64, process: ProcessIdentity, thread: UInt64, name: String = ""
  ) {
    self.slot = slot
    self.slotEpoch = slotEpoch
    self.process = process
    self.thread = thread
    self.name = name
  }
}

/// The name of an address, such as a function's.
public struct TraceSymbol: Equatable, Sendable {
  /// The address as records carry it.
  public var address: UInt64
  /// Its name.
  public var name: String

  /// Names an address.
  public init(address: UInt64, name: String) {
    self.address = address
    self.name = name
  }
}

extension LaneIdentifier {
  /// The lane of a number from outside; `nil` where no region has so many.
  public init?(number: UInt64) {
    guard number < 2 * UInt64(LaneLayout.mostThreadSlots) else { return nil }
    self.init(slot: Int(number / 2), kind: number % 2 == 0 ? .index : .detail)
  }
}

/// Composes the payload of a block: words, and texts padded to the grid.
struct TracePayload {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ word: UInt64) {
    withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) }
  }

  /// A text: its length in bytes, then the bytes, then zeros up to the grid.
  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
    let end = TraceFileLayout.padded(bytes.count)
    bytes.append(contentsOf: repeatElement(0, count: end - bytes.count))
  }

  static func clock(_ clock: TraceClock) -> TracePayload {
    var payload = TracePayload()
    payload.add(clock.counter)
    payload.add(clock.realTimeNanoseconds)
    return payload
  }

  static func thread(_ thread: TraceThread) -> TracePayload {
    var payload = TracePayload()
    payload.add(UInt64(thread.slot))
    payload.add(thread.slotEpoch)
    payload.add(UInt64(thread.process.pid))
    payload.add(thread.process.startTimeTicks)
    payload.add(thread.thread)
    payload.add(thread.name)
    return payload
  }

  static func symbols(_ symbols: some Sequence<TraceSymbol>) -> TracePayload {
    var payload = TracePayload()
    for symbol in symbols {
      payload.add(symbol.address)
      payload.add(symbol.name)
    }
    return payload
  }

  static func accounts(_ accounts: [LaneIdentifier: LaneAccount]) -> TracePayload {
    var payload = TracePayload()
    for (lane, account) in accounts.sorted(by: { $0.key.number < $1.key.number }) {
      payload.add(lane.number)
      let words = account.words
      for word in 0..<LaneAccount.wordCount { payload.add(words[word]) }
    }
    return payload
  }
}

/// Takes a payload apart. Each step answers `nil` where the bytes end too early.
struct TracePayloadReader {
  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var isAtEnd: Bool { position >= bytes.count }

  mutating func word() -> UInt64? {
    guard bytes.count - position >= 8 else { return nil }
    defer { position += 8 }
    return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
  }

  mutating func text() -> String? {
    guard let length = word(), length <= UInt64(bytes.count - position) else { return nil }
    let end = position + Int(length)
    defer { position = min(TraceFileLayout.padded(end), bytes.count) }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  mutating func clock() -> TraceClock? {
    guard let counter = word(), let time = word() else { return nil }
    return TraceClock(counter: counter, realTimeNanoseconds: time)
  }

  mutating func thread() -> TraceThread? {
    guard let slot = word(), slot < UInt64(LaneLayout.mostThreadSlots), let epoch = word(),
      let pid = word().flatMap({ UInt32(exactly: $0) }), let start = word(), let thread = word(),
      let name = text()
    else { return nil }
    return TraceThread(
      slot: Int(slot), slotEpoch: epoch,
      process: ProcessIdentity(pid: pid, startTimeTicks: start), thread: thread, name: name)
  }

  mutating func symbols() -> [TraceSymbol]? {
    var symbols: [TraceSymbol] = []
    while !isAtEnd {
      guard let address = word(), let name = text() else { return nil }
      symbols.append(TraceSymbol(address: address, name: name))
    }
    return symbols
  }

  mutating func accounts() -> [LaneIdentifier: LaneAccount]? {
    var accounts: [LaneIdentifier: LaneAccount] = [:]
    while !isAtEnd {
      guard let lane = word().flatMap(LaneIdentifier.init(number:)) else { return nil }
      var words = InlineArray<10, UInt64>(repeating: 0)
      for index in 0..<LaneAccount.wordCount {
        guard let word = word() else { return nil }
        words[index] = word
      }
      accounts[lane] = LaneAccount(words: words)
    }
    return accounts
  }
}
