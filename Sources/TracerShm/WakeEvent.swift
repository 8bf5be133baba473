// The event counter that a controller sleeps on, and how an agent comes by it.
//
//     forked child            has it: inherited with the region object
//     receiver of a memfd     has it: sent along
//     opened by name or path  fetches it from the controller (`pidfd_getfd`), where it may trace it
//
// A token stands for one counter for ever: an agent compares what it has with what the controller
// says. Whoever cannot come by it stays unacknowledged, and the controller sleeps in short steps.

import CPlatform
import Glibc
import HardwareMemory
import TracerCore

/// An event counter of this process; closed with the object. Any thread.
final class WakeEvent: Sendable {
  let descriptor: Int32
  /// Stands for this counter in every process; never zero.
  let token: UInt64

  /// Takes over a descriptor.
  init(owning descriptor: Int32, token: UInt64) {
    self.descriptor = descriptor
    self.token = token
  }

  deinit { close(descriptor) }

  /// A new counter.
  static func make(_ place: String) throws(TracerError) -> WakeEvent {
    let descriptor = platform_event_make()
    guard descriptor >= 0 else { throw .system(place, SystemError("eventfd")) }
    return WakeEvent(owning: descriptor, token: .random(in: 1 ... .max))
  }

  /// A copy of the counter that a controller says wakes it; `nil` where the system refuses, or
  /// where it turns out to be something else.
  ///
  /// - Parameter current: looks again at what the controller says.
  static func fetch(
    _ waker: ControllerWaker, current: () -> ControllerWaker?
  ) -> WakeEvent? {
    guard let number = Int32(exactly: waker.descriptor),
      case .alive(let process) = ProcessIdentity(waker.process).watch()
    else { return nil }
    defer { close(process) }
    let descriptor = platform_copy_descriptor(process, number)
    guard descriptor >= 0 else { return nil }
    let event = WakeEvent(owning: descriptor, token: waker.token)
    // Once more afterwards: a controller that closed it meanwhile may have reused the number. And
    // an event counter only: who writes into the region does not choose what this process writes.
    guard platform_is_event(descriptor) == 1, current() == waker else { return nil }
    return event
  }
}
