// Documents as JSON files, written so that a file is either whole or not there.

import FoundationEssentials
import Glibc
import HardwareMemory

/// A document that cannot be written or read.
public struct ResultFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file.
  public let path: String
  /// What went wrong with it.
  public let reason: String

  /// One line that names the file.
  public var description: String { "\(path): \(reason)" }
}

extension ResultDocument {
  /// The document as JSON text: keys sorted, so that two documents compare line by line.
  public func json() throws(ResultFileError) -> String {
    let problems = validate()
    guard problems.isEmpty else {
      throw ResultFileError(path: "document", reason: problems.joined(separator: "; "))
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    } catch { throw ResultFileError(path: "document", reason: "\(error)") }
  }

  /// Reads JSON text. Does not validate.
  public init(json: String, path: String = "document") throws(ResultFileError) {
    do {
      self = try JSONDecoder().decode(ResultDocument.self, from: Data(json.utf8))
    } catch let error as DecodingError {
      throw ResultFileError(path: path, reason: ResultDocument.text(of: error))
    } catch { throw ResultFileError(path: path, reason: "\(error)") }
  }

  /// Reads a file and validates it.
  public init(path: String) throws(ResultFileError) {
    // A document of some thousand launches has some hundred kilobytes.
    guard let text = SystemFile.read(path, limitBytes: 1 << 26) else {
      throw ResultFileError(path: path, reason: String(cString: strerror(errno)))
    }
    try self.init(json: text, path: path)
    let problems = validate()
    guard problems.isEmpty else {
      throw ResultFileError(path: path, reason: problems.joined(separator: "; "))
    }
  }

  /// Writes the document to a temporary file beside `path`, which is then renamed.
  ///
  /// An interruption meanwhile removes the temporary file. An older file at `path` is replaced.
  public func write(to path: String) throws(ResultFileError) {
    let text: String
    do { text = try json() } catch { throw ResultFileError(path: path, reason: error.reason) }
    let temporary = "\(path).\(getpid()).part"
    let token = CleanupRegistry.add(file: temporary)
    defer { if let token { CleanupRegistry.forget(token) } }
    do throws(SystemError) {
      try ResultDocument.create(temporary, text)
      guard rename(temporary, path) == 0 else { throw SystemError("rename") }
    } catch {
      unlink(temporary)
      throw ResultFileError(path: path, reason: error.description)
    }
  }

  private static func create(_ path: String, _ text: String) throws(SystemError) {
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SystemError("open") }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw SystemError("write") }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw SystemError("fsync") }
  }

  /// A decoding error in one line.
  private static func text(of error: DecodingError) -> String {
    func place(_ path: [any CodingKey]) -> String {
      path.isEmpty ? "the document" : path.map(\.stringValue).joined(separator: ".")
    }
    return switch error {
    case .keyNotFound(let key, let context):
      "\(place(context.codingPath + [key])) is missing: not a document of \(schemaName)"
    case .typeMismatch(_, let context), .valueNotFound(_, let context):
      "\(place(context.codingPath)) has another type than \(schemaName) says"
    case .dataCorrupted: "not JSON"
    @unknown default: "not a document of \(schemaName)"
    }
  }
}
