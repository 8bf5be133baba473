// Which registers are read later: a round of a loop that leaves these as they were is idle.

extension [LitmusInstruction] {
  /// For each loop the registers live at its head, by the usual backward data flow.
  func liveAtHeads(loopCount: Int, observed: [Int]) -> [[Int]] {
    var live = [Set<Int>](repeating: [], count: count + 1)
    live[count] = Set(observed)
    var changed = true
    while changed {
      changed = false
      for index in indices.reversed() {
        let (target, fallsThrough) = self[index].jumpTarget
        var after: Set<Int> = fallsThrough ? live[index + 1] : []
        if let target { after.formUnion(live[target]) }
        let (reads, writes) = self[index].uses
        let before = after.subtracting(writes).union(reads)
        if before != live[index] {
          live[index] = before
          changed = true
        }
      }
    }
    var result = [[Int]](repeating: [], count: loopCount)
    for index in indices {
      if case .loopHead(let loop) = self[index] { result[loop] = live[index].sorted() }
    }
    return result
  }
}
