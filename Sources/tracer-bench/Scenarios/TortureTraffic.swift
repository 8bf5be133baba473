// What the two sides of a torture pair do: round after round a new ring, filled and emptied with
// random pauses, every record verified. Neither side spins without end: there may be more
// processes than CPUs.

import Glibc
import HardwareMemory
import TracerCore

enum TortureTraffic {
  /// Writes until told to finish; returns how many records. Ends after the round it is in.
  static func produce(
    _ pair: TorturePair, memory: HardwareMemory, board: TortureBoard, spoiledMessage: UInt64?
  ) throws -> UInt64 {
    var sequence: UInt64 = 0
    var round: UInt64 = 0
    while !board.isFinishing {
      let plan = pair.plan(round: round)
      try plan.format(memory)
      board.producer.set(round: round)
      board.openRound(round)
      switch plan.kind {
      case .words:
        let ring = SlotRing(in: memory, geometry: try plan.slotGeometry)
        var writer = WordWriter(ring: try ring.makeWriter(policy: plan.policy))
        try fill(&writer, plan, board, &sequence, spoiledMessage)
      case .slots:
        let ring = SlotRing(in: memory, geometry: try plan.slotGeometry)
        var writer = SlotWriter(
          ring: try ring.makeWriter(policy: plan.policy), wordCount: plan.slotWordCount)
        try fill(&writer, plan, board, &sequence, spoiledMessage)
      case .records:
        let ring = ByteRing(in: memory, geometry: try plan.byteGeometry)
        var writer = RecordWriter(try ring.makeWriter(policy: plan.policy), plan: plan)
        try fill(&writer, plan, board, &sequence, spoiledMessage)
      case .crossings:
        var writer = try CrossingWriter(plan, in: memory, from: sequence)
        try fill(&writer, plan, board, &sequence, spoiledMessage)
      }
      board.producer.set(.waitingForRound)
      while !board.isDone(round) { sched_yield() }
      round += 1
    }
    board.close()
    return sequence
  }

  /// Writes the records of one round.
  private static func fill<Writer: TortureWriter & ~Copyable>(
    _ writer: inout Writer, _ plan: RingRound, _ board: TortureBoard, _ sequence: inout UInt64,
    _ spoiledMessage: UInt64?
  ) throws(RingLayoutError) {
    var pace = TorturePace(seed: ~plan.seed, interval: plan.pauseInterval)
    let end = sequence &+ plan.recordCount
    while sequence != end {
      if try !writer.tryWrite(sequence, spoiled: sequence == spoiledMessage) {
        // Under the explicit policy nobody else makes room for a full ring.
        writer.publish()
        board.producer.set(.waitingForRoom, record: sequence, position: writer.position)
        var turn: UInt64 = 0
        while try !writer.tryWrite(sequence, spoiled: sequence == spoiledMessage) {
          TortureDelay.wait(turn: &turn)
        }
        board.producer.set(.working)
      }
      sequence &+= 1
      // What is pending when a writer goes quiet is its own business to publish.
      if pace.step() { writer.publish() }
    }
    writer.publish()
    board.producer.set(.working, record: sequence, position: writer.position)
    board.setTotal(sequence)
  }

  /// Reads and checks until the producer's end; returns the first bad record.
  static func consume(
    _ pair: TorturePair, memory: HardwareMemory, board: TortureBoard, records: inout UInt64,
    rounds: inout UInt64
  ) throws -> BadMessage? {
    while true {
      board.consumer.set(.waitingForRound)
      while board.hasRound(rounds) == false { sched_yield() }
      guard board.hasRound(rounds) != nil else { return nil }
      board.consumer.set(round: rounds)
      let plan = pair.plan(round: rounds)
      let bad: BadMessage?
      switch plan.kind {
      case .words:
        let ring = SlotRing(in: memory, geometry: try plan.slotGeometry)
        var reader = WordReader(ring: try ring.makeReader())
        bad = try drain(&reader, plan, board, &records)
      case .slots:
        let ring = SlotRing(in: memory, geometry: try plan.slotGeometry)
        var reader = SlotReader(ring: try ring.makeReader(), wordCount: plan.slotWordCount)
        bad = try drain(&reader, plan, board, &records)
      case .records:
        let geometry = try plan.byteGeometry
        var reader = RecordReader(
          ring: try ByteRing(in: memory, geometry: geometry).makeReader(),
          stream: StressStream(seed: plan.seed, maximumPayload: geometry.maximumPayload))
        bad = try drain(&reader, plan, board, &records)
      case .crossings:
        var reader = try CrossingReader(plan, in: memory, from: records)
        bad = try drain(&reader, plan, board, &records)
      }
      if let bad { return bad }
      board.finishRound(rounds)
      rounds += 1
    }
  }

  /// Reads the records of one round.
  private static func drain<Reader: TortureReader & ~Copyable>(
    _ reader: inout Reader, _ plan: RingRound, _ board: TortureBoard, _ sequence: inout UInt64
  ) throws(RingCorruption) -> BadMessage? {
    var pace = TorturePace(seed: plan.seed &+ 1, interval: plan.pauseInterval)
    var turn: UInt64 = 0
    while true {
      // Short runs leave space unreleased, long ones empty the ring.
      let limit = 1 + Int(pace.draw() % 256)
      let (count, bad) = try reader.read(from: sequence, limit: limit)
      sequence &+= UInt64(count)
      if let bad { return bad }
      if count > 0 {
        turn = 0
        for _ in 0..<count where pace.step() { reader.release() }
      } else {
        if turn == 0 {
          board.consumer.set(.waitingForRecords, record: sequence, position: reader.position)
        }
        if let total = board.total, total == sequence { return nil }
        TortureDelay.wait(turn: &turn)
      }
    }
  }
}
