// Counting frames in linear time, against counting them one by one.

import HardwareMemory
import Testing

@testable import Litmus

@Suite struct PerpetualTests {
  /// A log of what each register saw of its writer's rounds, never going back.
  private static func log(
    _ registers: Int, rounds: Int, _ random: inout LitmusRandom
  ) -> [[Int]] {
    (0..<registers).map { _ in
      (0..<rounds).map { _ in Int.random(in: 0...rounds, using: &random) }.sorted()
    }
  }

  /// The rounds of process 0 that are in some frame with the outcome.
  private static func bruteForce(
    _ form: PerpetualForm, _ log: [[Int]], outcome: Int, rounds: Int
  ) -> UInt64 {
    var found: Set<Int> = []
    func shows(_ frame: [Int]) -> Bool {
      var register = 0
      for (process, locations) in form.reads.enumerated() {
        for location in locations {
          let sees = log[register][frame[process]] > frame[form.writers[location]]
          if sees != (outcome >> register & 1 != 0) { return false }
          register += 1
        }
      }
      return true
    }
    func extend(_ frame: [Int]) {
      guard frame.count < form.reads.count else {
        if shows(frame) { found.insert(frame[0]) }
        return
      }
      for round in 0..<rounds { extend(frame + [round]) }
    }
    extend([])
    return UInt64(found.count)
  }

  @Test func linearCountIsTheBruteForceCount() throws {
    let seed = UInt64.random(in: .min ... .max)
    var random = LitmusRandom(seed: seed)
    let forms = LitmusCatalogue.entries.compactMap(\.perpetual)
    #expect(forms.count >= 20)
    let firstRound: UInt64 = 1000
    for _ in 0..<300 {
      let form = forms.randomElement(using: &random)!
      let registers = form.reads.reduce(0) { $0 + $1.count }
      let rounds = Int.random(in: 1...(form.reads.count > 2 ? 5 : 12), using: &random)
      let log = Self.log(registers, rounds: rounds, &random)
      var words = log.joined().map { UInt64($0) + firstRound }
      words.withUnsafeMutableBytes { bytes in
        let memory = HardwareMemory(base: bytes.baseAddress!)
        for outcome in 0..<1 << registers {
          let count = PerpetualCount(
            form, outcome: outcome, rounds: rounds, firstRound: firstRound, memory: memory, log: 0)
          let expected = Self.bruteForce(form, log, outcome: outcome, rounds: rounds)
          #expect(count.frames(disjoint: false) == expected, "seed \(seed)")
          let disjoint = count.frames(disjoint: true)
          #expect(disjoint <= expected && (disjoint > 0) == (expected > 0), "seed \(seed)")
        }
      }
    }
  }

  /// Registers of a test that can run so are those that its outcome asks about, in order.
  @Test func perpetualFormsNameTheRegistersOfTheQuestion() {
    for entry in LitmusCatalogue.entries {
      guard let form = entry.perpetual else { continue }
      let registers = form.reads.enumerated().flatMap { process, locations in
        locations.indices.map { LitmusTerm.register(process: process, name: "r\($0)") }
      }
      #expect(entry.question.terms == registers, "\(entry.name)")
      #expect(form.reads.count == entry.processes && form.writers.count == entry.locations)
    }
  }

  @Test func oneProcessAfterTheOtherIsCountedAsItRan() {
    // Message passing, all of the writer before all of the reader, and the other way round.
    let form = PerpetualForm(writers: [0, 0], reads: [[], [1, 0]])
    let rounds = 4
    for (saw, outcome) in [(UInt64(rounds), 0b11), (0, 0b00)] {
      var words = [UInt64](repeating: saw, count: 2 * rounds)
      words.withUnsafeMutableBytes { bytes in
        let memory = HardwareMemory(base: bytes.baseAddress!)
        for asked in 0..<4 {
          let count = PerpetualCount(
            form, outcome: asked, rounds: rounds, firstRound: 0, memory: memory, log: 0)
          #expect(count.frames(disjoint: true) == (asked == outcome ? UInt64(rounds) : 0))
        }
      }
    }
  }
}
