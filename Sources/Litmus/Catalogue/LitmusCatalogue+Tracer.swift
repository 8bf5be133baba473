// The shapes that the tracer itself rests on.
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let tracer: [Entry] = [
    Entry(
      "RINGPUB+rel+acq", RingPublish<ReleaseAcquire, ReleaseAcquire>.self, "1:r0=1 & 1:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RINGPUB+rlx+rlx", RingPublish<Relaxed, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .race, x86: .interesting, aarch64: .interesting),
    Entry(
      "RINGPUB-early_publish_before_write_", RingPublishTooEarly.self, "1:r0=1 & 1:r1=0",
      rc11: .race, x86: .interesting, aarch64: .interesting),
    Entry(
      "RINGREUSE+rel+acq", RingReuse<ReleaseAcquire, ReleaseAcquire>.self, "0:r0=2 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RINGREUSE+rlx+acq", RingReuse<Relaxed, AcquireOnly>.self, "0:r0=2 & 1:r0=1",
      rc11: .race, x86: .interesting, aarch64: .interesting),
    Entry(
      "WAKE+Fsc+Fsc",
      StoreBuffering<ReleaseAcquireWithFullFence, ReleaseAcquireWithFullFence>.self,
      "0:r0=0 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "WAKE+none+Fsc",
      StoreBuffering<ReleaseAcquire, ReleaseAcquireWithFullFence>.self,
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "WAKE+Fsc+none",
      StoreBuffering<ReleaseAcquireWithFullFence, ReleaseAcquire>.self,
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "WAKE+Far+Far",
      StoreBuffering<ReleaseAcquireWithWeakFence, ReleaseAcquireWithWeakFence>.self,
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "WAKE+xchgboth.ar", StoreBuffering<StoreByUpdate, StoreByUpdate>.self, "0:r0=0 & 1:r0=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SEQLOCK+fences", VersionedRead<AcquireFence>.self, "1:r0=0 & 1:r1=1 & 1:r2=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SEQLOCK+no-acquire-fence", VersionedRead<Relaxed>.self, "1:r0=0 & 1:r1=1 & 1:r2=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "SEQLOCK-late", VersionEndedTooWeakly.self, "1:r0=2 & 1:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
  ]
}
