// A short name for a kind of machine and its settings, so that results of like machines lie
// together. Only what stays: no load, no free pages, no calibrated figure.

extension Environment {
  /// Sixteen hexadecimal digits; equal for equal machines with equal settings.
  public var fingerprint: String {
    var fields: [String?] = [
      machine, kernel, cpuModel, cpusOnline, hypervisor, governor, transparentHugePages,
      sharedMemoryHugePages, clockSource, pageBytes.map(String.init),
    ]
    for cache in caches ?? [] {
      fields.append("\(cache.level) \(cache.type) \(cache.bytes) \(cache.sharedBy)")
    }
    // A node's memory differs a little from boot to boot: its CPUs and distances do not.
    for node in numaNodes ?? [] {
      fields.append("\(node.node) \(node.cpus) \(node.distances)")
    }
    // FNV-1a, 64 bits: short, stable across versions of the language, collisions do no harm.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in fields.map({ $0 ?? "?" }).joined(separator: "\u{1}").utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
