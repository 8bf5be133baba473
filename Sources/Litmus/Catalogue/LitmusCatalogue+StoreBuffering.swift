// Store buffering: may two processes both miss the other's store?
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let storeBuffering: [Entry] = [
    Entry(
      "SB+rlx", StoreBuffering<Relaxed, Relaxed>.self, "0:r0=0 & 1:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "SB+ra", StoreBuffering<ReleaseAcquire, ReleaseAcquire>.self, "0:r0=0 & 1:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "SB+rlx+Fsc", StoreBuffering<FullFence, FullFence>.self, "0:r0=0 & 1:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+rlx+Far",
      StoreBuffering<AcquireReleaseFence, AcquireReleaseFence>.self,
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "SB+ra+Fsc",
      StoreBuffering<ReleaseAcquireWithFullFence, ReleaseAcquireWithFullFence>.self,
      "0:r0=0 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+xchgW.ar+R.acq", StoreBuffering<StoreByUpdate, StoreByUpdate>.self, "0:r0=0 & 1:r0=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+RMWread.ar", StoreBuffering<LoadByUpdate, LoadByUpdate>.self, "0:r0=0 & 1:r0=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "3.SB+rlx", StoreBuffering3<Relaxed>.self, "0:r0=0 & 1:r0=0 & 2:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "3.SB+ra", StoreBuffering3<ReleaseAcquire>.self, "0:r0=0 & 1:r0=0 & 2:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "3.SB+rlx+Fsc", StoreBuffering3<FullFence>.self, "0:r0=0 & 1:r0=0 & 2:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "3.SB+xchgW.ar+R.acq", StoreBuffering3<StoreByUpdate>.self, "0:r0=0 & 1:r0=0 & 2:r0=0",
      rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "iwp2.4_SB+rfi_+rlx+Fsc",
      StoreBufferingWithOwnReads<FullFence>.self,
      "0:r0=1 & 0:r1=0 & 1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "iwp2.4_SB+rfi_+rlx",
      StoreBufferingWithOwnReads<Relaxed>.self,
      "0:r0=1 & 0:r1=0 & 1:r0=1 & 1:r1=0", rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "R+rlx+Fsc", ReadAfterWrites<FullFence>.self, "y=2 & 1:r0=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "R+rlx+Far", ReadAfterWrites<AcquireReleaseFence>.self, "y=2 & 1:r0=0",
      rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "n6+rlx+Far", N6<AcquireReleaseFence>.self, "0:r0=1 & 0:r1=0 & x=1",
      rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "n7+rlx", N7<Relaxed, FullFence>.self, "0:r0=1 & 0:r1=0 & 2:r0=1 & 2:r1=0",
      rc11: .allowed, x86: .interesting, aarch64: .interesting),
  ]
}
