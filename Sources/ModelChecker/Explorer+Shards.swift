// Splitting the space by shard, for a cluster's job array and for the processors here.
//
// Every node of the exploration tree is named by the choices on the trail that lead to it. Down to
// a fixed depth all shards walk the same nodes; at that depth (or at an execution that ends before
// it) a node belongs to the shard that the hash of its name says. So the shards' executions add up
// to exactly those of the whole, with no word between them.
//
// Most choices on a trail have no alternative, and how many have is known only once they were
// looked for. So each shard first surveys the top of the tree, deeper and deeper, until it has
// nodes enough to be shared out; every shard comes to the same depth.

/// One part of a space: `index` of `count`.
public struct Shard: Sendable, Equatable, CustomStringConvertible {
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

  /// A part of this part.
  public func part(_ index: Int, of count: Int) -> Shard {
    Shard(index: self.index * count + index, count: self.count * count)
  }

  /// For people, from 1: `shard 3/16`.
  public var description: String { "shard \(index + 1)/\(count)" }
}

extension Machine {
  /// Nodes for each shard, so that shards are of like size.
  private static var nodesPerShard: Int { 64 }

  /// Finds the depth at which nodes are shared out; `Int.max` where nothing is to be.
  func chooseShardDepth() {
    guard options.shard.count > 1 else { return }
    let enough = options.shard.count * Self.nodesPerShard
    shardDepth = 0
    var nodes = 0
    repeat {
      shardDepth += max(4, shardDepth / 4)
      let survey = Machine(program: program, options: options)
      nodes = survey.countNodes(at: shardDepth, enough: enough)
      survey.close()
      // None: every execution ends before, and is shared out by its own name.
    } while nodes > 0 && nodes < enough
  }

  /// Walks the top of the tree. Counts its nodes at a depth, up to `enough`.
  private func countNodes(at depth: Int, enough: Int) -> Int {
    shardDepth = depth
    isSurvey = true
    var count = 0
    var result = StepResult.advanced
    while count < enough {
      if isForeign {
        leaveForeignNode()
        count += 1
        result = .dead
      }
      if result == .advanced {
        result = step()
        continue
      }
      pendingFailure = nil
      guard backtrack() else { break }
      result = pendingFailure == nil ? .advanced : .failed
    }
    return count
  }

  /// Whether the node that the trail leads to is this shard's, `depth` choices from the root.
  func isMine(depth: Int) -> Bool {
    guard !isSurvey else { return false }
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
  var isEndMine: Bool { frameCount >= shardDepth || isMine(depth: frameCount) }

  /// Leaves a node of another shard, whose frame has just been pushed.
  func leaveForeignNode() {
    isForeign = false
    pendingFailure = nil
    dropFrame()
  }
}
