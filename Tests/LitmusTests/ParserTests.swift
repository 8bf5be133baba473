// What the parser understands, and what it refuses with file, line and construct.

import Testing

@testable import Litmus

private func verdict(_ text: String) throws -> ModelVerdict {
  try AxiomaticEnumerator.decide(LitmusProgram(try LitmusParser.parse(text, path: "t.litmus")))
}

private func refusal(_ text: String) -> LitmusError? {
  do throws(LitmusError) {
    _ = try LitmusParser.parse(text, path: "t.litmus")
    return nil
  } catch {
    return error
  }
}

/// A test of one process with the given body over `atomic_int* x`, `int* d`.
private func single(_ body: String, _ question: String) -> String {
  "C t\n{ }\nP0 (atomic_int* x, int* d) {\n\(body)\n}\n\(question)\n"
}

@Suite struct ParserTests {
  @Test func preambleCommentsAndInitialValuesAreRead() throws {
    let text = """
      C everything-in-front
      "a quoted line"
      Cycle=Rfe PodRR Fre
      (* a comment (* nested *) of herd *)
      { x=1; int y = -2; atomic_int z = 0x10; [w] = 3; 0:r9 = 7; atomic_int a; } // and of C
      P0 (atomic_int* x, volatile int* y, const int *z, _Atomic(int)* w, _Atomic int *a) {
        int r0 = *x; /* plain */ int r1, r2 = *y;
        r1 = *z;
        int r3 = *w;
        int r9;
      }
      locations [a; 0:r3;]
      exists (0:r0=1 /\\ 0:r1=16 /\\ 0:r2=-2 /\\ 0:r9=7)
      """
    let verdict = try verdict(text)
    #expect(verdict.verdict == .allowed)
    #expect(verdict.states == ["0:r0=1; 0:r1=16; 0:r2=-2; 0:r3=3; 0:r9=7; a=0;"])
  }

  @Test func formsThatOtherSuitesUseAreRead() throws {
    let text = """
      C forms
      { 0:unused = 3; x = 1; }
      void P0 (atomic_int* x) { int r0 = atomic_load(x); }
      static void P1 (atomic_int* x) { atomic_fetch_add(x, 1); }
      exists (0:r0 <> 1 /\\ x != 1)
      """
    #expect(try verdict(text).states == ["0:r0=1; x=2;", "0:r0=2; x=2;"])
    // What a condition asks about has to exist all the same.
    let refused = "C t\n{ 0:gone = 3; }\nP0 (atomic_int* x) { int r0 = 0; }\nexists (0:gone=3)\n"
    #expect(refusal(refused)?.message.contains("no register gone") == true)
    let nobody = "C t\n{ 4:r0 = 3; }\nP0 (atomic_int* x) { int r0 = 0; }\nexists (0:r0=0)\n"
    #expect(refusal(nobody)?.message.contains("no process 4") == true)
  }

  @Test(arguments: [
    ("r0 = 1 + 2 * 3 - 4 / 2;", 5), ("r0 = (7 & 3) | 8 ^ 1;", 11), ("r0 = 1 << 3 >> 1;", 4),
    ("r0 = 3 > 2 && 2 >= 2 && !(1 != 1);", 1), ("r0 = 0 || ~0 == -1;", 1),
    ("r0 = 5 % 3 == 2 ? 10 : 20;", 10), ("r0 = 4; r0 += 3; r0 <<= 1; r0--; ++r0;", 14),
    ("for (int i = 0; i < 4; i++) { if (i == 2) continue; r0 += i; }", 4),
    ("do { r0++; if (r0 > 5) break; } while (1);", 6),
    ("while (r0 < 3) r0 = r0 + 1;", 3), ("r0 = 1; return; r0 = 2;", 1),
    ("atomic_store(x, 5); r0 = atomic_fetch_sub(x, 2) * 10 + 1; r0 = r0 + atomic_load(x);", 54),
    ("r0 = atomic_fetch_or(x, 6); r0 = atomic_fetch_and(x, 3); r0 = atomic_fetch_xor(x, 3);", 2),
    ("int e = 0; r0 = atomic_compare_exchange_strong(x, &e, 9); r0 = r0 * 10 + *x;", 19),
    ("int e = 4; r0 = atomic_compare_exchange_strong(x, &e, 9); r0 = r0 * 10 + e;", 0),
    ("*d = 3; atomic_store(x + (r0 ^ r0), *d); r0 = *x; *x = r0 + 1;", 3),
  ])
  func arithmeticAndControlFollowC(body: String, expected: Int) throws {
    let result = try verdict(single("int r0 = 0; \(body)", "forall (0:r0=\(expected))"))
    #expect(result.verdict == .forbidden, "\(result.states)")
    #expect(result.states.count == 1)
  }

  @Test func conditionPrecedenceIsThatOfHerd() throws {
    // `\/` binds least: true. Were `/\` looser, it would be false.
    let disjunction = "exists (0:r0=0 \\/ 0:r0=1 /\\ 0:r0=2)"
    #expect(try verdict(single("int r0 = 0;", disjunction)).verdict == .allowed)
    #expect(try verdict(single("int r0 = 0;", "exists ~0:r0=1 /\\ 0:r0=0")).verdict == .allowed)
    #expect(try verdict(single("int r0 = 0;", "exists (0:r0=1 => false)")).verdict == .allowed)
    #expect(try verdict(single("int r0 = 0;", "exists 0:r0!=0 \\/ not true")).verdict == .forbidden)
  }

  @Test func negatedQuantifiersAskForTheViolatingState() throws {
    let body = "int r0 = 1;"
    #expect(try verdict(single(body, "~exists (0:r0=1)")).verdict == .allowed)
    #expect(try verdict(single(body, "not exists (0:r0=2)")).verdict == .forbidden)
    #expect(try verdict(single(body, "forall (0:r0=1)")).verdict == .forbidden)
    #expect(try verdict(single(body, "forall (0:r0=2)")).verdict == .allowed)
    #expect(try verdict(single(body, "filter (0:r0=2) exists (0:r0=1)")).verdict == .forbidden)
  }

  @Test func pointersAreValues() throws {
    let text = """
      C pointers
      { int x = 1; int y = 2; atomic_int *p = &x; }
      P0 (int** p, int* y) { atomic_store_explicit(p, y, memory_order_release); }
      P1 (int** p) { int* r0 = atomic_load_explicit(p, memory_order_acquire); int r1 = *r0; }
      exists (1:r0=y /\\ 1:r1=2)
      """
    let result = try verdict(text)
    #expect(result.verdict == .allowed)
    #expect(result.states == ["1:r0=x; 1:r1=1;", "1:r0=y; 1:r1=2;"])
  }

  @Test func weakCompareExchangeMayFailSpuriously() throws {
    let body = "int e = 0; int r0 = atomic_compare_exchange_weak(x, &e, 1);"
    #expect(try verdict(single(body, "exists (0:r0=0)")).verdict == .allowed)
    let strong = body.replacing("weak", with: "strong")
    #expect(try verdict(single(strong, "exists (0:r0=0)")).verdict == .forbidden)
  }

  @Test func waitingLoopIsExploredCompletely() throws {
    let text = """
      C await
      { }
      P0 (atomic_int* f, int* d) { *d = 1; atomic_store_explicit(f, 1, memory_order_release); }
      P1 (atomic_int* f, int* d) {
        while (atomic_load_explicit(f, memory_order_acquire) == 0) { }
        int r0 = *d;
      }
      ~exists (1:r0=0)
      """
    let result = try verdict(text)
    #expect(result.verdict == .forbidden)
    #expect(result.complete)
    let relaxed = text.replacing("memory_order_acquire", with: "memory_order_relaxed")
    #expect(try verdict(relaxed).verdict == .race)
  }

  @Test(arguments: [
    ("goto end;", "unsupported: goto"), ("int a[2];", "unsupported: array"),
    ("r0 = atomic_load_explicit(x, memory_order_consume);", "memory_order_consume"),
    ("r0 = atomic_load_explicit(x, memory_order_release);", "is no order of"),
    ("atomic_store_explicit(x, 1, memory_order_acquire);", "is no order of"),
    ("r0 = READ_ONCE(*x);", "kernel's memory model"),
    ("WRITE_ONCE(*x, 1);", "kernel's memory model"),
    ("smp_mb();", "unsupported: call of smp_mb"),
    ("x = 1;", "unsupported: assignment to parameter"),
    ("r0 = r7;", "no local or parameter is named r7"), ("*x += 1;", "compound assignment"),
    ("r0 = atomic_load(x) + atomic_load(x);", "whose order C leaves open"),
    ("switch (r0) { }", "unsupported: switch"), ("struct s *p;", "unsupported: type struct"),
    ("r0 = x[1];", "unsupported: array"), ("break;", "outside of a loop"),
    ("asm(\"nop\");", "unsupported: asm"), ("r0 = (r1 = 2);", "assignment inside"),
  ])
  func unsupportedConstructsAreNamedWithTheirLine(body: String, message: String) {
    let error = refusal(single("int r0 = 0; int r1 = 0;\n\(body)", "exists (0:r0=0)"))
    #expect(error?.line == 5)
    #expect(error?.path == "t.litmus")
    #expect(error?.message.contains(message) == true, "\(String(describing: error))")
  }

  @Test func framesThatAreNoTestAreRefused() {
    #expect(refusal("AArch64 MP\n{ }\n")?.message.contains("architecture") == true)
    #expect(refusal("C t\nVariant=Quad\n{ }\nP0 () { }\n")?.line == 2)
    #expect(refusal("C t\n{ int a[2]; }\nP0 () { }\n")?.line == 2)
    #expect(refusal("C t\n{ }\nP1 () { }\n")?.message.contains("expected process P0") == true)
    #expect(refusal("C t\n{ }\nP0 () { }\nregions: x\n")?.line == 4)
    #expect(refusal(single("int r0;", "exists (0:r1=0)"))?.message.contains("no register") == true)
    #expect(refusal(single("int r0;", "exists (q=0)"))?.message.contains("no location") == true)
    #expect(refusal("C t\n{ }\nP0 (int x) { }\n")?.message.contains("no pointer") == true)
  }
}
