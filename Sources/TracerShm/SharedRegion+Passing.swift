// Passing a memfd region to another process by its descriptor, over a Unix socket.

import CPlatform
import Glibc
import HardwareMemory

extension SharedRegion {
  /// The region's descriptor, to be inherited or sent by other means; it stays the region's, and
  /// is good as long as the region is. `nil` for an anonymous region.
  public var passableDescriptor: Int32? { descriptor >= 0 ? descriptor : nil }

  /// Sends the region's descriptor over a Unix socket; the receiver has the region as long as it
  /// likes. Blocks as the socket does. Any kind but anonymous has a descriptor; the receiver takes
  /// sealed ones only.
  public func send(over socket: Int32) throws(RegionError) {
    guard descriptor >= 0 else { throw .notOpenable(backing.description) }
    guard platform_send_descriptor(socket, descriptor) == 0 else {
      throw .from(SystemError("sendmsg"), place: backing.description)
    }
  }

  /// Receives a memfd region over a Unix socket, verifies its seals and opens it. Blocks as the
  /// socket does.
  public static func receive(
    from socket: Int32, contents: RegionContents? = nil, options: RegionOptions = RegionOptions()
  ) throws(RegionError) -> SharedRegion {
    let descriptor = platform_receive_descriptor(socket)
    guard descriptor >= 0 else {
      throw .from(SystemError("recvmsg"), place: RegionBacking.memfd.description)
    }
    return try adopt(descriptor: descriptor, contents: contents, options: options)
  }
}
