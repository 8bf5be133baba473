// The processes of a litmus test as threads of one process, for comparison. Called in a forked
// child only: the parent stays without threads.

import Glibc
import Harness
import HardwareMemory

enum TortureThreads {
  private struct Argument {
    var entry: LitmusKernel.Entry
    var region: UnsafeMutableRawPointer
    var process: Int32
    var cpu: Int
    var failed: Bool
  }

  /// Runs all threads to their end; 0 where all were started and pinned.
  static func run(
    _ entry: LitmusKernel.Entry, _ region: UnsafeMutableRawPointer, count: Int, cpus: [Int]?
  ) throws(SystemError) -> Int32 {
    let arguments = UnsafeMutablePointer<Argument>.allocate(capacity: count)
    defer { arguments.deallocate() }
    var threads: [pthread_t] = []
    for process in 0..<count {
      (arguments + process).initialize(
        to: Argument(
          entry: entry, region: region, process: Int32(process), cpu: cpus?[process] ?? -1,
          failed: false))
      var thread = pthread_t()
      let code = pthread_create(&thread, nil, body, arguments + process)
      // The threads that run already wait for this one for ever: the whole process ends.
      guard code == 0 else { throw SystemError("pthread_create", code: code) }
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    return (0..<count).contains { arguments[$0].failed } ? 1 : 0
  }

  private static let body: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    let argument = $0!.assumingMemoryBound(to: Argument.self)
    if argument.pointee.cpu >= 0 {
      do throws(PlacementError) {
        try Placement.pin(to: argument.pointee.cpu)
      } catch { argument.pointee.failed = true }
    }
    // Runs even unpinned: the other threads wait for it.
    if argument.pointee.entry(argument.pointee.region, argument.pointee.process) != 0 {
      argument.pointee.failed = true
    }
    return nil
  }
}
