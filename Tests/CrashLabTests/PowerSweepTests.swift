// Power cuts of whole runs: promises hold, the checks see one that is broken, a seed replays.

import Harness
import Testing
import TracerShm

@testable import CrashLab

// One after the other: the output's name is that of the process and the run's number.
@Suite(.serialized) struct PowerSweepTests {
  /// One run, on files of this test's own.
  private func sweep(seed: UInt64, name: Int, outputIsSafe: Bool = true) throws -> SweepResult {
    var sweep = PowerSweep(seed: seed, outputFolder: "/dev/shm") { number in
      .file(path: "/dev/shm/" + TemporaryName(prefix: "power-test-\(name)", number: number).text)
    }
    sweep.outputIsSafe = outputIsSafe
    return try sweep.run(cuts: 1) { _ in }
  }

  @Test func ringReportedAsSyncedSurvivesEveryCutAndASeedRepeatsThem() throws {
    let first = try sweep(seed: 7, name: 1)
    #expect(first.finding == nil)
    #expect(first.runs == 1 && first.killPoints > 100 && first.deaths > 10 * first.killPoints)
    let second = try sweep(seed: 7, name: 2)
    #expect(second.killPoints == first.killPoints && second.deaths == first.deaths)
  }

  @Test func outputThatIsNotOnTheDiskLosesRingsThatAreUsedAgain() throws {
    let result = try sweep(seed: 7, name: 3, outputIsSafe: false)
    #expect(result.finding?.finding.guarantee == .syncedRingsSurvive)
    #expect(result.finding?.finding.text.contains("reported as synced") == true)
    #expect(result.finding?.place == "--seed 7 --kills 1")
  }
}
