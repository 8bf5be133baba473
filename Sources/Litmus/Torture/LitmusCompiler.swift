// The C compiler that litmus files are compiled with, in a folder that does not stay.
//
// The toolchain's clang, found beside `swift`, or a C compiler in PATH. It is started with
// posix_spawn: no thread is made, so that workers may be forked afterwards. Child and files are in
// the table of what an interruption removes.

import CPlatform
import Glibc
import Harness
import HardwareMemory

/// Compiles one test. Its files live as long as it does.
struct LitmusCompiler: ~Copyable {
  private static let prefix = "tracer-litmus"

  private let test: String
  private let folder: String
  /// The folder and what is in it, in the table of what an interruption removes.
  private let token: CleanupRegistry.NameToken?

  private var source: String { "\(folder)/kernel.c" }
  private var object: String { "\(folder)/kernel.so" }
  private var messages: String { "\(folder)/messages" }

  init(test: String) throws(TortureError) {
    self.test = test
    let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    // What earlier runs left that were killed.
    TemporaryName.sweep(folder: parent, prefix: Self.prefix)
    let number = Int(truncatingIfNeeded: MonotonicTime.nanoseconds() & UInt64(Int64.max))
    let path = "\(parent)/\(TemporaryName(prefix: Self.prefix, number: number).text)"
    platform_cleanup_block_signals(1)
    defer { platform_cleanup_block_signals(0) }
    guard mkdir(path, 0o700) == 0 else {
      throw .system(test: test, SystemError("mkdir \(path)"))
    }
    folder = path
    token = CleanupRegistry.add(file: folder)
  }

  deinit {
    _ = platform_cleanup_remove_now(folder)
    if let token { CleanupRegistry.forget(token) }
  }

  /// Compiles C source to a shared object and loads it; it stays loaded.
  func load(_ text: String) throws(TortureError) -> UnsafeMutableRawPointer {
    guard let compiler = Self.path else { throw .noCompiler }
    guard write(text) else { throw .system(test: test, SystemError("write \(source)")) }
    let succeeded = try run([
      compiler, "-std=gnu11", "-O2", "-Wall", "-fPIC", "-shared", "-o", object, source,
    ])
    guard succeeded else { throw .compilation(test: test, output: said) }
    guard let handle = dlopen(object, RTLD_NOW | RTLD_LOCAL) else {
      throw .loading(test: test, reason: String(cString: dlerror()))
    }
    return handle
  }

  /// The path of the compiler, or `nil`.
  private static var path: String? {
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

  private func write(_ text: String) -> Bool {
    guard let file = fopen(source, "we") else { return false }
    let written = fputs(text, file) >= 0
    return fclose(file) == 0 && written
  }

  /// What the compiler said: the first lines name the fault; it can say very much.
  private var said: String {
    guard let file = fopen(messages, "re") else { return "" }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes[0..<count], as: UTF8.self)
  }

  /// Runs the compiler; false where it failed.
  private func run(_ arguments: [String]) throws(TortureError) -> Bool {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages, flags, 0o600)
    posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO)
    // The signals blocked here until the child is in the table are not blocked in the child.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    // Its own temporary files too lie where an interruption removes them.
    var environment = environ.inherited(replacing: "TMPDIR", with: folder)
    defer { for entry in environment { free(entry) } }
    var child: pid_t = 0
    platform_cleanup_block_signals(1)
    let code = posix_spawn(&child, arguments[0], &actions, &attributes, &words, &environment)
    let slot = code == 0 ? platform_cleanup_add_process(child) : -1
    platform_cleanup_block_signals(0)
    guard code == 0 else { throw .system(test: test, SystemError("posix_spawn", code: code)) }
    var information = siginfo_t()
    // Leaves the dead process in place: its number cannot be reused while the table names it.
    while waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
    platform_cleanup_remove_process(slot)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status == 0
  }
}

extension UnsafeMutablePointer<UnsafeMutablePointer<CChar>?> {
  /// A copy of an environment, as posix_spawn takes it, with one variable replaced.
  fileprivate func inherited(
    replacing name: String, with value: String
  ) -> [UnsafeMutablePointer<CChar>?] {
    var result = [strdup("\(name)=\(value)")]
    var entry = self
    while let text = entry.pointee {
      if strncmp(text, "\(name)=", name.utf8.count + 1) != 0 { result.append(strdup(text)) }
      entry += 1
    }
    return result + [nil]
  }
}
