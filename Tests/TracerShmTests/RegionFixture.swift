// What the tests of regions share: a scratch folder, names of their own, and other processes.

import Glibc
import Testing

@testable import TracerShm

/// A folder of its own for one test, removed with everything in it.
struct ScratchFolder: ~Copyable {
  let path: String

  init() throws {
    path = "/tmp/tracer-shm-test-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
    try #require(mkdir(path, 0o700) == 0)
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// The names in the folder, hidden ones included.
  var names: [String] { folderNames(path) }

  deinit {
    for name in folderNames(path) { unlink(path + "/" + name) }
    rmdir(path)
  }
}

/// The names in a folder, hidden ones included.
func folderNames(_ path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafeBytes(of: &entry.pointee.d_name) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

/// A name of shared memory that no other test or run uses.
func uniqueSharedName() -> String {
  "/tracer-shm-test-\(getpid())-\(String(UInt64.random(in: 0 ... .max), radix: 16))"
}

/// Runs a program to its end and returns its exit code and what it printed.
func run(_ arguments: [String]) throws -> (code: Int32, output: String) {
  var ends: [Int32] = [0, 0]
  try #require(pipe(&ends) == 0)
  var actions = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&actions)
  defer { posix_spawn_file_actions_destroy(&actions) }
  posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
  posix_spawn_file_actions_addclose(&actions, ends[0])
  var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
  defer { for word in words { free(word) } }
  var pid = pid_t()
  try #require(posix_spawnp(&pid, arguments[0], &actions, nil, &words, environ) == 0)
  close(ends[1])
  var output: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(ends[0], &chunk, chunk.count)
    if count <= 0 { break }
    output += chunk.prefix(count)
  }
  close(ends[0])
  var status: Int32 = 0
  waitpid(pid, &status, 0)
  return ((status >> 8) & 0xFF, String(decoding: output, as: UTF8.self))
}

/// Overwrites bytes of a file.
func patch(_ path: String, at offset: Int, _ bytes: [UInt8]) throws {
  let descriptor = open(path, O_WRONLY)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  try #require(pwrite(descriptor, bytes, bytes.count, off_t(offset)) == bytes.count)
}

/// The error of an operation that has to fail.
func failure<Result>(_ operation: () throws(RegionError) -> Result) -> RegionError? {
  do throws(RegionError) {
    _ = try operation()
    return nil
  } catch { return error }
}
