// What may be asked of a region besides its kind and size. Options that concern the mapping apply
// when a region is opened as well; each process asks for its own.

/// Which pages a region is mapped with.
public enum HugePagePolicy: String, CaseIterable, Sendable {
  /// Base pages only.
  case never
  /// Transparent huge pages where the kernel has them.
  case advise
  /// Explicit huge pages, reserved when the region is created, or a refusal. For anonymous and
  /// memfd regions: named shared memory and ordinary files cannot have them.
  case always
}

/// When records of a file-backed region reach the disk. Kinds without a file ignore it.
public enum RegionSyncPolicy: String, CaseIterable, Sendable {
  /// When the kernel sees fit: survives a crash of every process, not a power cut.
  case none
  /// Each ring is synchronised before it is reported as synced: survives a power cut.
  case everyRing
}

/// The options of a region. The default is ordinary memory readable and writable by its owner.
public struct RegionOptions: Sendable {
  /// Touch every page before the region is handed over, so that no first access faults.
  public var prefault = false
  /// Lock the pages in memory (limited by `ulimit -l`). Implies that they are touched.
  public var lockInMemory = false
  /// Which pages to map with.
  public var hugePages = HugePagePolicy.never
  /// The NUMA node whose memory holds the region; `nil` leaves it to the kernel.
  public var numaNode: Int?
  /// The mode bits of a named, memfd or file region; opening refuses any that are wider. Such
  /// regions hold what a process traced, hence its owner alone by default.
  public var permissions: UInt32 = 0o600
  /// The user whose regions are opened besides this user's own and root's.
  public var trustedOwner: UInt32?
  /// When records of a file reach the disk.
  public var syncPolicy = RegionSyncPolicy.none
  /// Called with the range of the file that the disk has now, by the thread that synchronised it:
  /// what a power cut leaves can be replayed from it.
  package var didSynchronise: (@Sendable (Range<Int>) -> Void)?

  /// Options with their defaults.
  public init() {}
}
