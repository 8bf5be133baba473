// Histograms that forked workers fill and their parent reads: made before the fork.

public import HardwareMemory

/// A number of empty histograms in anonymous shared memory.
///
/// Keep it alive while any of its histograms is in use.
public final class SharedHistogramStore {
  /// How many histograms there are.
  public let count: Int
  private let mapping: Mapping

  /// Makes `count` empty histograms.
  public init(count: Int) throws(SystemError) {
    precondition(count > 0, "a store without histograms")
    self.count = count
    mapping = try Mapping(descriptor: nil, byteCount: count * HistogramLayout.byteCount)
    for index in 0..<count { self[index].reset() }
  }

  /// A histogram of the store.
  public subscript(index: Int) -> SharedHistogram {
    precondition(index >= 0 && index < count, "no such histogram")
    return SharedHistogram(memory: mapping.memory.advanced(by: index * HistogramLayout.byteCount))
  }
}
