// One thing that is measured: which ring, over what, with what through it.

import HardwareMemory
import TracerCore

struct TrafficCase: Equatable {
  var backing: Backing
  var ring: RingKind
  /// Bytes of payload of one message, a multiple of eight.
  var size: Int
  /// Messages that the ring holds.
  var capacity: Int
  var publish: Publish
  /// Messages between publishing at most.
  var batch: Int

  var wordCount: Int { size / 8 }

  /// The part of the identifier behind the experiment.
  var path: String {
    "\(backing.rawValue)/\(ring.rawValue)/\(size)x\(capacity)/\(publish.rawValue)"
  }

  /// What a reader of a table calls the case without its region kind.
  var title: String { "\(ring.rawValue) \(size) B × \(capacity), \(publish.rawValue)" }

  /// Bytes that one message takes in its ring.
  var footprint: Int {
    ring == .slots ? size : Int(RecordHeader.recordByteCount(payload: size))
  }

  /// Bytes of data space: the byte ring's is the next power of two that holds all messages.
  var dataByteCount: Int {
    let bytes = capacity * footprint
    guard ring == .records else { return bytes }
    // Sixteen: the least a byte ring has, and room for one message to take half of it.
    let least = max(bytes, 2 * footprint, 16)
    return 1 << (Int.bitWidth - (least - 1).leadingZeroBitCount)
  }

  /// Bytes of the whole ring, on lines of its own.
  var ringByteCount: Int { (RingHeader.data + dataByteCount + 127) & ~127 }

  /// When the ring's writer publishes, in the ring's own unit.
  var policy: PublishPolicy {
    switch publish {
    case .every: .everyRecord
    case .adaptive: .adaptive(count: UInt64(ring == .slots ? batch : batch * footprint))
    case .explicit: .explicit
    }
  }

  /// Messages after which the producer itself publishes; zero where the ring decides.
  var publishEvery: Int { publish == .explicit ? batch : 0 }

  func slotRing(formatting memory: HardwareMemory, at offset: Int) throws -> SlotRing<
    HardwareMemory
  > {
    SlotRing(
      formatting: memory, at: offset,
      geometry: try SlotRingGeometry(slotByteCount: size, capacity: capacity))
  }

  func byteRing(formatting memory: HardwareMemory, at offset: Int) throws -> ByteRing<
    HardwareMemory
  > {
    ByteRing(
      formatting: memory, at: offset, geometry: try ByteRingGeometry(capacity: dataByteCount))
  }
}
