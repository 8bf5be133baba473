// The bytes of one input, taken from the front; zeros once they are used up.

import Glibc

struct FuzzInput {
  private var rest: UnsafeBufferPointer<UInt8>.SubSequence

  init(_ bytes: UnsafeBufferPointer<UInt8>) { rest = bytes[...] }

  var isEmpty: Bool { rest.isEmpty }
  var bytes: [UInt8] { Array(rest) }

  mutating func byte() -> UInt8 { rest.popFirst() ?? 0 }

  mutating func short() -> Int { Int(byte()) | Int(byte()) << 8 }

  mutating func word() -> UInt64 { (0..<8).reduce(0) { $0 | UInt64(byte()) << (8 * $1) } }

  /// Numbers that hurt: small ones, edges, and any.
  mutating func value(instead old: UInt64) -> UInt64 {
    switch byte() % 8 {
    case 0: 0
    case 1: .max
    case 2: old &+ 1
    case 3: old &- 1
    case 4: old ^ 1 << UInt64(byte() % 64)
    case 5: UInt64(byte())
    case 6: UInt64(byte()) << UInt64(byte() % 64)
    default: word()
    }
  }
}

func exitCode(_ code: Int32) -> Never { exit(code) }
