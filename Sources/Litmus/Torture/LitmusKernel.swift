// A litmus test compiled for this machine and loaded into this process.
//
// The compiler is the toolchain's clang, found beside `swift`, or a C compiler in PATH. It is
// started with posix_spawn: no thread is made, so that workers may be forked afterwards.

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
public struct LitmusKernel: @unchecked Sendable {
  typealias Entry = @convention(c) (UnsafeMutableRawPointer, Int32) -> Int32

  let program: LitmusProgram
  let entry: Entry

  /// Bounds that the frame's tables are made for.
  private static let maximumTerms = 32
  private static let maximumProcesses = 32

  /// Compiles and loads a test. Takes about a tenth of a second; leaves no file behind.
  public init(_ program: LitmusProgram) throws(TortureError) {
    let test = program.file.name
    guard program.terms.count <= Self.maximumTerms else {
      throw .tooLarge(test: test, what: "more than \(Self.maximumTerms) registers are observed")
    }
    guard program.file.processes.count <= Self.maximumProcesses else {
      throw .tooLarge(test: test, what: "more than \(Self.maximumProcesses) processes")
    }
    guard let compiler = Self.compiler else { throw .noCompiler }
    var folder = Array("\(Self.temporaryFolder)/tracer-litmus-XXXXXX".utf8CString)
    guard mkdtemp(&folder) != nil else { throw .system(test: test, SystemError("mkdtemp")) }
    let path = String(decoding: folder.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let source = "\(path)/kernel.c"
    let object = "\(path)/kernel.so"
    let messages = "\(path)/messages"
    defer {
      for file in [source, object, messages] { unlink(file) }
      rmdir(path)
    }
    guard Self.write(LitmusSource(program).text, to: source) else {
      throw .system(test: test, SystemError("write"))
    }
    let arguments = [
      compiler, "-std=gnu11", "-O2", "-Wall", "-fPIC", "-shared", "-o", object, source,
    ]
    guard try Self.run(arguments, messages: messages, test: test) else {
      throw .compilation(test: test, output: Self.contents(of: messages))
    }
    guard let handle = dlopen(object, RTLD_NOW | RTLD_LOCAL) else {
      throw .loading(test: test, reason: String(cString: dlerror()))
    }
    guard let symbol = dlsym(handle, "litmus_work") else {
      throw .loading(test: test, reason: "litmus_work is missing from the compiled object")
    }
    self.program = program
    entry = unsafeBitCast(symbol, to: Entry.self)
  }

  // MARK: files and the compiler

  private static var temporaryFolder: String {
    getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
  }

  /// The path of the C compiler used, or `nil`.
  public static var compiler: String? {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
    let folders = path.split(separator: ":").map(String.init)
    func executable(_ folder: String, _ name: String) -> String? {
      let candidate = "\(folder)/\(name)"
      return access(candidate, X_OK) == 0 ? candidate : nil
    }
    if let beside = folders.first(where: { executable($0, "swift") != nil }),
      let clang = executable(beside, "clang")
    {
      return clang
    }
    for name in ["clang", "cc", "gcc"] {
      for folder in folders {
        if let found = executable(folder, name) { return found }
      }
    }
    return nil
  }

  private static func write(_ text: String, to path: String) -> Bool {
    guard let file = fopen(path, "we") else { return false }
    let written = fputs(text, file) >= 0
    return fclose(file) == 0 && written
  }

  private static func contents(of path: String) -> String {
    guard let file = fopen(path, "re") else { return "" }
    defer { fclose(file) }
    // The first lines name the fault; a compiler can say very much.
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[0..<count], as: UTF8.self)
  }

  /// Runs the compiler; false where it failed.
  private static func run(
    _ arguments: [String], messages: String, test: String
  ) throws(TortureError) -> Bool {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages, flags, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, arguments[0], &actions, nil, &words, environ)
    guard code == 0 else { throw .system(test: test, SystemError("posix_spawn", code: code)) }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 {
      guard errno == EINTR else { throw .system(test: test, SystemError("waitpid")) }
    }
    return status == 0
  }
}
