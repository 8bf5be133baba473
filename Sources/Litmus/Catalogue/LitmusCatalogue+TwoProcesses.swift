// The other shapes of two processes, coherence and atomicity.
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let twoProcesses: [Entry] = [
    Entry(
      "LB+rlx", LoadBuffering<Relaxed, Relaxed>.self, "0:r0=1 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .interesting),
    Entry(
      "LB+acq+po", LoadBuffering<AcquireOnly, Relaxed>.self, "0:r0=1 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .interesting),
    Entry(
      "LB+rlx+Far", LoadBuffering<AcquireReleaseFence, AcquireReleaseFence>.self, "0:r0=1 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "LB+datas", LoadBufferingOfData.self, "0:r0=1 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "LB+ctrls", LoadBufferingOfControl.self, "0:r0=1 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "S+rlx", StoreAfterMessage<Relaxed, Relaxed, Relaxed>.self, "1:r0=1 & x=2",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "S+ra",
      StoreAfterMessage<ReleaseAcquire, ReleaseAcquire, ReleaseAcquire>.self,
      "1:r0=1 & x=2", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "S+rel+po", StoreAfterMessage<ReleaseOnly, Relaxed, Relaxed>.self, "1:r0=1 & x=2",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "S+rlx+Far",
      StoreAfterMessage<AcquireReleaseFence, AcquireReleaseFence, Relaxed>.self,
      "1:r0=1 & x=2", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "2+2W+rlx", TwoByTwoWrites<Relaxed>.self, "x=1 & y=1",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "2+2W+rlx+Far", TwoByTwoWrites<AcquireReleaseFence>.self, "x=1 & y=1",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "2+2W+rlx+Fsc", TwoByTwoWrites<FullFence>.self, "x=1 & y=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRR+rlx", CoRR<Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRR+ra", CoRR<ReleaseAcquire>.self, "1:r0=1 & 1:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRW1+ra", CoRW1<ReleaseAcquire>.self, "0:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRW2+rlx", CoRW2<Relaxed>.self, "0:r0=2 & x=2",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoWR+rlx", CoWR<Relaxed>.self, "0:r0=2 & x=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoWR+ra", CoWR<ReleaseAcquire>.self, "0:r0=2 & x=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoWR0+rlx", CoWR0<Relaxed>.self, "0:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoWW+rlx", CoWW<Relaxed>.self, "x=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "n4+ra", N4<ReleaseAcquire>.self, "0:r0=2 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "n4+rlx+Far", N4<AcquireReleaseFence>.self, "0:r0=2 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "n5+rlx", N5<Relaxed>.self, "0:r0=2 & 1:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RMW-atomicity", UpdatesAreAtomic.self, "0:r0=0 & 1:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RMW-lostupdate", LoadAndStoreIsNoUpdate.self, "x=1",
      rc11: .allowed, x86: .acceptable, aarch64: .acceptable),
    Entry(
      "PPOCA+acq", WriteAfterBranch.self, "1:r0=1 & 1:r1=1 & 1:r2=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
  ]
}
