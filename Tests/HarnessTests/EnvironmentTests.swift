// The environment of a fixture machine, and of the one at hand.

import Foundation
import Glibc
import Testing

@testable import Harness

@Suite struct EnvironmentTests {
  private var root: String {
    get throws {
      try #require(Bundle.module.resourceURL).appendingPathComponent("Fixtures/machine").path
    }
  }

  @Test func factsOfAMachineAreRead() throws {
    let environment = Environment.capture(clock: nil, root: try root)
    #expect(environment.kernel == "6.1.0-test")
    #expect(environment.cpuModel == "Acme 9000 @ 3.00GHz")
    #expect(environment.cpusOnline == "0-1")
    #expect(environment.caches?.map(\.bytes) == [48 << 10, 32 << 10, 1280 << 10, 48 << 20])
    #expect(environment.caches?.last?.sharedBy == "0-1")
    #expect(environment.numaNodes?.map(\.distances) == [[10]])
    #expect(environment.memoryBytes == 4_548_824 * 1024)
    #expect(environment.transparentHugePages == "madvise")
    #expect(environment.hugePages == HugePageFact(bytes: 2 << 20, total: 8, free: 3))
    #expect(environment.clockSource == "tsc")
    #expect(environment.loadBefore?.average == [0.5, 0.25, 0.1])
    #expect(environment.loadBefore?.pressure == ["cpu": 24.47])
  }

  @Test func unknownFactsSayWhy() throws {
    let environment = Environment.capture(clock: nil, root: try root)
    #expect(environment.governor == nil)
    #expect(
      environment.unknown?["governor"]
        == "/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor cannot be read")
    #expect(environment.unknown?["counter"] == "not calibrated")
    let nothing = Environment.capture(clock: nil, root: "/nonexistent")
    for name in ["kernel", "cpuModel", "caches", "numaNodes", "hugePages", "loadBefore"] {
      #expect(nothing.unknown?[name]?.isEmpty == false, "\(name) is unknown without a reason")
    }
  }

  @Test func tightestLimitOfTheControlGroupsAboveCounts() throws {
    let environment = Environment.capture(clock: nil, root: try root)
    #expect(environment.controlGroup == ControlGroupFact(cpus: 1.5, memoryBytes: 1 << 30))
  }

  @Test func loadAfterIsAddedAtTheEnd() throws {
    var environment = Environment.capture(clock: nil, root: try root)
    #expect(environment.unknown?["loadAfter"] == "the measurement has not ended")
    environment.finish(root: try root)
    #expect(environment.loadAfter == environment.loadBefore)
    #expect(environment.unknown?["loadAfter"] == nil)
  }

  @Test func fingerprintFollowsSettingsAndIgnoresMoods() throws {
    let environment = Environment.capture(clock: nil, root: try root)
    var moody = environment
    moody.loadBefore = LoadFact(average: [9, 9, 9], pressure: nil)
    moody.hugePages?.free = 0
    moody.memoryBytes = 1
    moody.counter = CounterFact(CounterClock.calibrated(durationNanoseconds: 1_000_000))
    #expect(moody.fingerprint == environment.fingerprint)
    #expect(environment.fingerprint.count == 16)
    var changed = environment
    changed.transparentHugePages = "never"
    #expect(changed.fingerprint != environment.fingerprint)
    changed = environment
    changed.numaNodes?[0].cpus = "0-2"
    #expect(changed.fingerprint != environment.fingerprint)
  }

  @Test func fileSystemIsNamedWithItsOptionsAndWithoutPaths() {
    var status = stat()
    stat("/tmp", &status)
    let number = (UInt64(status.st_dev) >> 8 & 0xfff, UInt64(status.st_dev) & 0xff)
    let table =
      "1 0 0:999 / /elsewhere rw - proc proc rw\n"
      + "2 1 \(number.0):\(number.1) / /tmp rw,noatime shared:1 - testfs /dev/x rw,upperdir=/a/b,x=1"
    let fact = FileSystemFact.read(use: "file", path: "/tmp", mountTable: table)
    #expect(fact == FileSystemFact(use: "file", type: "testfs", mountOptions: "rw,noatime,x=1"))
    #expect(FileSystemFact.type(of: "/proc") == "0x9fa0")
    #expect(FileSystemFact.type(of: "/nonexistent") == nil)
  }

  @Test func thisMachineIsKnownAndItsNameIsNotTold() throws {
    var environment = Environment.capture(
      clock: CounterClock.calibrated(), folders: [("file", NSTemporaryDirectory())])
    environment.finish()
    #expect(environment.kernel?.isEmpty == false)
    #expect(environment.cpuModel?.isEmpty == false)
    #expect(environment.counter?.overheadNanoseconds ?? 0 > 0)
    #expect(environment.fileSystems?.first?.type.isEmpty == false)
    let text = String(decoding: try JSONEncoder().encode(environment), as: UTF8.self)
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count)
    let host = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if host.count > 3, host != "localhost" { #expect(!text.contains(host)) }
  }
}
