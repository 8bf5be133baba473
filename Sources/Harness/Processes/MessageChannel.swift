// One end of a conversation between the bench and a worker: messages of fixed size, blocking.
//
// A socket pair that keeps message boundaries rather than two pipes: a write to a dead peer is an
// error instead of SIGPIPE, and half a message cannot arrive.

import CPlatform
import Glibc
import HardwareMemory

/// One end of a message socket. Used by one thread; does not own the descriptor.
struct MessageChannel {
  let descriptor: Int32

  /// What waiting for a message may end with.
  enum Arrival<Message> {
    case message(Message)
    case peerClosed
    case timedOut
  }

  /// Makes both ends, closed on exec.
  static func makePair() throws(SystemError) -> (parent: MessageChannel, child: MessageChannel) {
    var ends: (Int32, Int32) = (-1, -1)
    let result = withUnsafeMutableBytes(of: &ends) {
      platform_message_pair($0.assumingMemoryBound(to: Int32.self).baseAddress)
    }
    guard result == 0 else { throw SystemError("socketpair") }
    return (MessageChannel(descriptor: ends.0), MessageChannel(descriptor: ends.1))
  }

  /// Sends one message; returns false where the peer is gone.
  func send<Message: BitwiseCopyable>(_ message: Message) throws(SystemError) -> Bool {
    var copy = message
    let size = MemoryLayout<Message>.size
    while true {
      let sent = withUnsafeBytes(of: &copy) {
        Glibc.send(descriptor, $0.baseAddress, size, Int32(MSG_NOSIGNAL))
      }
      if sent == size { return true }
      if sent < 0, errno == EINTR { continue }
      if sent < 0, errno == EPIPE || errno == ECONNRESET { return false }
      throw SystemError("send")
    }
  }

  /// Waits for one message; for ever where `timeoutNanoseconds` is `nil`.
  func receive<Message: BitwiseCopyable>(
    _ type: Message.Type, placeholder: Message, timeoutNanoseconds: UInt64? = nil
  ) throws(SystemError) -> Arrival<Message> {
    if let timeoutNanoseconds {
      guard try wait(for: Int16(POLLIN), timeoutNanoseconds) else { return .timedOut }
    }
    var message = placeholder
    let size = MemoryLayout<Message>.size
    while true {
      let received = withUnsafeMutableBytes(of: &message) {
        recv(descriptor, $0.baseAddress, size, 0)
      }
      if received == size { return .message(message) }
      if received == 0 { return .peerClosed }
      if received < 0, errno == EINTR { continue }
      if received < 0, errno == ECONNRESET { return .peerClosed }
      throw SystemError("recv", code: received < 0 ? errno : EBADMSG)
    }
  }

  /// Waits until the peer has closed its end; false on timeout.
  func waitForClose(timeoutNanoseconds: UInt64?) throws(SystemError) -> Bool {
    guard let timeoutNanoseconds else {
      return try wait(for: 0, UInt64.max)
    }
    return try wait(for: 0, timeoutNanoseconds)
  }

  func close() { _ = Glibc.close(descriptor) }

  /// The first of `channels` that has a message or whose peer is gone; `nil` on timeout.
  static func firstReady(
    among channels: [MessageChannel], timeoutNanoseconds: UInt64
  ) throws(SystemError) -> Int? {
    try firstReady(among: channels, for: Int16(POLLIN), timeoutNanoseconds)
  }

  /// Polls for `events`, hang-up included; false on timeout.
  private func wait(for events: Int16, _ timeoutNanoseconds: UInt64) throws(SystemError) -> Bool {
    try MessageChannel.firstReady(among: [self], for: events, timeoutNanoseconds) != nil
  }

  private static func firstReady(
    among channels: [MessageChannel], for events: Int16, _ timeoutNanoseconds: UInt64
  ) throws(SystemError) -> Int? {
    let deadline = MonotonicTime.nanoseconds().addingReportingOverflow(timeoutNanoseconds)
    while true {
      var requests = channels.map { pollfd(fd: $0.descriptor, events: events, revents: 0) }
      let now = MonotonicTime.nanoseconds()
      let end = deadline.overflow ? UInt64.max : deadline.partialValue
      let left = end - min(now, end)
      // Rounded up: a wait that ends early would spin.
      let milliseconds = Int32(clamping: left / 1_000_000 + 1)
      let ready = poll(&requests, nfds_t(requests.count), milliseconds)
      if ready > 0 { return requests.firstIndex { $0.revents != 0 } }
      if ready < 0, errno != EINTR { throw SystemError("poll") }
      if ready == 0, left <= 1_000_000 { return nil }
    }
  }
}
