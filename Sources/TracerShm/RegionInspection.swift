// Describing a region without touching it: the header is read into private memory and never
// mapped. Works beside a live region and on the remains of a dead one; what it shows is a snapshot.

import Glibc

/// A snapshot of a region's header.
public struct RegionInspection: Sendable, CustomStringConvertible {
  /// The region looked at.
  public let backing: RegionBacking
  /// The immutable part, checked.
  public let superblock: Superblock
  /// The newest valid identity, if any slot is valid.
  public let identity: RegionIdentity?
  /// The user the file belongs to.
  public let owner: UInt32
  /// The file's mode bits.
  public let mode: UInt32

  /// Bytes that the file lacks at its end.
  public let missingBytes: Int

  /// Reads and checks the header of a named region or a file. Pages of another size, foreign
  /// owners, any contents and a file that was cut short are described, not refused.
  public init(_ backing: RegionBacking) throws(RegionError) {
    let descriptor = try SharedRegion.openDescriptor(backing, writable: false)
    defer { close(descriptor) }
    let header = try RegionHeader(
      reading: descriptor, place: backing.description, checksSize: false)
    self.backing = backing
    missingBytes = max(0, header.superblock.regionByteCount - header.byteCount)
    superblock = header.superblock
    identity = IdentitySlot.newest(inHeader: header.words)?.identity
    owner = header.owner
    mode = header.mode
  }

  /// One `name: value` line for each field.
  public var description: String {
    var lines: [(String, String)] = [
      ("region", backing.description),
      ("version", superblock.version.description),
      ("contents", superblock.contents.description),
      (
        "region size",
        "\(superblock.regionByteCount) bytes"
          + (missingBytes > 0 ? ", of which \(missingBytes) are cut off" : "")
      ),
      ("page size", "\(superblock.pageByteCount) bytes"),
      (
        "payload",
        "\(superblock.regionByteCount - superblock.payloadOffset) bytes at "
          + "\(superblock.payloadOffset)"
      ),
      ("session", superblock.session.description),
      ("boot", "\(superblock.boot)\(bootRemark(superblock.boot))"),
      ("created", "\(superblock.creationTimeNanoseconds) ns since 1970"),
      ("owner", "user \(owner), mode 0\(String(mode, radix: 8))"),
    ]
    if let identity {
      lines.append(("epoch", "\(identity.epoch)"))
      lines.append(("agent", describe(identity.agent, in: identity)))
      lines.append(("controller", describe(identity.controller, in: identity)))
    } else {
      lines.append(("identity", "neither slot is valid"))
    }
    let width = 14
    return lines.map { name, value in
      "\(name):" + String(repeating: " ", count: width - name.count) + value
    }.joined(separator: "\n")
  }

  private func bootRemark(_ boot: UniqueID) -> String {
    boot == .currentBoot() ? " (this one)" : " (an earlier one, or another machine)"
  }

  private func describe(_ process: ProcessIdentity?, in identity: RegionIdentity) -> String {
    guard let process else { return "none" }
    let runs = identity.boot == .currentBoot() && process.isRunning
    return "\(process), \(runs ? "running" : "gone")"
  }
}
