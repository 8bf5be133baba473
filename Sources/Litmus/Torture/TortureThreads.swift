// The processes of a litmus test as threads of one process, for comparison. Called in a forked
// child only: the parent stays without threads.

import Glibc
import Harness
import HardwareMemory

enum TortureThreads {
  private struct Argument {
    let kernel: any TortureKernel
    let region: TortureRegion
    let process: Int
    let cpu: Int?
    var failed: Bool
  }

  /// Runs all threads to their end; 0 where all were started and pinned.
  static func run(
    _ kernel: any TortureKernel, in region: TortureRegion, cpus: [Int]?
  ) throws(SystemError) -> Int32 {
    let count = kernel.processes
    let arguments = UnsafeMutablePointer<Argument>.allocate(capacity: count)
    defer {
      arguments.deinitialize(count: count)
      arguments.deallocate()
    }
    var threads: [pthread_t] = []
    for process in 0..<count {
      (arguments + process).initialize(
        to: Argument(
          kernel: kernel, region: region, process: process, cpu: cpus?[process], failed: false))
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
    if let cpu = argument.pointee.cpu {
      do throws(PlacementError) {
        try Placement.pin(to: cpu)
      } catch { argument.pointee.failed = true }
    }
    // Runs even unpinned: the other threads wait for it.
    argument.pointee.kernel.work(argument.pointee.process, in: argument.pointee.region)
    return nil
  }
}
