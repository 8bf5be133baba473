// The tightest limits of the control groups above this process, version 1 and 2.

extension ControlGroupFact {
  /// `nil` where no control group can be read; without limits where none is set.
  static func read(_ reader: FactReader) -> ControlGroupFact? {
    guard let table = reader.text("/proc/self/cgroup") else { return nil }
    var fact = ControlGroupFact()
    var found = false
    for line in table.split(separator: "\n") {
      // `0::/path` of version 2, `4:memory:/path` of version 1.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      let controllers = parts[1].split(separator: ",")
      let base = "/sys/fs/cgroup" + (controllers.isEmpty ? "" : "/\(parts[1])")
      for folder in ancestors(base: base, path: String(parts[2])) {
        if let cpus = cpus(reader, folder) {
          fact.cpus = min(fact.cpus ?? .infinity, cpus)
        }
        if let bytes = memory(reader, folder) {
          fact.memoryBytes = min(fact.memoryBytes ?? .max, bytes)
        }
        found = found || reader.text("\(folder)/cgroup.procs") != nil
      }
    }
    return found || fact.cpus != nil || fact.memoryBytes != nil ? fact : nil
  }

  /// The folder of a group and those above it, for limits are inherited. In a container the path
  /// may be seen from outside and not exist here: then the base alone counts.
  private static func ancestors(base: String, path: String) -> [String] {
    var folders = [base]
    for part in path.split(separator: "/") {
      folders.append(folders[folders.count - 1] + "/\(part)")
    }
    return folders
  }

  /// CPUs' worth of time: `max 100000` or `50000 100000`; in version 1 two files, -1 for none.
  private static func cpus(_ reader: FactReader, _ folder: String) -> Double? {
    if let words = reader.text("\(folder)/cpu.max")?.split(separator: " "), words.count == 2 {
      guard let quota = Double(words[0]), let period = Double(words[1]), period > 0 else {
        return nil
      }
      return quota / period
    }
    guard let quota = reader.text("\(folder)/cpu.cfs_quota_us").flatMap({ Double($0) }), quota > 0,
      let period = reader.text("\(folder)/cpu.cfs_period_us").flatMap({ Double($0) }), period > 0
    else { return nil }
    return quota / period
  }

  private static func memory(_ reader: FactReader, _ folder: String) -> UInt64? {
    let text =
      reader.text("\(folder)/memory.max") ?? reader.text("\(folder)/memory.limit_in_bytes")
    // Version 1 writes "no limit" as the largest multiple of a page: no machine has 2^60 bytes.
    return text.flatMap { UInt64($0) }.flatMap { $0 < 1 << 60 ? $0 : nil }
  }
}
