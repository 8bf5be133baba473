// Plays the files of a trace into another output, each record once: what `recover` does with a
// trace file, and how a trace is merged or cleaned of damage.
//
// Belongs to one thread. The files are untrusted (see `TraceFileReader`): what is handed on is
// well-formed, whatever stands in them.

public import HardwareMemory
public import TracerCore

/// An output that takes what stands beside the records too.
public protocol TraceOutput: LaneOutput where Memory == HardwareMemory {
  /// Takes who owned a thread slot.
  mutating func write(_ thread: TraceThread) throws(Failure)
  /// Takes names of addresses.
  mutating func write(symbols: [TraceSymbol]) throws(Failure)
}

extension TraceFileWriter: TraceOutput {}

/// Why a replay ended early.
public enum TraceReplayError<Failure: Error>: Error {
  /// The trace cannot be read.
  case input(TraceFileError)
  /// The output refused.
  case output(Failure)
}

/// What a replay found.
public struct TraceReplay: Sendable {
  /// Where a trace file is damaged.
  public struct Damage: Equatable, Sendable {
    /// The file.
    public var path: String
    /// The stretch.
    public var damage: TraceDamage
  }

  /// Where a lane has numbers without a record.
  public struct Hole: Equatable, Sendable {
    /// The lane.
    public var lane: LaneIdentifier
    /// The numbers, and what became of them.
    public var numbers: LaneHole
  }

  /// So many holes are kept: a hostile file has one at every frame.
  public static let mostHoles = 4096

  /// Whose records these are.
  public private(set) var session: UniqueID
  /// Records handed on.
  public private(set) var records: UInt64 = 0
  /// Records that were in the output already, or stood in the trace twice.
  public private(set) var repeated: UInt64 = 0
  /// Numbers that neither a record nor an account explains: frames that are damaged or gone.
  public private(set) var missing: UInt64 = 0
  /// Where numbers are missing between frames, in the order of the files; the first
  /// `mostHoles`.
  public private(set) var holes: [Hole] = []
  /// Holes behind those.
  public private(set) var furtherHoles: UInt64 = 0
  /// The last account of each lane.
  public private(set) var accounts: [LaneIdentifier: LaneAccount]
  /// What could not be believed.
  public private(set) var damage: [Damage] = []

  /// Reads every file of a trace, oldest first, into an output.
  ///
  /// - Parameters:
  ///   - path: the newest file; those that a rotation left beside it are found.
  ///   - accounts: what the output has already.
  public init<Output: TraceOutput>(
    _ path: String, resuming accounts: [LaneIdentifier: LaneAccount] = [:],
    into output: inout Output
  ) throws(TraceReplayError<Output.Failure>) {
    self.accounts = accounts
    session = UniqueID(high: 0, low: 0)
    for (place, file) in TraceFileReader.files(of: path).enumerated() {
      var reader: TraceFileReader
      do throws(TraceFileError) { reader = try TraceFileReader(file) } catch {
        throw .input(error)
      }
      if place == 0 { session = reader.header.session }
      guard reader.header.session == session else {
        throw .input(.foreignSession(file, found: reader.header.session, expected: session))
      }
      while let block = try TraceReplay.next(&reader, Output.Failure.self) {
        do throws(Output.Failure) { try take(block, file, &output) } catch {
          throw .output(error)
        }
      }
    }
  }

  private static func next<Failure>(
    _ reader: inout TraceFileReader, _: Failure.Type
  ) throws(TraceReplayError<Failure>) -> TraceBlock? {
    do throws(TraceFileError) { return try reader.next() } catch { throw .input(error) }
  }

  private mutating func take<Output: TraceOutput>(
    _ block: TraceBlock, _ file: String, _ output: inout Output
  ) throws(Output.Failure) {
    switch block {
    case .frame(let frame, let records): try take(frame, records, file, &output)
    case .thread(let thread): try output.write(thread)
    case .symbols(let symbols): try output.write(symbols: symbols)
    case .damage(let found): damage.append(Damage(path: file, damage: found))
    case .accounts, .clock, .other: break
    }
  }

  /// Hands on what of a frame is new and well-formed.
  private mutating func take<Output: TraceOutput>(
    _ frame: LaneFrame, _ records: TraceRecords, _ file: String, _ output: inout Output
  ) throws(Output.Failure) {
    let known = accounts[frame.lane]
    let run = TraceRun(frame, records.records, behind: known?.nextSequence)
    if run.isDamaged {
      let found = TraceDamage(offset: 0, byteCount: frame.byteCount, reason: .contents)
      damage.append(Damage(path: file, damage: found))
    }
    repeated &+= run.repeated
    if let known {
      // An account that is not newer stands over records that were all there before.
      let progress = Int64(bitPattern: frame.account.nextSequence &- known.nextSequence)
      guard progress > 0 else { return }
    }
    if let hole = LaneHole(from: known, to: run.frame, run.records) {
      missing &+= hole.missing
      // What went elsewhere before the trace began is no hole in it.
      if hole.before == 0 {
        if holes.count < TraceReplay.mostHoles {
          holes.append(Hole(lane: frame.lane, numbers: hole))
        } else {
          furtherHoles &+= 1
        }
      }
    }
    try output.write(run.frame, run.records)
    records.keepAlive()
    self.records &+= run.frame.recordCount
    accounts[frame.lane] = frame.account
  }
}

/// The part of a frame that is new.
private struct TraceRun {
  let frame: LaneFrame
  let records: LaneRecords<HardwareMemory>
  /// Records before it that the output has.
  let repeated: UInt64
  /// Whether a length led outside the frame.
  let isDamaged: Bool

  /// Walks a frame with every length checked; begins at `next` where the output stands there.
  init(_ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>, behind next: UInt64?) {
    var position = 0
    var start = 0
    var sequence = frame.firstSequence
    var first = sequence
    var skipped: UInt64 = 0
    var count: UInt64 = 0
    var damaged = false
    while position < records.byteCount {
      do throws(LaneCorruption) {
        let (item, following) = try records.item(at: position)
        let isKnown = next.map { Int64(bitPattern: $0 &- sequence) > 0 } ?? false
        position = following
        switch item {
        case .record:
          sequence &+= 1
          if isKnown { skipped &+= 1 } else { count &+= 1 }
        case .losses(let losses): sequence &+= losses.total
        }
        if isKnown {
          start = following
          first = sequence
        }
      } catch {
        damaged = true
        break
      }
    }
    repeated = skipped
    isDamaged = damaged || (count &+ skipped != frame.recordCount)
    self.frame = LaneFrame(
      lane: frame.lane, slotEpoch: frame.slotEpoch, generation: frame.generation,
      firstSequence: first, recordCount: count, byteCount: position - start,
      account: frame.account)
    self.records = LaneRecords(
      memory: records.memory, offset: records.offset + start, byteCount: position - start,
      firstSequence: first)
  }
}
