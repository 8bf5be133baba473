// Shapes of three and four processes.
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let moreProcesses: [Entry] = [
    Entry(
      "WRC+ra",
      WriteToReadCausality<ReleaseAcquire, ReleaseAcquire, ReleaseAcquire>.self,
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "WRC+rlx+rel+acq",
      WriteToReadCausality<ReleaseOnly, AcquireOnly, Relaxed>.self,
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "WRC+dep", CausalityByDependencies.self, "1:r0=1 & 2:r0=1 & 2:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RWC+rlx", ReadToWriteCausality<Relaxed>.self, "1:r0=1 & 1:r1=0 & 2:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "RWC+ra", ReadToWriteCausality<ReleaseAcquire>.self, "1:r0=1 & 1:r1=0 & 2:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "RWC+rlx+Fsc", ReadToWriteCausality<FullFence>.self, "1:r0=1 & 1:r1=0 & 2:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "WWC+rlx", WriteToWriteCausality<Relaxed>.self, "1:r0=2 & 2:r0=1 & x=2",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "WWC+ra", WriteToWriteCausality<ReleaseAcquire>.self, "1:r0=2 & 2:r0=1 & x=2",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "ISA2+ra",
      ISA2<ReleaseAcquire, ReleaseAcquire, ReleaseAcquire, ReleaseAcquire>.self,
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "ISA2+rel+rlx+acq",
      ISA2<ReleaseOnly, ReleaseOnly, AcquireOnly, Relaxed>.self,
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "Z6.0+ra", Z60<ReleaseAcquire>.self, "1:r0=1 & z=2 & 2:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "Z6.0+rlx+Fsc", Z60<FullFence>.self, "1:r0=1 & z=2 & 2:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "Z6.3+ra", Z63<ReleaseAcquire>.self, "y=2 & 2:r0=1 & 2:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "Z6.3+rlx+Fsc", Z63<FullFence>.self, "y=2 & 2:r0=1 & 2:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "3.LB+rlx+Far", LoadBuffering3<AcquireReleaseFence>.self, "0:r0=1 & 1:r0=1 & 2:r0=1",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "3.2W+rlx", ThreeByTwoWrites<Relaxed>.self, "x=2 & y=2 & z=2",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "3.2W+ra", ThreeByTwoWrites<ReleaseAcquire>.self, "x=2 & y=2 & z=2",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "IRIW+rlx", IRIW<Relaxed, Relaxed>.self, "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "IRIW+ra", IRIW<ReleaseAcquire, ReleaseAcquire>.self, "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "IRIW+acq", IRIW<Relaxed, AcquireOnly>.self, "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "IRIW+rlx+Fsc", IRIW<Relaxed, FullFence>.self, "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RSEQ+store-rlx-otherthread", ReleaseSequenceOfAnother.self, "1:r0=1 & 2:r0=2 & 2:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
  ]
}
