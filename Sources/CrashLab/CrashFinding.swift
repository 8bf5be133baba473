// What a crash may not break, by name, and what a sweep says when it did.

/// A promise of the protocol about death.
public enum CrashGuarantee: String, CaseIterable, Sendable {
  /// A record whose write returned is in the output, unless it was overwritten before.
  case acceptedRecordsSurvive
  /// Every record in the output has the bytes that were written.
  case noRecordIsTorn
  /// The output holds each record once, in order.
  case exactlyOnce
  /// At most one attempt of a lane was under way at a death.
  case atMostOneInFlight
  /// The loss identity, to the record.
  case everyAttemptAccountedFor
  /// Every ring stands on one queue or belongs to the agent.
  case everyRingHasOneOwner
  /// Whoever lives goes on, and the lane works for its next owner.
  case survivorsFinish
  /// Recovering again changes nothing.
  case recoveryIsIdempotent
  /// An honest lane is never called corrupt.
  case honestLaneIsClean
  /// After a power cut: header and control block can be read.
  case regionStaysReadable
  /// After a power cut: a ring that was reported as synced, or says so on the disk, is recovered
  /// whole or in the output.
  case syncedRingsSurvive
}

/// A guarantee that did not hold after a kill.
public struct CrashFinding: Error, Equatable, Sendable, CustomStringConvertible {
  /// Which one.
  public let guarantee: CrashGuarantee
  /// What was found instead.
  public let text: String

  /// States what was found.
  public init(_ guarantee: CrashGuarantee, _ text: String) {
    self.guarantee = guarantee
    self.text = text
  }

  /// `everyRingHasOneOwner: slot 0 index: …`.
  public var description: String { "\(guarantee.rawValue): \(text)" }
}
