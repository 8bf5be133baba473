// Message passing: is what was written before the flag seen after it?
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let messagePassing: [LitmusCatalogue.Entry] = [
    Entry(
      "MP+rlx",
      "P0: Wx=1.rlx; Wy=1.rlx | P1: r0=Ry.rlx; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+relW+acqR",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=Ry.acq; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+relW+rlxR",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=Ry.rlx; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+Frel+acqR",
      "P0: Wx=1.rlx; F.rel; Wy=1.rlx | P1: r0=Ry.acq; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+relW+Facq",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=Ry.rlx; F.acq; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+rlx+Far",
      "P0: Wx=1.rlx; F.ar; Wy=1.rlx | P1: r0=Ry.rlx; F.ar; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+xchgpub.ar+acq",
      "P0: Wx=1.rlx; t0=XCHG(y,1).ar | P1: r0=Ry.acq; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+xchgpub.rel+rlx",
      "P0: Wx=1.rlx; t0=XCHG(y,1).rel | P1: r0=Ry.rlx; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "MP+rel+xchgcons.ar",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=XCHG(y,2).ar; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "MP+rel+xchgcons.rlx",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=XCHG(y,2).rlx; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
  ]
}
