// A set of CPU or node numbers, read and written in the kernel's list form: `0-3,8,10-11`.

/// Numbers of CPUs or NUMA nodes, ordered.
public struct CPUSet: Equatable, Sendable, CustomStringConvertible {
  /// The numbers, ascending and distinct.
  public let numbers: [Int]

  /// Makes a set; order and repetition do not matter.
  public init(_ numbers: some Sequence<Int>) { self.numbers = Set(numbers).sorted() }

  /// Reads the kernel's list form; `nil` where the text is not one. Empty text is the empty set.
  public init?(list: String) {
    var found: Set<Int> = []
    let text = list.filter { !$0.isWhitespace }
    for part in text.split(separator: ",", omittingEmptySubsequences: true) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2,
        0 <= first, first <= last, last < CPUSet.limit
      else { return nil }
      found.formUnion(first...last)
    }
    self.init(found)
  }

  /// No kernel numbers a CPU beyond this; a larger number in a file is a mistake or an attack.
  static let limit = 1 << 16

  /// Whether there is no number.
  public var isEmpty: Bool { numbers.isEmpty }
  /// How many numbers.
  public var count: Int { numbers.count }
  /// Whether `number` is in the set.
  public func contains(_ number: Int) -> Bool { numbers.contains(number) }

  /// The kernel's list form; `none` for the empty set.
  public var description: String {
    guard !numbers.isEmpty else { return "none" }
    var parts: [String] = []
    var start = numbers[0]
    for (index, number) in numbers.enumerated() {
      let next = index + 1 < numbers.count ? numbers[index + 1] : nil
      if next == number + 1 { continue }
      parts.append(start == number ? "\(number)" : "\(start)-\(number)")
      start = next ?? number
    }
    return parts.joined(separator: ",")
  }
}
