// Power cuts: runs under the sync policy, each of which is cut off at many moments. Nothing is
// switched off; what the disk would hold is made up from what was synchronised and what was stored
// since (`PageHistory`), and the shipped recovery reads it as after a restart.
//
// Everything follows from the seed: which records, which moments, which pages.

import CPlatform
import Glibc
import Harness
import HardwareMemory
public import TracerShm

/// Cuts the power of runs, each on a region of its own in a file.
public struct PowerSweep {
  private let seed: UInt64
  private let outputFolder: String
  private let backing: (Int) -> RegionBacking
  /// Where it is not, promises are broken: for a test of the checks.
  var outputIsSafe = true

  /// Prepares a sweep.
  ///
  /// - Parameters:
  ///   - outputFolder: where trace files are written, as a rule on tmpfs.
  ///   - backing: the file of a run's region, by a number that tells names apart.
  public init(seed: UInt64, outputFolder: String, backing: @escaping (Int) -> RegionBacking) {
    self.seed = seed
    self.outputFolder = outputFolder
    self.backing = backing
  }

  /// Runs until so many moments were tried, or a promise is broken: one run at least.
  ///
  /// - Parameter progress: called with the share that is done.
  public func run(cuts: Int, progress: (Double) -> Void) throws -> SweepResult {
    var result = SweepResult()
    // Nameless, so that nothing is left of it.
    let image = platform_memfd_create("tracer-power-cut", 0)
    guard image >= 0 else { throw SystemError("memfd_create") }
    defer { close(image) }
    repeat {
      progress(Double(result.killPoints) / Double(cuts))
      // Each run has a seed of its own, by which it can be repeated alone.
      let runSeed = seed &+ UInt64(result.runs)
      do { try runOnce(seed: runSeed, image: image, &result) } catch let finding as CrashFinding {
        result.finding = (finding, "--seed \(runSeed) --kills 1")
      }
    } while result.finding == nil && result.killPoints < cuts
    return result
  }

  private func runOnce(seed: UInt64, image: Int32, _ result: inout SweepResult) throws {
    let number = result.runs
    result.runs += 1
    // Above the numbers of regions.
    let output = TemporaryName(number: number + 1 << 30).text
    try TransientNames.holding(backing(number), "\(outputFolder)/\(output)") { place, output in
      let run = try PowerRun(
        seed: seed, place: place, outputPath: output,
        image: ("/proc/self/fd/\(image)", image), outputIsSafe: outputIsSafe)
      defer {
        result.killPoints += run.cuts
        result.deaths += run.images
      }
      try run.run()
    }
  }
}
