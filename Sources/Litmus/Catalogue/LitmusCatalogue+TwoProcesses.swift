// The other shapes of two processes, coherence and atomicity.
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let twoProcesses: [LitmusCatalogue.Entry] = [
    Entry(
      "LB+rlx",
      "P0: r0=Rx.rlx; Wy=1.rlx | P1: r0=Ry.rlx; Wx=1.rlx",
      "0:r0=1 & 1:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .interesting),
    Entry(
      "LB+datas",
      "P0: r0=Rx.rlx; Wy=r0.rlx | P1: r0=Ry.rlx; Wx=r0.rlx",
      "0:r0=1 & 1:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "LB+ctrls",
      "P0: r0=Rx.rlx; if(r0==1)Wy=1.rlx | P1: r0=Ry.rlx; if(r0==1)Wx=1.rlx",
      "0:r0=1 & 1:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "S+rlx",
      "P0: Wx=2.rlx; Wy=1.rlx | P1: r0=Ry.rlx; Wx=1.rlx",
      "1:r0=1 & x=2", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "S+ra",
      "P0: Wx=2.rel; Wy=1.rel | P1: r0=Ry.acq; Wx=1.rel",
      "1:r0=1 & x=2", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "R+rlx+Fsc",
      "P0: Wx=1.rlx; F.sc; Wy=1.rlx | P1: Wy=2.rlx; F.sc; r0=Rx.rlx",
      "y=2 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "R+rlx+Far",
      "P0: Wx=1.rlx; F.ar; Wy=1.rlx | P1: Wy=2.rlx; F.ar; r0=Rx.rlx",
      "y=2 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "2+2W+rlx",
      "P0: Wx=1.rlx; Wy=2.rlx | P1: Wy=1.rlx; Wx=2.rlx",
      "x=1 & y=1", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "2+2W+scW",
      "P0: Wx=1.sc; Wy=2.sc | P1: Wy=1.sc; Wx=2.sc",
      "x=1 & y=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRR+rlx",
      "P0: Wx=1.rlx | P1: r0=Rx.rlx; r1=Rx.rlx",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRR+ra",
      "P0: Wx=1.rel | P1: r0=Rx.acq; r1=Rx.acq",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRW1+ra",
      "P0: r0=Rx.acq; Wx=1.rel",
      "0:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoRW2+rlx",
      "P0: r0=Rx.rlx; Wx=1.rlx | P1: Wx=2.rlx",
      "0:r0=2 & x=2", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoWR+rlx",
      "P0: Wx=1.rlx; r0=Rx.rlx | P1: Wx=2.rlx",
      "0:r0=2 & x=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "CoWW+rlx",
      "P0: Wx=1.rlx; Wx=2.rlx",
      "x=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "n4+ra",
      "P0: r0=Rx.acq; Wx=1.rel | P1: r0=Rx.acq; Wx=2.rel",
      "0:r0=2 & 1:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "n5+scW",
      "P0: Wx=1.sc; r0=Rx.rlx | P1: Wx=2.sc; r0=Rx.rlx",
      "0:r0=2 & 1:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "n6+rlx+Far",
      "P0: Wx=1.rlx; r0=Rx.rlx; F.ar; r1=Ry.rlx | P1: Wy=1.rlx; F.ar; Wx=2.rlx",
      "0:r0=1 & 0:r1=0 & x=1", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "n7+rlx",
      "P0: Wx=1.rlx; r0=Rx.rlx; r1=Ry.rlx | P1: Wy=1.rlx | P2: r0=Ry.rlx; F.sc; r1=Rx.rlx",
      "0:r0=1 & 0:r1=0 & 2:r0=1 & 2:r1=0", rc11: .allowed, x86: .interesting, aarch64: .interesting),
    Entry(
      "RMW-atomicity",
      "P0: r0=FADD(x,1).rlx | P1: r0=FADD(x,1).rlx",
      "0:r0=0 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RMW-lostupdate",
      "P0: r0=Rx.acq; Wx=r0+1.rel | P1: r0=Rx.acq; Wx=r0+1.rel",
      "x=1", rc11: .allowed, x86: .acceptable, aarch64: .acceptable),
    Entry(
      "PPOCA+acq",
      "P0: Wx=1.rlx; Wy=1.rel | P1: r0=Ry.acq; if(r0==1)Wz=1.rlx; r1=Rz.rlx; r2=Rx.rlx[addr:r1]",
      "1:r0=1 & 1:r1=1 & 1:r2=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
  ]
}
