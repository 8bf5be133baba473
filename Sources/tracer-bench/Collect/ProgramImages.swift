// What a run's programs are made of, and what was called in them.
//
// An image is one program in one process; a forked child shares its parent's. Its life is a row of
// ages: one ends when an object is unloaded, since another one's functions may get the addresses.
// An event belongs to the age that its timestamp falls into, whichever lane it came by.
//
// Modules come from the program's own records (see tracer_instrument.h); for one that was loaded
// later they are read from /proc while the process lives: at most once in a while, whatever the
// program calls. All a broken program could make up without end has a bound.

import Harness
import TracerShm

/// One age of an image.
struct ImageAge {
  /// The number in the image's records; zero: of lanes that have not said theirs.
  let image: UInt64
  /// Timestamps of its events.
  fileprivate(set) var times: Range<UInt64>
  fileprivate(set) var map = ModuleMap()
  /// Calls of its functions.
  var counts = FunctionCounts()
  /// When its process may be looked at, on the clock of `MonotonicTime`.
  fileprivate var nextLook: UInt64 = 0

  fileprivate init(image: UInt64, times: Range<UInt64>) {
    self.image = image
    self.times = times
  }
}

/// The images of a run. An age has a number that stays; the first is that of lanes that have not
/// said theirs.
struct ProgramImages {
  /// What is beyond shares the first age.
  static let mostAges = 4096
  /// What is beyond has no names.
  static let mostModules = 1 << 16
  /// How long a process is not looked at again, at least, and how many times what a look takes.
  private static let nanosecondsBetweenLooks: UInt64 = 100_000_000
  private static let restForLook: UInt64 = 20

  private(set) var ages = [ImageAge(image: 0, times: 0..<UInt64.max)]
  /// Ages of an image by time.
  private var rows: [UInt64: [Int]] = [0: [0]]
  private var modules = 0
  /// Ages with an address that no known module covers, and where to look.
  private var unknown: [Int: ProcessIdentity] = [:]

  /// Images or ages came that found no room.
  private(set) var sharedAges = 0
  /// Modules came that found no room.
  private(set) var droppedModules = 0

  /// The newest age of an image.
  mutating func newestAge(of image: UInt64) -> Int {
    if let row = rows[image] { return row[row.count - 1] }
    guard let age = makeAge(image, 0..<UInt64.max) else { return 0 }
    rows[image] = [age]
    return age
  }

  /// The age of the same image that a timestamp falls into.
  func age(_ age: Int, at time: UInt64) -> Int {
    guard let row = rows[ages[age].image] else { return age }
    return row[ProgramImages.position(time, in: row, of: ages)]
  }

  /// An object was unloaded: a new age, whose modules are yet to come.
  mutating func unload(from image: UInt64, at time: UInt64) -> Int {
    let newest = newestAge(of: image)
    guard newest > 0, var row = rows[image] else { return 0 }
    let position = ProgramImages.position(time, in: row, of: ages)
    let old = row[position]
    guard ages[old].times.lowerBound < time, ages[old].times.upperBound > time,
      let age = makeAge(image, time..<ages[old].times.upperBound)
    else { return old }
    ages[old].times = ages[old].times.lowerBound..<time
    row.insert(age, at: position + 1)
    rows[image] = row
    return age
  }

  mutating func add(_ module: LoadedModule, to age: Int) {
    guard hasRoomForModule() else { return }
    modules -= ages[age].map.modules.count
    ages[age].map.replace(by: module)
    modules += ages[age].map.modules.count
  }

  /// Takes an age's table out, to be put back.
  mutating func takeCounts(_ age: Int) -> FunctionCounts {
    var counts = FunctionCounts.placeHolder
    swap(&counts, &ages[age].counts)
    return counts
  }

  mutating func putBack(_ counts: consuming FunctionCounts, _ age: Int) {
    ages[age].counts = counts
  }

  /// A function was called first: where no known module has it, its process is looked at, now or
  /// when it is due.
  mutating func find(_ function: UInt64, age: Int, process: ProcessIdentity) {
    guard ages[age].map.module(of: function) == nil else { return }
    unknown[age] = process
    look(age)
  }

  /// Looks at processes that are due.
  mutating func lookAgain() {
    for age in unknown.keys { look(age) }
  }

  private mutating func look(_ age: Int) {
    let start = MonotonicTime.nanoseconds()
    guard start >= ages[age].nextLook, let process = unknown.removeValue(forKey: age) else {
      return
    }
    // Its number may be another's by now, and what is mapped now is not what an ended age had.
    if process.isRunning, ages[age].times.upperBound == .max {
      for module in ProcessMaps(process: process.pid).modules where hasRoomForModule() {
        let before = ages[age].map.modules.count
        ages[age].map.fill(with: module)
        modules += ages[age].map.modules.count - before
      }
    }
    let end = MonotonicTime.nanoseconds()
    let rest = max(
      ProgramImages.nanosecondsBetweenLooks, ProgramImages.restForLook * (end - start))
    ages[age].nextLook = end + rest
  }

  private mutating func makeAge(_ image: UInt64, _ times: Range<UInt64>) -> Int? {
    guard ages.count < ProgramImages.mostAges else {
      sharedAges += 1
      return nil
    }
    ages.append(ImageAge(image: image, times: times))
    return ages.count - 1
  }

  private mutating func hasRoomForModule() -> Bool {
    if modules < ProgramImages.mostModules { return true }
    droppedModules += 1
    return false
  }

  /// The last age of a row that begins at a time or before; the first where none does.
  private static func position(_ time: UInt64, in row: [Int], of ages: [ImageAge]) -> Int {
    var low = 0
    var high = row.count
    while low < high {
      let middle = (low + high) / 2
      if ages[row[middle]].times.lowerBound <= time { low = middle + 1 } else { high = middle }
    }
    return max(low - 1, 0)
  }
}
