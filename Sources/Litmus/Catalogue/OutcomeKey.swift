// The outcome of one instance of a catalogue test in one word: a nibble for each register and for
// each location. Values of the catalogue are below 16.
//
//   bits 0…47: process p's registers r0, r1, r2 in nibbles 3p, 3p+1, 3p+2;   48…59: x, y, z

enum OutcomeKey {
  static let bitsPerProcess = 12
  static let firstLocationBit = 48
  static let bitsPerValue = 4
  static let valueMask: UInt64 = 15

  /// The registers of a process, in its own twelve bits.
  @inline(__always) static func packed(_ registers: LitmusRegisters) -> UInt64 {
    registers.r0 | registers.r1 << 4 | registers.r2 << 8
  }

  /// Where the value of a term stands, in bits.
  static func shift(of term: LitmusTerm) -> Int {
    switch term {
    case .register(let process, let name):
      process * bitsPerProcess + bitsPerValue * register(name)
    case .location(let name): firstLocationBit + bitsPerValue * location(name)
    }
  }

  /// The number of register `r0`, `r1` or `r2`.
  static func register(_ name: String) -> Int { ["r0", "r1", "r2"].firstIndex(of: name)! }

  /// The number of location `x`, `y` or `z`.
  static func location(_ name: String) -> Int { ["x", "y", "z"].firstIndex(of: name)! }

  /// The values of terms.
  static func values(of terms: [LitmusTerm], in key: UInt64) -> [Int] {
    terms.map { Int(key >> UInt64(shift(of: $0)) & valueMask) }
  }

  /// The bits of all terms.
  static func mask(of terms: [LitmusTerm]) -> UInt64 {
    terms.reduce(0) { $0 | valueMask << UInt64(shift(of: $1)) }
  }
}
