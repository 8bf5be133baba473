// Mapping a region and doing to the mapping what the options ask, when created and when opened.

import CPlatform
import Glibc
import HardwareMemory

extension SharedRegion {
  /// Maps a descriptor (anonymous memory where it is -1) and applies the options, verified.
  static func map(
    _ descriptor: Int32, byteCount: Int, backing: RegionBacking, options: RegionOptions
  ) throws(RegionError) -> Mapping {
    let place = backing.description
    let explicitHugePages = descriptor < 0 && options.hugePages == .always
    let mapping: Mapping
    do throws(SystemError) {
      mapping = try Mapping(
        descriptor: descriptor < 0 ? nil : descriptor, byteCount: byteCount,
        extraFlags: explicitHugePages ? MAP_HUGETLB : 0)
    } catch {
      if options.hugePages == .always {
        throw .hugePagesUnavailable(place, byteCount: byteCount, error)
      }
      throw .from(error, place: place, byteCount: byteCount)
    }
    try advise(mapping, options: options, place: place)
    try bind(mapping, options: options, place: place)
    if options.prefault || options.lockInMemory {
      do throws(SystemError) { try mapping.prefault() } catch {
        throw .prefaultFailed(place, byteCount: byteCount, error)
      }
      // Once more: pages of an ordinary file come from the page cache, which no policy binds;
      // here they are moved, or found to be immovable.
      try bind(mapping, options: options, place: place)
    }
    if options.lockInMemory {
      do throws(SystemError) { try mapping.lock() } catch {
        throw .lockFailed(place, byteCount: byteCount, error)
      }
    }
    return mapping
  }

  private static func advise(
    _ mapping: borrowing Mapping, options: RegionOptions, place: String
  ) throws(RegionError) {
    let advice: Int32
    switch options.hugePages {
    case .always: return
    case .never: advice = MADV_NOHUGEPAGE
    case .advise: advice = MADV_HUGEPAGE
    }
    do throws(SystemError) { try mapping.advise(advice) } catch {
      // A kernel without huge pages answers EINVAL, and never is what it does anyway.
      if options.hugePages == .never, error.code == EINVAL { return }
      throw .hugePagesUnavailable(place, byteCount: mapping.byteCount, error)
    }
  }

  private static func bind(
    _ mapping: borrowing Mapping, options: RegionOptions, place: String
  ) throws(RegionError) {
    guard let node = options.numaNode else { return }
    guard let number = UInt32(exactly: node) else {
      throw .numaBindingFailed(place, node: node, SystemError("mbind", code: EINVAL))
    }
    guard platform_bind_to_node(mapping.address, mapping.byteCount, number) == 0 else {
      throw .numaBindingFailed(place, node: node, SystemError("mbind"))
    }
  }

  /// Guards the mapping of a kind that others can cut short.
  static func guardIfNeeded(
    _ mapping: borrowing Mapping, backing: RegionBacking
  ) throws(RegionError) -> TruncationGuard? {
    switch backing {
    case .anonymous, .memfd: return nil
    case .shm, .file:
      guard
        let guarded = TruncationGuard(address: mapping.address, byteCount: mapping.byteCount)
      else { throw .tooManyRegions(backing.description, most: TruncationGuard.capacity) }
      return guarded
    }
  }
}
