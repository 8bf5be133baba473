// Splitting the space: by shard, for a cluster's job array, and by jobs, for the processors here.
//
// Every node of the exploration tree is named by the choices on the trail that lead to it. Down to
// a fixed depth all shards walk the same nodes; at that depth (or at an execution that ends before
// it) a node belongs to the shard that the hash of its name says. So the shards' executions add up
// to exactly those of the whole, with no word between them.

import Glibc
import Synchronization

/// One part of a space: `index` of `count`.
public struct Shard: Sendable, Equatable {
  /// Which part, from 0.
  public var index: Int
  /// How many parts.
  public var count: Int

  /// Everything.
  public static var whole: Shard { Shard(index: 0, count: 1) }

  /// Makes a part; `index` in `0..<count`.
  public init(index: Int, count: Int) {
    precondition(count > 0 && index >= 0 && index < count, "a shard is one of its count")
    self.index = index
    self.count = count
  }
}

/// Tells the jobs of one exploration to stop.
final class StopSignal: Sendable {
  private let flag = Atomic<Bool>(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}

extension Explorer {
  /// Explores on several threads of this process; bodies and predicate run on all of them at once.
  ///
  /// Execution counts are those of one thread. Modes other than exhaustive run on one.
  public func explore(_ program: ModelProgram, jobs: Int) -> ExplorationReport {
    guard jobs > 1, options.mode == .exhaustive else { return explore(program) }
    let started = monotonicSeconds()
    let signal = StopSignal()
    let works = (0..<jobs).map { job in
      var part = options
      part.shard = Shard(
        index: options.shard.index * jobs + job, count: options.shard.count * jobs)
      return JobWork(program: program, options: part, signal: signal)
    }
    // Kernel threads of their own: an exploration never suspends.
    var threads: [pthread_t] = []
    for work in works {
      var thread = pthread_t()
      let argument = Unmanaged.passRetained(work)
      let code = pthread_create(
        &thread, nil,
        { argument in
          Unmanaged<JobWork>.fromOpaque(argument!).takeRetainedValue().run()
          return nil
        }, argument.toOpaque())
      guard code == 0 else {
        // No thread to be had: this one does the work.
        argument.takeRetainedValue().run()
        continue
      }
      threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
    var report = ExplorationReport()
    for work in works { report.merge(work.report) }
    report.seconds = monotonicSeconds() - started
    if options.shard.count > 1 && report.extent == .complete {
      report.extent = .bounded("shard \(options.shard.index + 1)/\(options.shard.count)")
    }
    return report
  }
}

/// What one thread does. Not shared: the thread writes the report before it is joined.
private final class JobWork: @unchecked Sendable {
  let program: ModelProgram
  let options: ExplorerOptions
  let signal: StopSignal
  var report = ExplorationReport()

  init(program: ModelProgram, options: ExplorerOptions, signal: StopSignal) {
    self.program = program
    self.options = options
    self.signal = signal
  }

  func run() {
    let machine = Machine(program: program, options: options)
    defer { machine.close() }
    machine.stopSignal = signal
    machine.run(nil)
    report = machine.report
  }
}

extension Machine {
  /// Choices down to which all shards walk together: some thousand nodes, so that even a hundred
  /// shards are of like size.
  static var shardDepth: Int { 14 }

  /// Whether the node that the trail leads to is this shard's, `depth` choices from the root.
  func isMine(depth: Int) -> Bool {
    guard options.shard.count > 1 else { return true }
    // FNV-1a over the number of each choice taken: stable from machine to machine.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<min(depth, frameCount) {
      hash = (hash ^ UInt64(frames[index].taken)) &* 0x0000_0100_0000_01b3
    }
    hash ^= hash >> 32
    return Int(hash % UInt64(options.shard.count)) == options.shard.index
  }

  /// Whether an execution that ended is counted here: deeper ones were judged on the way.
  var isEndMine: Bool { frameCount >= Machine.shardDepth || isMine(depth: frameCount) }

  /// Leaves a node of another shard, whose frame has just been pushed.
  func leaveForeignNode() {
    isForeign = false
    pendingFailure = nil
    dropFrame()
  }
}
