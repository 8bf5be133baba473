// What a region is made of, chosen by a value when it is created. Nothing else in client code
// differs between the four kinds.

/// The kind of memory behind a region.
public enum RegionBacking: Hashable, Sendable, CustomStringConvertible {
  /// Memory without a name, reached by children forked after creation; gone with the last mapping.
  case anonymous
  /// An anonymous file, sealed against resizing, reached by whoever is sent its descriptor.
  case memfd
  /// Named shared memory (`/name`), reached by any process with permission, until it is destroyed
  /// or the machine restarts.
  case shm(name: String)
  /// A regular file, reached by any process with permission; survives crash and restart.
  case file(path: String)

  /// How messages name it: the path or name where there is one.
  public var description: String {
    switch self {
    case .anonymous: "anonymous region"
    case .memfd: "memfd region"
    case .shm(let name): name
    case .file(let path): path
    }
  }
}
