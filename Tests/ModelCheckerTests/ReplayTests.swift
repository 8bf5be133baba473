// Replay strings come from anywhere: one that does not fit is refused, and none ends the program.

import Testing

@testable import ModelChecker

@Suite struct ReplayTests {
  @Test(arguments: [
    "0ri 0r-1.0", "0r0.-1", "0r99999999999999999999.0", "0r", "0", "r", "-1ri", "99ri", "1w-1",
    "k", "k0", "k0@", "k0@1", "k-1@0/0", "k0@-1/0", "k9@0/0", "k0@0/0 k0@0/0", "kx k0@0/0",
    "k0@9223372036854775807/1", "0ri k0@0/0", "0ri", "",
  ])
  func stringThatDoesNotFitIsRefused(text: String) {
    let program = LamportRing.trying(capacity: 2, tries: 2)
    #expect(throws: ReplayMismatch.self) { try Explorer().replay(text, of: program) }
  }

  @Test func halvesOfReadModifyWritesStayTogether() {
    let program = ModelProgram(bodies: [
      { $0.fetchAdd(0, 1, .relaxed) }, { $0.fetchAdd(0, 1, .relaxed) },
    ])
    #expect(throws: Never.self) { try Explorer().replay("0ri 0w1 1r0.1 1w2", of: program) }
    for text in ["0ri 1ri 0w1 1w2", "0ri 0w1 1ri 1w2", "0ri 0w1 1r0.1"] {
      #expect(throws: ReplayMismatch.self, "\(text)") { try Explorer().replay(text, of: program) }
    }
  }

  /// Strings that begin well, with a few characters changed: most do not fit, none crashes.
  @Test func changedStringsNeverEndTheProgram() throws {
    let program = CrashTests.twoSteps(.relaxed)
    let report = Explorer().exploreCrashes(program, victims: [0, 1], maximumKills: 2)
    let start = Array(try #require(report.total.firstFailure).replay)
    let alphabet = Array("0123456789-+.@/ kriwfc²٣")
    let seed = UInt64.random(in: .min ... .max)
    print("seed", seed)
    var state = seed
    func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var refused = 0
    for _ in 0..<2000 {
      var text = start
      for _ in 0...below(3) {
        let place = below(text.count)
        switch below(3) {
        case 0: text[place] = alphabet[below(alphabet.count)]
        case 1: text.insert(alphabet[below(alphabet.count)], at: place)
        default: if text.count > 1 { text.remove(at: place) }
        }
      }
      do { _ = try Explorer().replay(String(text), of: program) } catch { refused += 1 }
    }
    #expect(refused > 1000)
  }
}
