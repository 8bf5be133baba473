// Options that say what moves: ring kind, sizes, publishing.

import ArgumentParser

struct RingArguments: ParsableArguments {
  @Option(help: "Ring kind: slots (fixed size) or records (variable length).")
  var ring: RingKind?

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Bytes of payload of one message, a multiple of 8; repeatable.")
  var size: [Int] = []

  @Option(
    parsing: .unconditionalSingleValue,
    help: "Messages that the ring holds, a power of two; repeatable.")
  var capacity: [Int] = []

  @Option(help: "When the writer publishes: every, adaptive or explicit.")
  var publish: Publish = .adaptive

  @Option(parsing: .unconditional, help: "Messages between publishing at most.")
  var batch: Int = 64

  @Option(parsing: .unconditional, help: .hidden)
  var spoil: UInt64?

  /// 1 MiB, the largest slot that a ring accepts; records keep to the same limit.
  static let maximumSize = 1 << 20
  /// 2^24 messages: beyond that, one slice of a few milliseconds would not go round the ring.
  static let maximumCapacity = 1 << 24

  func validate() throws {
    for size in size {
      guard size >= 8, size <= RingArguments.maximumSize, size % 8 == 0 else {
        throw ValidationError(
          "--size \(size): a message has 8 to \(RingArguments.maximumSize) bytes, a multiple of 8")
      }
    }
    for capacity in capacity {
      guard capacity >= 2, capacity <= RingArguments.maximumCapacity,
        capacity.nonzeroBitCount == 1
      else {
        throw ValidationError(
          "--capacity \(capacity): a ring holds 2 to \(RingArguments.maximumCapacity) messages, "
            + "a power of two")
      }
    }
    guard batch >= 1, batch <= RingArguments.maximumCapacity else {
      throw ValidationError("--batch \(batch): 1 to \(RingArguments.maximumCapacity) messages")
    }
  }
}
