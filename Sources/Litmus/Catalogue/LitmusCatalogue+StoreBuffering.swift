// Store buffering: may two processes both miss the other's store?
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let storeBuffering: [LitmusCatalogue.Entry] = [
    Entry(
      "SB+rlx",
      "P0: Wx=1.rlx; r0=Ry.rlx | P1: Wy=1.rlx; r0=Rx.rlx",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "SB+ra",
      "P0: Wx=1.rel; r0=Ry.acq | P1: Wy=1.rel; r0=Rx.acq",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "SB+sc",
      "P0: Wx=1.sc; r0=Ry.sc | P1: Wy=1.sc; r0=Rx.sc",
      "0:r0=0 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+rlx+Fsc",
      "P0: Wx=1.rlx; F.sc; r0=Ry.rlx | P1: Wy=1.rlx; F.sc; r0=Rx.rlx",
      "0:r0=0 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+rlx+Far",
      "P0: Wx=1.rlx; F.ar; r0=Ry.rlx | P1: Wy=1.rlx; F.ar; r0=Rx.rlx",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "SB+scW+acqR",
      "P0: Wx=1.sc; r0=Ry.acq | P1: Wy=1.sc; r0=Rx.acq",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+xchgW.ar+R.acq",
      "P0: t0=XCHG(x,1).ar; r0=Ry.acq | P1: t0=XCHG(y,1).ar; r0=Rx.acq",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SB+RMWread.ar",
      "P0: Wx=1.rlx; r0=FADD(y,0).ar | P1: Wy=1.rlx; r0=FADD(x,0).ar",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "3.SB+rlx",
      "P0: Wx=1.rlx; r0=Ry.rlx | P1: Wy=1.rlx; r0=Rz.rlx | P2: Wz=1.rlx; r0=Rx.rlx",
      "0:r0=0 & 1:r0=0 & 2:r0=0", rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "3.SB+rlx+Fsc",
      "P0: Wx=1.rlx; F.sc; r0=Ry.rlx | P1: Wy=1.rlx; F.sc; r0=Rz.rlx | P2: Wz=1.rlx; F.sc; r0=Rx.rlx",
      "0:r0=0 & 1:r0=0 & 2:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
  ]
}
