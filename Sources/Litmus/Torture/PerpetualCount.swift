// Counts frames of a perpetual test in linear time.
//
// A *frame* is one round of each process. In the frame (i, j, …) a register that process p loaded
// from q's location has the value 1 if it read q's store of round j or a later one, and 0 if it
// read an earlier one: with 1 the two rounds are ordered as by reads-from in the test itself, with
// 0 as by reads-before, so that what a memory model forbids the test it forbids every frame
// (coherence: later rounds of q stored later). All N × N × … frames are there to be held against an
// outcome; counted are the rounds of process 0 that are in one, as PerpLE's linear counter does.
//
// What a location holds never goes back, hence neither do the registers from round to round. Every
// condition is therefore a lower bound on one round that rises with another: "p's load saw j" means
// that i is at least the first round that saw it, "did not see j" that j is at least what i saw.
// Bounds that rise with one another have a least solution, found by raising until nothing changes.
// Its first round moves forward only, so that a whole stretch costs one pass.

import HardwareMemory

/// Frames of one outcome in one stretch of rounds.
struct PerpetualCount {
  private struct Condition {
    let reader: Int
    let writer: Int
    /// Where the register's values of the stretch are logged.
    let log: Int
    /// Whether the load saw the writer's round.
    let sees: Bool
  }

  private let conditions: [Condition]
  private let processes: Int
  private let rounds: Int
  private let firstRound: UInt64
  private let memory: HardwareMemory

  /// - Parameter outcome: a bit for each register, in the order of processes and registers.
  init(
    _ form: PerpetualForm, outcome: Int, rounds: Int, firstRound: UInt64, memory: HardwareMemory,
    log: Int
  ) {
    var conditions: [Condition] = []
    for (process, locations) in form.reads.enumerated() {
      for location in locations {
        let register = conditions.count
        conditions.append(
          Condition(
            reader: process, writer: form.writers[location], log: log + register * rounds * 8,
            sees: outcome >> register & 1 != 0))
      }
    }
    self.conditions = conditions
    processes = form.reads.count
    self.rounds = rounds
    self.firstRound = firstRound
    self.memory = memory
  }

  /// The frames: with the rounds of each process used once at most, or all rounds of process 0
  /// that are in one.
  func frames(disjoint: Bool) -> UInt64 {
    var frame = [Int](repeating: 0, count: processes)
    var count: UInt64 = 0
    while raise(&frame) {
      count += 1
      frame[0] += 1
      if disjoint { for process in 1..<processes { frame[process] += 1 } }
    }
    return count
  }

  /// Raises a frame to the least one above it that shows the outcome; false where there is none.
  private func raise(_ frame: inout [Int]) -> Bool {
    guard frame.allSatisfy({ $0 < rounds }) else { return false }
    var changed = true
    while changed {
      changed = false
      for condition in conditions {
        if condition.sees {
          while saw(condition, frame[condition.reader]) <= frame[condition.writer] {
            frame[condition.reader] += 1
            changed = true
            if frame[condition.reader] == rounds { return false }
          }
        } else {
          let seen = saw(condition, frame[condition.reader])
          if seen > frame[condition.writer] {
            frame[condition.writer] = seen
            changed = true
            if seen >= rounds { return false }
          }
        }
      }
    }
    return true
  }

  /// How many of the writer's rounds of this stretch the reader's round saw.
  private func saw(_ condition: Condition, _ round: Int) -> Int {
    Int(truncatingIfNeeded: memory.loadPayload(at: condition.log &+ 8 &* round) &- firstRound)
  }
}
