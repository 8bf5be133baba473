// Shapes of three and four processes.
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let moreProcesses: [LitmusCatalogue.Entry] = [
    Entry(
      "WRC+ra",
      "P0: Wx=1.rel | P1: r0=Rx.acq; Wy=1.rel | P2: r0=Ry.acq; r1=Rx.acq",
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "WRC+dep",
      "P0: Wx=1.rlx | P1: r0=Rx.rlx; Wy=r0.rlx | P2: r0=Ry.rlx; r1=Rx.rlx[addr:r0]",
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RWC+ra",
      "P0: Wx=1.rel | P1: r0=Rx.acq; r1=Ry.acq | P2: Wy=1.rel; r0=Rx.acq",
      "1:r0=1 & 1:r1=0 & 2:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "RWC+rlx+Fsc",
      "P0: Wx=1.rlx | P1: r0=Rx.rlx; F.sc; r1=Ry.rlx | P2: Wy=1.rlx; F.sc; r0=Rx.rlx",
      "1:r0=1 & 1:r1=0 & 2:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "ISA2+ra",
      "P0: Wx=1.rel; Wy=1.rel | P1: r0=Ry.acq; Wz=1.rel | P2: r0=Rz.acq; r1=Rx.acq",
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "ISA2+rel+rlx+acq",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=Ry.rlx; Wz=1.rel | P2: r0=Rz.acq; r1=Rx.rlx",
      "1:r0=1 & 2:r0=1 & 2:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "Z6.0+ra",
      "P0: Wx=1.rel; Wy=1.rel | P1: r0=Ry.acq; Wz=1.rel | P2: Wz=2.rel; r0=Rx.acq",
      "1:r0=1 & z=2 & 2:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "Z6.3+ra",
      "P0: Wx=1.rel; Wy=1.rel | P1: Wy=2.rel; Wz=1.rel | P2: r0=Rz.acq; r1=Rx.acq",
      "y=2 & 2:r0=1 & 2:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "W+RWC+scW+acqR",
      "P0: Wx=1.sc; Wy=1.sc | P1: r0=Ry.acq; r1=Rz.acq | P2: Wz=1.sc; r0=Rx.acq",
      "1:r0=1 & 1:r1=0 & 2:r0=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "IRIW+rlx",
      "P0: Wx=1.rlx | P1: Wy=1.rlx | P2: r0=Rx.rlx; r1=Ry.rlx | P3: r0=Ry.rlx; r1=Rx.rlx",
      "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "IRIW+ra",
      "P0: Wx=1.rel | P1: Wy=1.rel | P2: r0=Rx.acq; r1=Ry.acq | P3: r0=Ry.acq; r1=Rx.acq",
      "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "IRIW+rlx+Fsc",
      "P0: Wx=1.rlx | P1: Wy=1.rlx | P2: r0=Rx.rlx; F.sc; r1=Ry.rlx | P3: r0=Ry.rlx; F.sc; r1=Rx.rlx",
      "2:r0=1 & 2:r1=0 & 3:r0=1 & 3:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RSEQ+store-rlx-otherthread",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=Ry.rlx; Wy=2.rlx | P2: r0=Ry.acq; r1=Rx.rlx",
      "1:r0=1 & 2:r0=2 & 2:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .forbidden),
  ]
}
