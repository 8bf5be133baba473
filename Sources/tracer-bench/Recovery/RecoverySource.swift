// What `recover` and `inspect` read from: a region or a trace file, told apart by the first bytes.

import Glibc
import HardwareMemory
import TracerCore
import TracerShm

/// Where records are recovered from.
enum RecoverySource {
  case region(PostMortem)
  case trace(String)

  /// Looks at a region.
  static func look(_ file: String, isName: Bool) throws(BenchError) -> PostMortem {
    do throws(PostMortemError) {
      return try PostMortem(isName ? .shm(name: file) : .file(path: file))
    } catch { throw .operation("\(error)") }
  }

  /// Whose records they are.
  func session() throws(BenchError) -> UniqueID {
    switch self {
    case .region(let region): return region.superblock.session
    case .trace(let path):
      do throws(TraceFileError) {
        return try TraceFileReader(TraceFileReader.files(of: path)[0]).header.session
      } catch { throw .operation("\(error)") }
    }
  }

  /// Hands everything to an output.
  func play<Output: TraceOutput>(
    resuming accounts: [LaneIdentifier: LaneAccount]?, into output: inout Output
  ) throws(BenchError) -> RecoverySummary {
    switch self {
    case .region(let region):
      do throws(Output.Failure) {
        for thread in region.threads { try output.write(thread) }
        let recoveries = try region.recover(
          resuming: { region.account(of: $0, in: accounts) },
          into: &output)
        return RecoverySummary(region, recoveries)
      } catch { throw .operation("\(error)") }
    case .trace(let path):
      do throws(TraceReplayError<Output.Failure>) {
        return RecoverySummary(
          path, try TraceReplay(path, resuming: accounts ?? [:], into: &output))
      } catch {
        switch error {
        case .input(let error): throw .operation("\(error)")
        case .output(let error): throw .operation("\(error)")
        }
      }
    }
  }
}

extension PostMortem {
  /// What an output has of a lane; without an output, it begins with what is found.
  fileprivate func account(
    of lane: LaneIdentifier, in accounts: [LaneIdentifier: LaneAccount]?
  ) -> LaneAccount {
    guard let accounts, isSameBoot else { return accounts?[lane] ?? .beginningAnywhere }
    return accounts[lane] ?? lanes.lane(lane.slot, lane.kind).accountWithoutOutput
  }
}

/// Trace files by name.
enum TraceSource {
  /// Whether a file begins as a trace file does. Whatever cannot be read does not.
  static func isTraceFile(_ path: String) -> Bool {
    let descriptor = open(
      TraceFileReader.files(of: path)[0], O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var word: UInt64 = 0
    return pread(descriptor, &word, 8, 0) == 8 && TraceFileLayout.isMagic(word)
  }

  /// What a trace has of each lane.
  static func accounts(
    of path: String
  ) throws(BenchError) -> (session: UniqueID, accounts: [LaneIdentifier: LaneAccount]) {
    do throws(TraceReplayError<Never>) {
      var nowhere = Nowhere()
      let replay = try TraceReplay(path, into: &nowhere)
      return (replay.session, replay.accounts)
    } catch {
      switch error {
      case .input(let error): throw .operation("\(error)")
      }
    }
  }
}

/// Takes everything and keeps nothing.
struct Nowhere: TraceOutput {
  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>) {}
  mutating func write(_ thread: TraceThread) {}
  mutating func write(symbols: [TraceSymbol]) {}
}
