// Handles in registers.
//
// A handle that is a field or an `inout` parameter stands in memory, and a loop over it stores and
// loads each position once a message. A local whose address nobody has taken can live in registers:
// so the hot loops of the scenarios move their handles into locals for the time they run.

import TracerCore

/// Moves a handle into a local for the time of `body`.
@inline(__always)
func inRegisters<Handle: ~Copyable>(
  _ shared: inout Handle, _ body: (inout Handle) throws(RingCorruption) -> BadMessage?
) throws(RingCorruption) -> BadMessage? {
  var handle = shared
  let result: Result<BadMessage?, RingCorruption>
  do throws(RingCorruption) {
    result = .success(try body(&handle))
  } catch {
    result = .failure(error)
  }
  shared = handle
  return try result.get()
}

/// Moves two handles into locals for the time of `body`.
@inline(__always)
func inRegisters<Writer: ~Copyable, Reader: ~Copyable>(
  _ sharedWriter: inout Writer, _ sharedReader: inout Reader,
  _ body: (inout Writer, inout Reader) throws(RingCorruption) -> BadMessage?
) throws(RingCorruption) -> BadMessage? {
  var writer = sharedWriter
  var reader = sharedReader
  let result: Result<BadMessage?, RingCorruption>
  do throws(RingCorruption) {
    result = .success(try body(&writer, &reader))
  } catch {
    result = .failure(error)
  }
  sharedWriter = writer
  sharedReader = reader
  return try result.get()
}
