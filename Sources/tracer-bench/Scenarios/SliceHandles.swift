// Handles for the time of one slice.

import HardwareMemory
import TracerCore

extension RingCorruption {
  /// Positions out of order, found when a handle was made in the middle of a run: somebody stored
  /// what no honest peer stores.
  init(_ error: RingLayoutError) {
    if case .positionsOutOfOrder(let write, let read, _) = error {
      self = .position(found: write, own: read)
    } else {
      self = .position(found: 0, own: 0)
    }
  }
}

extension SlotRing where Memory == HardwareMemory {
  /// A reader made anew; what is wrong with the positions is corruption.
  @inline(__always)
  func makeSliceReader() throws(RingCorruption) -> SlotRingReader<HardwareMemory> {
    do throws(RingLayoutError) {
      return try makeReader()
    } catch {
      throw RingCorruption(error)
    }
  }
}

extension ByteRing where Memory == HardwareMemory {
  /// A reader made anew; what is wrong with the positions is corruption.
  @inline(__always)
  func makeSliceReader() throws(RingCorruption) -> ByteRingReader<HardwareMemory> {
    do throws(RingLayoutError) {
      return try makeReader()
    } catch {
      throw RingCorruption(error)
    }
  }

  /// A writer made anew that publishes every record; likewise.
  @inline(__always)
  func makeSliceWriter() throws(RingCorruption) -> ByteRingWriter<HardwareMemory> {
    do throws(RingLayoutError) {
      return try makeWriter(policy: .everyRecord)
    } catch {
      throw RingCorruption(error)
    }
  }
}
