// Passing a memfd region to another process over a Unix socket, and with it the means to wake the
// controller: the region's descriptor, a message of one word, and where that is not zero the event
// counter it stands for. Blocks as the socket does.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore

extension TracerRegion {
  /// Sends the region's descriptor, and the event counter that its controller sleeps on.
  public func send(over socket: Int32) throws(TracerError) {
    try mappingRegionError { () throws(RegionError) in try region.send(over: socket) }
    guard waking == .eventfd else { return }
    var token = event?.token ?? 0
    guard Glibc.send(socket, &token, 8, Int32(MSG_NOSIGNAL)) == 8 else {
      throw .system(place, SystemError("send"))
    }
    if let event, platform_send_descriptor(socket, event.descriptor) != 0 {
      throw .system(place, SystemError("sendmsg"))
    }
  }

  /// Receives what `send` sent: checks the region as `adopt` does, and that the event counter is
  /// one.
  public static func receive(
    from socket: Int32, options: RegionOptions = RegionOptions()
  ) throws(TracerError) -> TracerRegion {
    let region = try mappingRegionError { () throws(RegionError) in
      try SharedRegion.receive(from: socket, contents: .tracerLanes, options: options)
    }
    let found = try TracerRegion(attaching: region, event: nil, semaphore: nil)
    guard found.waking == .eventfd else { return found }
    var token: UInt64 = 0
    guard recv(socket, &token, 8, Int32(MSG_WAITALL)) == 8 else {
      throw .system(found.place, SystemError("recv"))
    }
    guard token != 0 else { return found }
    let descriptor = platform_receive_descriptor(socket)
    guard descriptor >= 0 else { throw .system(found.place, SystemError("recvmsg")) }
    let event = WakeEvent(owning: descriptor, token: token)
    guard platform_is_event(descriptor) == 1 else {
      throw .system(found.place, SystemError("recvmsg", code: EBADMSG))
    }
    return try TracerRegion(attaching: region, event: event, semaphore: nil)
  }
}
