// The types of C that a litmus test may use, and what the language does with their values.
//
// A value is an `Int`: the number itself, but for 64-bit unsigned types its bits. What is in memory
// or in a local always fits its type, so that only assignments, casts and operators convert. All of
// this is what the compiler does on the machine that this runs on; signed overflow, which C leaves
// undefined, is an error and never a value.

/// Why C gives an operation no value.
struct LitmusFault: Error {
  var message: String
}

/// An integer type, by its width and sign. `_Bool` has one bit.
struct LitmusInteger: Hashable, Sendable {
  var bits: Int
  var isSigned: Bool

  static let boolean = LitmusInteger(bits: 1, isSigned: false)
  static let int = LitmusInteger(bits: 32, isSigned: true)
  static let unsigned = LitmusInteger(bits: 32, isSigned: false)
  static let long = LitmusInteger(bits: 64, isSigned: true)
  static let unsignedLong = LitmusInteger(bits: 64, isSigned: false)
  /// C leaves the sign of `char` to the machine.
  static let char: LitmusInteger = {
    #if arch(arm64)
      LitmusInteger(bits: 8, isSigned: false)
    #else
      LitmusInteger(bits: 8, isSigned: true)
    #endif
  }()

  /// Its name in C, without blanks that a declaration could not have.
  var name: String {
    switch bits {
    case 1: "_Bool"
    case 8: isSigned ? "signed char" : "unsigned char"
    case 16: isSigned ? "short" : "unsigned short"
    case 32: isSigned ? "int" : "unsigned int"
    default: isSigned ? "long" : "unsigned long"
    }
  }

  /// A value as it is after a conversion to this type.
  func converted(_ value: Int) -> Int {
    if bits == 1 { return value == 0 ? 0 : 1 }
    guard bits < Int.bitWidth else { return value }
    let shift = Int.bitWidth - bits
    return isSigned
      ? (value << shift) >> shift : Int(bitPattern: UInt(bitPattern: value << shift) >> UInt(shift))
  }

  /// Whether a number is a value of this type.
  func holds(_ number: Int) -> Bool {
    isSigned || number >= 0 ? converted(number) == number : false
  }

  /// A value for people: of a 64-bit unsigned type the number behind the bits.
  func text(of value: Int) -> String {
    self == .unsignedLong ? "\(UInt(bitPattern: value))" : "\(value)"
  }

  /// After the integer promotions.
  var promoted: LitmusInteger { bits < LitmusInteger.int.bits ? .int : self }

  /// After the usual arithmetic conversions.
  func common(with other: LitmusInteger) -> LitmusInteger {
    let (left, right) = (promoted, other.promoted)
    if left.bits != right.bits { return left.bits > right.bits ? left : right }
    return left.isSigned ? right : left
  }
}

/// What a local or a location holds: an integer, or with `depth` levels the address of one.
struct LitmusScalar: Hashable, Sendable, CustomStringConvertible {
  var integer: LitmusInteger
  var depth = 0

  static let int = LitmusScalar(integer: .int)

  var isPointer: Bool { depth > 0 }
  /// What is behind an address.
  var pointee: LitmusScalar { LitmusScalar(integer: integer, depth: max(depth - 1, 0)) }
  /// In C: `int`, `unsigned long **`.
  var description: String {
    integer.name + (depth > 0 ? " " + String(repeating: "*", count: depth) : "")
  }
}

/// How a parameter, a location or a local is declared.
struct LitmusType: Equatable, Sendable {
  /// The C type behind the stars, such as `atomic_int`, `volatile int`.
  var name: String
  var integer = LitmusInteger.int
  var isAtomic: Bool
  /// Levels of pointer behind the name; a location that holds an address has 1.
  var pointerDepth: Int

  static let plainInt = LitmusType(name: "int", isAtomic: false, pointerDepth: 0)
  static let atomicInt = LitmusType(name: "atomic_int", isAtomic: true, pointerDepth: 0)

  init(name: String, integer: LitmusInteger = .int, isAtomic: Bool, pointerDepth: Int) {
    self.name = name
    self.integer = integer
    self.isAtomic = isAtomic
    self.pointerDepth = pointerDepth
  }

  /// The type of a constant or of a value.
  init(_ scalar: LitmusScalar) {
    self.init(
      name: scalar.integer.name, integer: scalar.integer, isAtomic: false,
      pointerDepth: scalar.depth)
  }

  var scalar: LitmusScalar { LitmusScalar(integer: integer, depth: pointerDepth) }
  var isVolatile: Bool { name.hasPrefix("volatile") }
  /// In C: `atomic_int`, `volatile int*`.
  var text: String { name + String(repeating: "*", count: pointerDepth) }
}

extension LitmusInteger {
  private static let fixed: [String: LitmusInteger] = [
    "int8_t": .init(bits: 8, isSigned: true), "uint8_t": .init(bits: 8, isSigned: false),
    "int16_t": .init(bits: 16, isSigned: true), "uint16_t": .init(bits: 16, isSigned: false),
    "int32_t": .int, "uint32_t": .unsigned, "int64_t": .long, "uint64_t": .unsignedLong,
    "intptr_t": .long, "uintptr_t": .unsignedLong, "size_t": .unsignedLong,
    "_Bool": .boolean, "bool": .boolean,
  ]
  /// The words that C combines to types.
  private static let words: Set<String> = ["int", "char", "long", "short", "unsigned", "signed"]
  private static let atomics: [String: LitmusInteger] = [
    "atomic_int": .int, "atomic_uint": .unsigned, "atomic_long": .long,
    "atomic_ulong": .unsignedLong, "atomic_llong": .long, "atomic_ullong": .unsignedLong,
    "atomic_char": .char, "atomic_schar": .init(bits: 8, isSigned: true),
    "atomic_uchar": .init(bits: 8, isSigned: false),
    "atomic_short": .init(bits: 16, isSigned: true),
    "atomic_ushort": .init(bits: 16, isSigned: false), "atomic_bool": .boolean,
    "atomic_intptr_t": .long, "atomic_uintptr_t": .unsignedLong, "atomic_size_t": .unsignedLong,
  ]

  static func isAtomicName(_ name: String) -> Bool { atomics[name] != nil }
  static func isPlainName(_ name: String) -> Bool { fixed[name] != nil || words.contains(name) }

  /// The type that these words name together; `nil` where C knows none.
  init?(named names: [String]) {
    if names.count == 1, let known = Self.fixed[names[0]] ?? Self.atomics[names[0]] {
      self = known
      return
    }
    guard !names.isEmpty, names.allSatisfy(Self.words.contains) else { return nil }
    let signs = names.filter { $0 == "signed" || $0 == "unsigned" }
    var rest = names.filter { $0 != "signed" && $0 != "unsigned" }
    guard signs.count <= 1 else { return nil }
    let isSigned = signs != ["unsigned"]
    if rest == ["char"] {
      self = signs.isEmpty ? .char : LitmusInteger(bits: 8, isSigned: isSigned)
      return
    }
    if let index = rest.firstIndex(of: "int") { rest.remove(at: index) }
    switch rest {
    case []: self.init(bits: 32, isSigned: isSigned)
    case ["short"]: self.init(bits: 16, isSigned: isSigned)
    case ["long"], ["long", "long"]: self.init(bits: 64, isSigned: isSigned)
    default: return nil
    }
  }
}
