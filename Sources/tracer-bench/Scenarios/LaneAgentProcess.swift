// An agent of a lane torture: a worker process that starts its threads after the fork and ends with
// them.

import Glibc
import HardwareMemory
import TracerShm

enum LaneAgentProcess {
  /// Runs the threads of agent `agent` to their end. In a worker process.
  static func run(
    _ plan: LanePlan, board: LaneBoard, region: TracerRegion, agent number: Int, incarnation: Int
  ) throws {
    let agent = try Agent(region)
    let bodies = (0..<plan.threadCount).map { thread in
      LaneThreadBody {
        var traffic = LaneTraffic(
          plan, board: board, agent: agent, incarnation: incarnation,
          thread: number * plan.threadCount + thread)
        traffic.run()
      }
    }
    var threads: [pthread_t] = []
    for body in bodies {
      var thread = pthread_t()
      let code = pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<LaneThreadBody>.fromOpaque(argument).takeUnretainedValue().run()
          return nil
        }, Unmanaged.passUnretained(body).toOpaque())
      guard code == 0 else { throw SystemError("pthread_create", code: code) }
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    withExtendedLifetime(bodies) {}
  }
}

/// What one thread runs; kept by the one that joins it.
private final class LaneThreadBody {
  let run: () -> Void
  init(_ run: @escaping () -> Void) { self.run = run }
}
