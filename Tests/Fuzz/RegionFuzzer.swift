// A hostile peer against controller and recovery: the input says which words of the lanes change
// between which steps. The lanes stand in a heap block of their exact size, so that the address
// sanitizer sees the first byte read outside.

import HardwareMemory
import MemoryInterface

@testable import TracerCore
@testable import TracerShm

private struct SilentHost: LaneHost {
  typealias Memory = HardwareMemory
  func wakeController() {}
}

private struct Judge: LivenessJudge {
  var isDead = false
  mutating func isDead(owner: UInt32, start: UInt64) -> Bool { isDead }
}

/// Reads every byte that it is handed.
struct ReadingOutput: TraceOutput {
  var sum: UInt64 = 0

  mutating func write(_ frame: LaneFrame, _ records: LaneRecords<HardwareMemory>) throws(Never) {
    var sum = sum
    try? records.forEach { memory, record, _ in
      memory.withPayload(at: record.payloadOffset, byteCount: record.byteCount) { bytes in
        bytes.withUnsafeBytes { for byte in $0 { sum &+= UInt64(byte) } }
      }
    }
    self.sum = sum
  }
  mutating func write(_ thread: TraceThread) {}
  mutating func write(symbols: [TraceSymbol]) {}
}

enum RegionFuzzer {
  private static let geometry: LanesGeometry = {
    guard
      let index = try? LaneGeometry.index(ringCount: 3, ringByteCount: 128),
      let detail = try? LaneGeometry.detail(
        ringCount: 4, ringByteCount: 128, historyRings: 2, postRecords: 3),
      let lanes = try? LanesGeometry(threadSlots: 2, index: index, detail: detail)
    else { preconditionFailure("a valid geometry") }
    return lanes
  }()

  /// Steps of agent, controller and reader, with changes in between.
  static func drainAndRecover(_ input: inout FuzzInput) {
    let bytes = PrivateBytes(byteCount: geometry.byteCount)
    defer { withExtendedLifetime(bytes) {} }
    let memory = bytes.memory
    let lanes = Lanes(formatting: memory, geometry: geometry)
    _ = lanes.slots.claim(owner: 1, ownerStart: 1, thread: 1)
    var index = lanes.lane(0, .index).makeWriter(slotEpoch: 0, host: SilentHost())
    var detail = lanes.lane(0, .detail).makeWriter(slotEpoch: 0, host: SilentHost())
    var controller = LaneController(lanes) { _ in LaneAccount() }
    var judge = Judge()
    var output = ReadingOutput()
    while !input.isEmpty {
      let step = input.byte()
      switch step % 8 {
      case 0...2: change(memory, &input)
      case 3: write(&index, input.byte())
      case 4: write(&detail, input.byte())
      case 5: _ = controller.drain(judge: &judge, into: &output)
      case 6: _ = controller.drainActive(judge: &judge, into: &output)
      default:
        if step & 8 != 0 { judge.isDead.toggle() } else { recover(memory, input.byte()) }
      }
    }
    index.leave()
    detail.leave()
    judge.isDead = true
    _ = controller.drain(judge: &judge, into: &output)
    recover(memory, 0)
    recover(memory, 1)
  }

  private static func change(_ memory: HardwareMemory, _ input: inout FuzzInput) {
    let offset = input.short() % (geometry.byteCount / 8) * 8
    let word = memory.word(at: offset)
    word.storeRelaxed(input.value(instead: word.loadRelaxed()))
  }

  private static func write(
    _ writer: inout LaneWriter<HardwareMemory, SilentHost>, _ count: UInt8
  ) {
    for number in 0..<(count % 32) {
      _ = writer.write(type: 1, byteCount: Int(number % 4) * 8) { memory, offset in
        for word in 0..<Int(number % 4) { memory.storePayload(7, at: offset + 8 * word) }
      }
    }
  }

  /// As a stranger would: the control block is believed only as far as it fits.
  private static func recover(_ memory: HardwareMemory, _ choice: UInt8) {
    guard let lanes = try? Lanes(attaching: memory, available: geometry.byteCount) else { return }
    let scan = RecoveryScan(
      lanes, rule: choice % 2 == 0 ? .committed : .sealed { SealChecksum.compute(of: $0) })
    var output = ReadingOutput()
    for slot in 0..<lanes.geometry.threadSlots {
      for kind in LaneKind.allCases {
        _ = scan.recover(
          LaneIdentifier(slot: slot, kind: kind), resuming: .beginningAnywhere, end: .died,
          into: &output)
      }
    }
  }
}
