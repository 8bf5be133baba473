// The file system behind a folder: its type by magic number, its options by the mount table.

import CPlatform
import Glibc

extension FileSystemFact {
  /// Magic numbers of statfs(2), for the file systems that regions are likely to lie on.
  private static let names: [UInt64: String] = [
    0xef53: "ext4", 0x0102_1994: "tmpfs", 0x5846_5342: "xfs", 0x9123_683e: "btrfs",
    0x794c_7630: "overlayfs", 0x6969: "nfs", 0x9584_58f6: "hugetlbfs", 0x2fc1_2fc1: "zfs",
    0xf2f5_2010: "f2fs", 0x6573_5546: "fuse", 0x0102_1997: "9p", 0xff53_4d42: "cifs",
    0x8584_58f6: "ramfs",
  ]

  /// The type's name of the file system that holds `path`; `nil` where the path does not exist.
  static func type(of path: String) -> String? {
    var magic: UInt64 = 0
    guard platform_file_system(path, &magic) == 0 else { return nil }
    return names[magic] ?? "0x" + String(magic, radix: 16)
  }

  /// The facts of the folder `path`; of the path itself nothing is kept.
  public static func read(use: String, path: String) -> FileSystemFact {
    read(use: use, path: path, mountTable: SystemFile.read("/proc/self/mountinfo") ?? "")
  }

  static func read(use: String, path: String, mountTable: String) -> FileSystemFact {
    let device = deviceNumber(of: path)
    var best: (type: String, options: String)?
    for line in mountTable.split(separator: "\n") {
      guard let mount = parse(line), mount.device == device else { continue }
      best = (mount.type, mount.options)
    }
    // The mount table tells ext2 from ext4, which share their number.
    let type = best?.type ?? self.type(of: path) ?? "unknown"
    return FileSystemFact(use: use, type: type, mountOptions: best?.options)
  }

  /// `36 35 98:0 /root /point rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
  private static func parse(
    _ line: Substring
  ) -> (device: String, type: String, options: String)? {
    let words = line.split(separator: " ")
    guard words.count >= 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
      return nil
    }
    // Options that are paths (an overlay's layers) say where things are on this machine: dropped.
    let all = words[5].split(separator: ",") + (words.last?.split(separator: ",") ?? [])
    var options: [Substring] = []
    for option in all where !option.contains("/") && !options.contains(option) {
      options.append(option)
    }
    return (String(words[2]), String(words[dash + 1]), options.joined(separator: ","))
  }

  private static func deviceNumber(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let device = UInt64(status.st_dev)
    // The encoding of dev_t in glibc.
    let major = (device >> 8) & 0xfff | (device >> 32) & ~0xfff
    let minor = device & 0xff | (device >> 12) & ~0xff
    return "\(major):\(minor)"
  }
}
