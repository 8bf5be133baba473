// The shapes that the tracer itself rests on.
//
// Expected outcomes are written by hand; the tests check them against the verdict oracle where it
// has the test. `x86` and `aarch64` speak of the usual compilation without reordering by the compiler.

extension LitmusCatalogue {
  static let tracer: [LitmusCatalogue.Entry] = [
    Entry(
      "RINGPUB+rel+acq",
      "P0: Wd=1.na; Wt=1.rel | P1: r0=Rt.acq; if(r0==1)r1=Rd.na",
      "1:r0=1 & 1:r1=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RINGPUB+rlx+rlx",
      "P0: Wd=1.na; Wt=1.rlx | P1: r0=Rt.rlx; if(r0==1)r1=Rd.na",
      "1:r0=1 & 1:r1=0", rc11: .race, x86: .interesting, aarch64: .interesting),
    Entry(
      "RINGREUSE+rel+acq",
      "P0: r0=Rd.na; Wh=1.rel | P1: r0=Rh.acq; if(r0==1)Wd=2.na",
      "0:r0=2 & 1:r0=1", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "RINGREUSE+rlx+acq",
      "P0: r0=Rd.na; Wh=1.rlx | P1: r0=Rh.acq; if(r0==1)Wd=2.na",
      "0:r0=2 & 1:r0=1", rc11: .race, x86: .interesting, aarch64: .interesting),
    Entry(
      "WAKE+Fsc+Fsc",
      "P0: Wt=1.rel; F.sc; r0=Rs.acq | P1: Ws=1.rel; F.sc; r0=Rt.acq",
      "0:r0=0 & 1:r0=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "WAKE+none+Fsc",
      "P0: Wt=1.rel; r0=Rs.acq | P1: Ws=1.rel; F.sc; r0=Rt.acq",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "WAKE+Fsc+none",
      "P0: Wt=1.rel; F.sc; r0=Rs.acq | P1: Ws=1.rel; r0=Rt.acq",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "WAKE+Far+Far",
      "P0: Wt=1.rel; F.ar; r0=Rs.acq | P1: Ws=1.rel; F.ar; r0=Rt.acq",
      "0:r0=0 & 1:r0=0", rc11: .allowed, x86: .interesting, aarch64: .forbidden),
    Entry(
      "SEQLOCK+fences",
      "P0: Ws=1.rlx; F.rel; Wd=1.rlx; Ws=2.rel | P1: r0=Rs.acq; r1=Rd.rlx; F.acq; r2=Rs.rlx",
      "1:r0=0 & 1:r1=1 & 1:r2=0", rc11: .forbidden, x86: .forbidden, aarch64: .forbidden),
    Entry(
      "SEQLOCK+no-acquire-fence",
      "P0: Ws=1.rlx; F.rel; Wd=1.rlx; Ws=2.rel | P1: r0=Rs.acq; r1=Rd.rlx; r2=Rs.rlx",
      "1:r0=0 & 1:r1=1 & 1:r2=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
    Entry(
      "SEQLOCK-late",
      "P0: Ws=1.rlx; F.rel; Wd=1.rlx; Ws=2.rlx | P1: r0=Rs.acq; r1=Rd.rlx",
      "1:r0=2 & 1:r1=0", rc11: .allowed, x86: .forbidden, aarch64: .interesting),
  ]
}
