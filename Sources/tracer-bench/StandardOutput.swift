// Results go to standard output. One that could not be written is a failure of the command.

import Glibc

enum StandardOutput {
  /// Writes a text as it is, at once, behind what was printed before.
  static func write(_ text: String) throws(BenchError) {
    try flush()
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else { throw failure() }
      rest = rest.dropFirst(written)
    }
  }

  /// Writes out what `print` keeps in its buffer.
  static func flush() throws(BenchError) {
    guard fflush(nil) == 0 else { throw failure() }
  }

  private static func failure() -> BenchError {
    .operation("cannot write to standard output: \(String(cString: strerror(errno)))")
  }
}
