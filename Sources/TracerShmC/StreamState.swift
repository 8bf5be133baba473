// A stream region behind a C handle: both sides of its ring, for whichever this process uses.

import CTracerShm
import HardwareMemory
import TracerCore
import TracerShm

/// What stands behind the handle of a stream.
struct StreamState: ~Copyable {
  /// "TRCSTRM1" in ASCII, little-endian.
  @inline(__always) static var magic: UInt64 { 0x314D_5254_5343_5254 }
  /// Not wiped on fork: a child has its parent's regions.
  static let table = HandleTable<StreamState>(magic: magic, wipedOnFork: false)
  /// The layout: a byte ring at the start of the payload. Changes when the ring's layout does.
  static let contents = RegionContents.streamRing(layoutHash: 0x42595445_52494E01)

  /// Keeps the payload mapped.
  let region: SharedRegion
  var writer: ByteRingWriter<HardwareMemory>
  var reader: ByteRingReader<HardwareMemory>
  /// The reader found what no honest writer stores; it stays that way.
  var isCorrupt = false

  static func create(_ options: CheckedOptions) throws(DoorError) -> StreamState {
    let geometry = try options.streamGeometry()
    let policy = try options.publishPolicy()
    let region: SharedRegion
    do throws(RegionError) {
      region = try SharedRegion.create(
        options.backing, byteCount: geometry.byteCount, contents: contents,
        options: options.region
      ) { memory in _ = ByteRing(formatting: memory, geometry: geometry) }
    } catch { throw DoorError(error) }
    return try attach(region, policy)
  }

  /// Attaches to the ring that stands in a region that was opened.
  static func attach(
    _ region: SharedRegion, _ policy: PublishPolicy
  ) throws(DoorError) -> StreamState {
    do throws(RingLayoutError) {
      let ring = try ByteRing(
        attaching: region.payload, available: region.payloadByteCount)
      return StreamState(
        region: region, writer: try ring.makeWriter(policy: policy),
        reader: try ring.makeReader())
    } catch { throw DoorError(TRACER_SHM_CORRUPT, "\(region.backing): \(error)") }
  }
}
