// The interleaver: order, pairing, failures, leaving nothing behind.

import Testing

@testable import Harness

@Suite struct LivePairsTests {
  @Test func slicesAreMirroredAndTheirOrderRotates() throws {
    let outcome = try Probe.run("live")
    // Round 0 warms up (slices 0–5). Then B C A | A C B, C A B | B A C, A B C | C B A.
    #expect(outcome.value("A") == "orders 8,9,13,16,18,23 processes 2 long true")
    #expect(outcome.value("B") == "orders 6,11,14,15,19,22 processes 2 long true")
    #expect(outcome.value("C") == "orders 7,10,12,17,20,21 processes 2 long true")
    #expect(outcome.value("progress") == "3")
    #expect(outcome.value("children") == "none")
  }

  @Test(arguments: 1...12) func mirroredOrderGivesEveryVariantOneCentreInTime(count: Int) {
    for round in 0..<count {
      let order = LivePairs.mirroredOrder(count: count, round: round)
      for variant in 0..<count {
        let places = order.indices.filter { order[$0] == variant }
        #expect(places.count == 2)
        #expect(places.reduce(0, +) == 2 * count - 1)
      }
    }
  }

  @Test func failureEndsTheRunWithItsDetailsThoughThePeerWaits() throws {
    let outcome = try Probe.run("live-fail")
    #expect(outcome.exitCode == 1)
    #expect(outcome.value("error") == "bad, consumer: failure 7 in slice 7, details 0 11 22 33")
    #expect(outcome.value("children") == "none")
  }

  @Test func errorWhilePreparingIsReportedInItsWords() throws {
    #expect(
      try Probe.run("live-throw").value("error")
        == "thrower, writer: open /nowhere: No such file or directory")
  }

  @Test func deathOfAMemberEndsTheRun() throws {
    #expect(
      try Probe.run("live-crash").value("error")
        == "mortal: worker mortal/writer ended unexpectedly with signal 9 (Killed)")
  }

  @Test func stopEndsTheRunWithWhatThereIs() throws {
    #expect(try Probe.run("live-stop").value("stopped") == "true samples 4")
  }
}
