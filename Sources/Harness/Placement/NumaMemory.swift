// Pages of a mapping on one memory node: bound with `mbind`, verified page by page.
//
// libnuma's own allocation falls back silently: on a node without memory it returns pages of
// another. So binding is strict, and what was asked is read back with `move_pages`. After a fork
// that call knows nothing of pages which this process has not touched: they are touched first.

import CNuma
import Glibc
import HardwareMemory

/// Pages that cannot be had on a node.
public enum NumaError: Error, Equatable, Sendable, CustomStringConvertible {
  /// No node of this number.
  case noSuchNode(Int, available: CPUSet)
  /// The node has CPUs only.
  case nodeWithoutMemory(Int, available: CPUSet)
  /// The kernel refused to bind.
  case refused(node: Int, SystemError)
  /// The kernel does not tell where the pages are.
  case cannotVerify(SystemError)
  /// A page lies on another node, or nowhere (a negative system error).
  case pageElsewhere(page: Int, expected: Int, actual: Int)

  /// One line that names the node and what is available.
  public var description: String {
    switch self {
    case .noSuchNode(let node, let available):
      "NUMA node \(node) does not exist: nodes with memory are \(available)"
    case .nodeWithoutMemory(let node, let available):
      "NUMA node \(node) has no memory: nodes with memory are \(available)"
    case .refused(let node, let error): "cannot bind memory to NUMA node \(node): \(error)"
    case .cannotVerify(let error): "cannot verify the placement of pages: \(error)"
    case .pageElsewhere(let page, let expected, let actual) where actual >= 0:
      "page \(page) is on NUMA node \(actual), not \(expected)"
    case .pageElsewhere(let page, _, let actual):
      "page \(page) has no place in memory: \(String(cString: strerror(-Int32(actual))))"
    }
  }
}

/// Placement of pages on memory nodes. Any thread; system calls, nothing for the hot path.
public enum NumaMemory {
  /// Throws unless pages can be placed on `node`.
  public static func validate(node: Int, topology: NumaTopology) throws(NumaError) {
    let available = topology.nodesWithMemory
    guard let found = topology[node] else { throw .noSuchNode(node, available: available) }
    guard found.hasMemory else { throw .nodeWithoutMemory(node, available: available) }
  }

  /// Binds a mapped range to `node`, moving pages that are elsewhere, and verifies every page.
  ///
  /// - Parameters:
  ///   - address: The start of the range, page-aligned (`Mapping.address`).
  ///   - byteCount: Its length in bytes.
  public static func bind(
    address: UInt, byteCount: Int, toNode node: Int, topology: NumaTopology
  ) throws(NumaError) {
    try validate(node: node, topology: topology)
    var mask = [UInt](repeating: 0, count: node / UInt.bitWidth + 1)
    mask[node / UInt.bitWidth] = 1 << UInt(node % UInt.bitWidth)
    // The kernel reads one bit fewer than it is told.
    let bits = UInt(mask.count * UInt.bitWidth + 1)
    let start = UnsafeMutableRawPointer(bitPattern: address)
    let flags = UInt32(MPOL_MF_STRICT | MPOL_MF_MOVE)
    guard mbind(start, UInt(byteCount), Int32(MPOL_BIND), &mask, bits, flags) == 0 else {
      throw .refused(node: node, SystemError("mbind"))
    }
    let nodes = try pageNodes(address: address, byteCount: byteCount)
    for (page, actual) in nodes.enumerated() where actual != node {
      throw .pageElsewhere(page: page, expected: node, actual: actual)
    }
  }

  /// The node of every page of a range, which is touched (read) first; a negative system error
  /// for a page without one.
  public static func pageNodes(address: UInt, byteCount: Int) throws(NumaError) -> [Int] {
    let pageSize = UInt(sysconf(Int32(_SC_PAGESIZE)))
    let addresses = stride(from: address, to: address + UInt(byteCount), by: Int(pageSize))
    var pages: [UnsafeMutableRawPointer?] = addresses.map(UnsafeMutableRawPointer.init(bitPattern:))
    for case .some(let page) in pages {
      // A load the compiler cannot drop.
      _ = HardwareMemory(base: page).word(at: 0).loadRelaxed()
    }
    var status = [Int32](repeating: 0, count: pages.count)
    guard move_pages(0, UInt(pages.count), &pages, nil, &status, 0) == 0 else {
      throw .cannotVerify(SystemError("move_pages"))
    }
    return status.map(Int.init)
  }
}
