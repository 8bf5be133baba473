// Which file a writer writes to: a new one, one that a predecessor left, or the next of a rotation.
//
//     PATH          being written
//     PATH.0, .1 …  full, the newest kept; numbers go on for ever
//
// Each file of a rotation begins with the accounts of all lanes so far, so that the newest file
// alone tells where to resume. It is made under a name of its own (`PATH.next`) and renamed when
// that is in it. A kill between the two renamings leaves no PATH: the newest full file is it again.

import Glibc
import HardwareMemory

extension TraceFileWriter {
  /// Begins a new file; refuses one that exists.
  public convenience init(
    creating path: String, session: UniqueID, options: TraceFileOptions = TraceFileOptions()
  ) throws(TraceFileError) {
    let descriptor = try TraceFileWriter.open(
      path, O_RDWR | O_CREAT | O_EXCL, options.permissions)
    self.init(
      path: path, session: session, options: options, descriptor: descriptor, position: 0,
      number: 0)
    do throws(TraceFileError) {
      try lockFile()
      try begin()
    } catch {
      unlink(path)
      throw error
    }
  }

  /// Goes on in the file that a predecessor left, behind its last complete block, or begins one.
  ///
  /// `accounts` tells a controller where to resume. Refuses a file of another session, and one
  /// that another process writes to. Reads the whole file.
  public convenience init(
    resuming path: String, session: UniqueID, options: TraceFileOptions = TraceFileOptions()
  ) throws(TraceFileError) {
    if access(path, F_OK) != 0, let last = TraceFileReader.files(of: path).last, last != path {
      // Killed between the two renamings of a rotation.
      rename(last, path)
    }
    let descriptor = try TraceFileWriter.open(path, O_RDWR | O_CREAT, options.permissions)
    self.init(
      path: path, session: session, options: options, descriptor: descriptor, position: 0,
      number: 0)
    try lockFile()
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .system(path, SystemError("fstat")) }
    // Killed before anything was in it, or just made.
    let isEmpty = status.st_size == 0 && status.st_mode & S_IFMT == S_IFREG
    if isEmpty { try begin() } else { try resume() }
    // A predecessor may have been killed before the disk confirmed the names of a rotation.
    try synchroniseFolder()
  }

  private static func open(
    _ path: String, _ flags: Int32, _ permissions: UInt32
  ) throws(TraceFileError) -> Int32 {
    let descriptor = Glibc.open(
      path, flags | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC, permissions)
    guard descriptor >= 0 else {
      throw errno == EEXIST ? .alreadyExists(path) : .system(path, SystemError("open"))
    }
    return descriptor
  }

  /// Locks the file against other writers for as long as it is written to.
  private func lockFile() throws(TraceFileError) {
    do throws(TracerError) {
      lock = try RegionLock.tryTake(.output, of: descriptor, place: path)
    } catch {
      guard case .system(_, let error) = error else { return }
      throw .system(path, error)
    }
    if lock == nil { throw .inUse(path) }
  }

  /// Writes the header, and what stands at the beginning of a file that follows others.
  private func begin() throws(TraceFileError) {
    let words = TraceFileHeader(session: session, number: number).encoded()
    let none = UnsafeRawBufferPointer(start: nil, count: 0)
    if let error = words.withUnsafeBytes({ TraceFileWriter.write(descriptor, $0, none) }) {
      throw .system(path, error)
    }
    position = TraceFileLayout.Header.byteCount
    writtenBytes &+= UInt64(position)
    if !accounts.isEmpty { try append(.accounts, .accounts(accounts)) }
    for (_, thread) in threads.sorted(by: { $0.key < $1.key }) {
      try append(.thread, .thread(thread))
    }
    if options.synchronisesFrames {
      try synchronise()
      try synchroniseFolder()
    }
  }

  /// Waits until the disk has the names, where it is to have the frames.
  private func synchroniseFolder() throws(TraceFileError) {
    guard options.synchronisesFrames else { return }
    do throws(SystemError) {
      let folder = try BackingObject.openFolder(folder)
      defer { Glibc.close(folder) }
      if fsync(folder) != 0 { throw SystemError("fsync") }
    } catch { throw .system(path, error) }
  }

  /// Finds the accounts, and the end of the last complete block.
  private func resume() throws(TraceFileError) {
    var scanner = try TraceFileScanner(descriptor, path: path)
    guard scanner.header.session == session else {
      throw .foreignSession(path, found: scanner.header.session, expected: session)
    }
    number = scanner.header.number
    var end = TraceFileLayout.Header.byteCount
    while let step = try scanner.next() {
      // Damage in the middle stays where it is; what stands behind it is complete.
      guard case .block(let block, let offset) = step else { continue }
      end = offset + block.byteCount
      if let frame = block.frame {
        accounts[frame.lane] = frame.account
        hasFrames = true
      } else if let payload = try scanner.payload(of: block, at: offset) {
        var reader = TracePayloadReader(payload)
        switch block.kind {
        case .accounts: accounts.merge(reader.accounts() ?? [:]) { _, newer in newer }
        case .thread: reader.thread().map { threads[$0.slot] = $0 }
        default: break
        }
      }
    }
    if end < scanner.byteCount {
      truncatedBytes = scanner.byteCount - end
      guard ftruncate(descriptor, off_t(end)) == 0 else {
        throw .system(path, SystemError("ftruncate"))
      }
    }
    guard lseek(descriptor, off_t(end), SEEK_SET) >= 0 else {
      throw .system(path, SystemError("lseek"))
    }
    position = end
  }

  /// Makes the file that follows this one, and gives it this one's name. Where that fails, no
  /// file is replaced, and both names are as they were unless the renaming back fails too.
  private func beginFollowing() throws(TraceFileError) -> TraceFileWriter {
    let next = path + ".next"
    let full = "\(path).\(number)"
    // What a predecessor left that was killed here; nobody else makes one while this file is locked.
    unlink(next)
    let following = TraceFileWriter(
      path: next, session: session, options: options,
      descriptor: try TraceFileWriter.open(next, O_RDWR | O_CREAT | O_EXCL, options.permissions),
      position: 0, number: number + 1)
    following.accounts = accounts
    following.threads = threads
    do throws(TraceFileError) {
      try following.lockFile()
      try following.begin()
      guard rename(path, full) == 0 else { throw .system(path, SystemError("rename")) }
      guard rename(next, path) == 0 else {
        let error = SystemError("rename")
        rename(full, path)
        throw .system(path, error)
      }
    } catch {
      unlink(next)
      throw error
    }
    return following
  }

  /// Begins the next file if this one would get too long. A file holds one frame at least.
  func rotateIfNeeded(for payloadByteCount: Int) throws(TraceFileError) {
    try finishRotation()
    guard let limit = options.rotateByteCount, hasFrames,
      position + TraceFileLayout.Block.byteCount + payloadByteCount > limit
    else { return }
    // The last clocks of the full file: its readers know the counter's rate.
    try append(.clock, .clock(.now()))
    if options.synchronisesFrames { try synchronise() }
    let following = try beginFollowing()
    // From here on this one's name is the follower's: nothing may fail before it is what is written
    // to, or the next rotation would put it over the full file.
    swap(&descriptor, &following.descriptor)
    swap(&lock, &following.lock)
    position = following.position
    writtenBytes &+= following.writtenBytes
    number += 1
    hasFrames = false
    hasUnconfirmedNames = true
    try finishRotation()
  }

  /// Waits for the names of the last rotation and removes the oldest file. No frame is written
  /// before this succeeds: a power cut would bring the full file back under this one's name.
  private func finishRotation() throws(TraceFileError) {
    guard hasUnconfirmedNames else { return }
    try synchroniseFolder()
    hasUnconfirmedNames = false
    let kept = UInt64(max(2, options.keptFiles))
    if number >= kept { unlink("\(path).\(number - kept)") }
  }
}
