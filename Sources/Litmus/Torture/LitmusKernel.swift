// A litmus test compiled for this machine and loaded into this process.

import Glibc
import HardwareMemory

/// Why a litmus test cannot be run on this machine.
public enum TortureError: Error, Sendable, CustomStringConvertible {
  /// No C compiler was found.
  case noCompiler
  /// The compiler refused the generated source.
  case compilation(test: String, output: String)
  /// A system call failed.
  case system(test: String, SystemError)
  /// The loaded object lacks its entry.
  case loading(test: String, reason: String)
  /// More than the frame can hold.
  case tooLarge(test: String, what: String)

  /// One line for people, except that a compiler's own words follow.
  public var description: String {
    switch self {
    case .noCompiler: "no C compiler: neither clang beside swift nor clang, cc or gcc in PATH"
    case .compilation(let test, let output): "\(test): the C compiler refused it:\n\(output)"
    case .system(let test, let error): "\(test): \(error)"
    case .loading(let test, let reason): "\(test): \(reason)"
    case .tooLarge(let test, let what): "\(test): too large for the hardware: \(what)"
    }
  }
}

/// A compiled litmus test. Stays loaded for the life of the process: forked workers run it.
struct LitmusKernel: Sendable {
  typealias Address = UnsafeMutableRawPointer
  typealias Words = UnsafeMutablePointer<UInt64>

  /// What the object exports; `LitmusFrameSource` says what each does.
  struct Functions: Sendable {
    let reset: @convention(c) (Address, Int, Int32, Int, Int) -> Void
    let run: @convention(c) (Address, Int, Address, Int32, Int) -> Void
    let tally: @convention(c) (Address, Int, Address, Int32, Int, Int) -> Void
    let report: @convention(c) (Int32, Words, Words) -> Void
  }

  let program: LitmusProgram
  let wordBytes: Int
  let showsLocations: Bool
  let functions: Functions

  /// Bounds that the frame's tables are made for.
  private static let maximumTerms = 32
  private static let maximumProcesses = 32

  /// Compiles and loads a test. Takes about a tenth of a second; leaves no file behind.
  init(_ program: LitmusProgram) throws(TortureError) {
    let test = program.file.name
    guard program.question.terms.count <= Self.maximumTerms else {
      throw .tooLarge(test: test, what: "more than \(Self.maximumTerms) registers are observed")
    }
    guard program.file.processes.count <= Self.maximumProcesses else {
      throw .tooLarge(test: test, what: "more than \(Self.maximumProcesses) processes")
    }
    let generated = LitmusSource(program)
    let handle = try LitmusCompiler(test: test).load(generated.text)
    func symbol(_ name: String) throws(TortureError) -> UnsafeMutableRawPointer {
      guard let symbol = dlsym(handle, name) else {
        throw .loading(test: test, reason: "\(name) is missing from the compiled object")
      }
      return symbol
    }
    self.program = program
    wordBytes = generated.wordBytes
    showsLocations = generated.showsLocations
    functions = Functions(
      reset: unsafeBitCast(
        try symbol("litmus_reset"),
        to: (@convention(c) (Address, Int, Int32, Int, Int) -> Void).self),
      run: unsafeBitCast(
        try symbol("litmus_run"),
        to: (@convention(c) (Address, Int, Address, Int32, Int) -> Void).self),
      tally: unsafeBitCast(
        try symbol("litmus_tally"),
        to: (@convention(c) (Address, Int, Address, Int32, Int, Int) -> Void).self),
      report: unsafeBitCast(
        try symbol("litmus_report"), to: (@convention(c) (Int32, Words, Words) -> Void).self))
  }
}
