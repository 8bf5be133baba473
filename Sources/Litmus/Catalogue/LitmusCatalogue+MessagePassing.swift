// Message passing: is what was written before the flag seen after it?
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let messagePassing: [Entry] = [
    Entry(
      "MP+rlx", MessagePassing<Relaxed, Relaxed, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+relW+acqR",
      MessagePassing<ReleaseAcquire, ReleaseAcquire, Relaxed>.self,
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+relW+rlxR", MessagePassing<ReleaseAcquire, Relaxed, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+Frel+acqR", MessagePassing<ReleaseFence, AcquireOnly, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+Frel+rlxR", MessagePassing<ReleaseFence, Relaxed, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+relW+Facq", MessagePassing<ReleaseAcquire, AcquireFence, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+rlxW+Facq", MessagePassing<Relaxed, AcquireFence, Relaxed>.self, "1:r0=1 & 1:r1=0",
      rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+rlx+Far",
      MessagePassing<AcquireReleaseFence, AcquireReleaseFence, Relaxed>.self,
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+wrongside-rel_x.rel_y.rlx_",
      MessagePassing<Relaxed, AcquireOnly, ReleaseOnly>.self,
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+wrongside-acq_y.rlx_x.acq_",
      MessagePassing<ReleaseOnly, Relaxed, AcquireOnly>.self,
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+xchgpub.ar+acq",
      MessagePassing<StoreByUpdate, ReleaseAcquire, Relaxed>.self,
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+xchgpub.rel+rlx",
      MessagePassing<StoreByReleasingUpdate, Relaxed, Relaxed>.self,
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+rel+xchgcons.ar",
      MessagePassing<ReleaseAcquire, LoadByUpdate, Relaxed>.self,
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+rel+xchgcons.rlx",
      MessagePassing<ReleaseAcquire, LoadByRelaxedUpdate, Relaxed>.self,
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
  ]
}
