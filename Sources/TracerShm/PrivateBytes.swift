// Memory of this process alone, aligned for words, that what was read from a file is looked at in.
// It ends with the last reference: whoever is lent a part of it holds one.

import HardwareMemory

/// Zeroed bytes of a fixed size. Written while one place holds it, only read once it is shared.
final class PrivateBytes: @unchecked Sendable {
  private let bytes: UnsafeMutableRawBufferPointer

  init(byteCount: Int) {
    bytes = .allocate(byteCount: byteCount, alignment: TraceFileLayout.alignment)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { bytes.deallocate() }

  var byteCount: Int { bytes.count }

  /// The bytes as a memory with offset zero at the first: good while this object lives.
  var memory: HardwareMemory {
    // An empty buffer may have no address; nobody reads from it.
    HardwareMemory(base: bytes.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 8)!)
  }

  /// The bytes to be filled by whoever made this object.
  var buffer: UnsafeMutableRawBufferPointer { bytes }

  func slice(_ offset: Int, _ byteCount: Int) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[offset..<(offset + byteCount)])
  }
}
