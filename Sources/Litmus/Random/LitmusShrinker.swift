// Makes a failing litmus test smaller while it keeps failing.

/// Shrinks litmus tests.
public enum LitmusShrinker {
  /// The smallest test reached by dropping processes, statements and orders one at a time for
  /// which `fails` still holds. Deterministic; calls `fails` a few hundred times at most.
  public static func shrink(_ file: LitmusFile, while fails: (LitmusFile) -> Bool) -> LitmusFile {
    var smallest = file
    while let smaller = candidates(smallest).first(where: fails) { smallest = smaller }
    return smallest
  }

  private static func candidates(_ file: LitmusFile) -> [LitmusFile] {
    var result: [LitmusFile] = []
    for index in file.processes.indices where file.processes.count > 1 {
      var smaller = file
      smaller.processes.remove(at: index)
      result.append(smaller)
    }
    for index in file.processes.indices {
      for body in variants(file.processes[index].body) {
        var smaller = file
        smaller.processes[index].body = body
        result.append(smaller)
      }
    }
    // Dropping a declaration may leave a use without it: such a candidate is no test.
    return result.compactMap { candidate in
      var observed = candidate
      observed.observeEverything()
      return (try? LitmusParser.parse(observed.litmusText, path: file.path)) == nil ? nil : observed
    }
  }

  /// The statements with one dropped, flattened or weakened.
  private static func variants(_ body: [LitmusStatement]) -> [[LitmusStatement]] {
    var result: [[LitmusStatement]] = []
    for index in body.indices {
      var dropped = body
      dropped.remove(at: index)
      result.append(dropped)
      for replacement in simpler(body[index]) {
        var changed = body
        changed.replaceSubrange(index...index, with: replacement)
        result.append(changed)
      }
    }
    return result
  }

  private static func simpler(_ statement: LitmusStatement) -> [[LitmusStatement]] {
    switch statement {
    case .branch(_, let then, let otherwise): return [then + otherwise]
    case .store(let address, let value, let order):
      var result: [[LitmusStatement]] = []
      if value != .constant(1) { result.append([.store(address: address, .constant(1), order)]) }
      if order != .relaxed, order != .plain {
        result.append([.store(address: address, value, .relaxed)])
      }
      return result
    case .declare(let name, .load(let address, let order)) where order.acquires:
      return [[.declare(name, .load(address: address, .relaxed))]]
    case .declare(let name, .exchange(let address, let value, let order)) where order != .relaxed:
      return [[.declare(name, .exchange(address: address, value, .relaxed))]]
    case .declare(let name, .fetch(let operation, let address, let value, let order)):
      let exchange = LitmusExpression.exchange(address: address, value, order)
      let relaxed = LitmusExpression.fetch(operation, address: address, value, .relaxed)
      return [[.declare(name, exchange)]] + (order == .relaxed ? [] : [[.declare(name, relaxed)]])
    default: return []
    }
  }
}
