// Values have the types of C: widths, signs, scopes, and what the language leaves undefined.

import Testing

@testable import Litmus

/// Both judges on a test of one process over `x` of a type; its only state.
private func state(_ type: String, _ body: String, _ asked: String) throws -> String {
  let text = "C t\n{ }\nP0 (\(type)* x, int* a, int* b) {\n\(body)\n}\nlocations [\(asked);]\n"
  let program = LitmusProgram(try LitmusParser.parse(text, path: "t.litmus"))
  let judge = try AxiomaticEnumerator.decide(program)
  #expect(try LitmusModel.decide(program).states == judge.states)
  return judge.states.joined(separator: "|")
}

/// What is refused, by the parser or when it runs.
private func refusal(_ text: String) -> LitmusError? {
  do throws(LitmusError) {
    let program = LitmusProgram(try LitmusParser.parse(text, path: "t.litmus"))
    _ = try LitmusModel.decide(program)
    return nil
  } catch {
    return error
  }
}

@Suite struct TypeTests {
  @Test(arguments: [
    ("atomic_uint", "atomic_store(x, 1); atomic_fetch_sub(x, 2);", "x", "x=4294967295;"),
    ("atomic_uint", "atomic_fetch_sub(x, 2); int r = atomic_load(x) > 1000;", "0:r", "0:r=1;"),
    ("atomic_int", "atomic_store(x, 2147483647); atomic_fetch_add(x, 1);", "x", "x=-2147483648;"),
    ("atomic_schar", "atomic_store(x, 256 + 255);", "x", "x=-1;"),
    ("atomic_uchar", "atomic_store(x, 255); int r = atomic_load(x) + 1;", "0:r", "0:r=256;"),
    ("atomic_bool", "atomic_store(x, 2);", "x", "x=1;"),
    ("atomic_llong", "atomic_store(x, 4294967296);", "x", "x=4294967296;"),
    ("atomic_ulong", "atomic_fetch_sub(x, 1);", "x", "x=18446744073709551615;"),
    ("atomic_llong", "atomic_store(x, 281474976710656);", "x", "x=281474976710656;"),
    ("atomic_int", "uint8_t r = 255; r = r + 1; r--;", "0:r", "0:r=255;"),
    ("atomic_int", "int r = (unsigned char)257;", "0:r", "0:r=1;"),
    ("atomic_int", "int r = -1 < 0u;", "0:r", "0:r=0;"),
    ("atomic_int", "int r = -1l < 0u;", "0:r", "0:r=1;"),
    ("atomic_int", "unsigned r = 0; r = r - 1; long s = r;", "0:s", "0:s=4294967295;"),
    ("atomic_int", "int r = -1 > 0xFFFFFFFE;", "0:r", "0:r=1;"),
    ("atomic_int", "long r = 1l << 40;", "0:r", "0:r=1099511627776;"),
    ("atomic_int", "unsigned r = 3u << 31 >> 31;", "0:r", "0:r=1;"),
    ("atomic_int", "int r = -7 / 2 * 10 + -7 % 2;", "0:r", "0:r=-31;"),
    (
      "atomic_ulong",
      "unsigned long e = 0; atomic_fetch_sub(x, 1); e--; "
        + "int r = atomic_compare_exchange_strong(x, &e, 7);", "x", "x=7;"
    ),
    (
      "atomic_int",
      "int e = -2147483647 - 1; atomic_store(x, 2147483647); atomic_fetch_add(x, 1); "
        + "int r = atomic_compare_exchange_strong(x, &e, 7);", "x", "x=7;"
    ),
  ])
  func valuesHaveTheirTypes(type: String, body: String, asked: String, expected: String) throws {
    #expect(try state(type, body, asked) == expected)
  }

  @Test(arguments: [
    ("r = 2147483647; r = r + 1;", "signed overflow"), ("r = -2147483647 - 2;", "signed overflow"),
    ("r = 65536 * 65536;", "signed overflow"), ("r = 1 << 31;", "signed overflow"),
    ("r = 1 << 40;", "shift of int by 40"), ("r = 1 / r;", "division by zero"),
    ("r = 1 % r;", "division by zero"), ("int *q = 0; *q = 1;", "null as an address"),
    ("*(a + 1) = 7;", "moved away"), ("r = a < b;", "< on addresses"), ("r = a;", "conversion"),
    ("int *q = 5;", "conversion"), ("*r = 1;", "as an address"), ("r = -a;", "of an address"),
    ("uint8_t *q = a;", "conversion of int * to unsigned char *"),
    ("unsigned e = 0; r = atomic_compare_exchange_strong(x, &e, 1);", "as what is expected of"),
    ("if (1) { int r = 2; }", "hides another"), ("int r = 2;", "declared twice"),
    ("if (1) { int t = 2; } r = t;", "outside of its block"),
    ("for (int i = 0; i < 1; i++) { } r = i;", "outside of its block"),
    ("{ int t = 1; } { long t = 2; }", "different types"),
    ("const int c = 1; c = 2;", "const local c"),
    ("const int c = 1; r = atomic_compare_exchange_strong(x, &c, 1);", "const local c"),
    ("unsigned char char c;", "type unsigned char char"),
    ("r = r + atomic_compare_exchange_strong(x, &r, 1);", "is changed in one expression"),
    ("r += atomic_compare_exchange_strong(x, &r, 1);", "is changed in one expression"),
    ("**p = atomic_load(x);", "whose order C leaves open"),
    ("atomic_store(atomic_load(p), atomic_load(x));", "whose order C leaves open"),
  ])
  func whatCouldDifferFromCIsRefusedWithItsLine(body: String, message: String) {
    let text = """
      C t
      { p = &a; }
      P0 (atomic_int* x, int* a, int* b, int** p) {
      int r = 0;
      \(body)
      }
      exists (0:r=0)
      """
    let error = refusal(text)
    #expect(error?.message.contains(message) == true, "\(body): \(String(describing: error))")
    #expect(error?.line == 5)
  }

  @Test func valuesThatATypeDoesNotHaveAreRefused() {
    func refused(_ initial: String, _ type: String, _ asked: String) -> String? {
      refusal("C t\n{ \(initial) }\nP0 (\(type)* x, int* y) { }\nexists (\(asked))\n")?.message
    }
    #expect(refused("", "atomic_uint", "x=-1")?.contains("-1 is no value of x") == true)
    #expect(refused("x = 256;", "atomic_uchar", "x=0")?.contains("256 is no value of x") == true)
    #expect(refused("int x;", "unsigned", "x=0")?.contains("unsigned int here and int") == true)
    #expect(refused("x = &y;", "atomic_long", "x=0")?.contains("the address of y") == true)
    #expect(refused("x = 281474976710656;", "atomic_long", "x=y")?.contains("address of y") == true)
    #expect(refused("x = 4294967295;", "atomic_uint", "x=4294967295") == nil)
  }

  @Test func whatIsTooLargeIsRefusedWithItsLine() {
    func test(_ body: String, _ question: String = "exists (0:r=0)") -> String {
      "C t\n{ }\nP0 (atomic_int* x) {\nint r = 0;\n\(body)\n}\n\(question)\n"
    }
    func many(_ text: String) -> String { String(repeating: text, count: 5000) }
    let sums = ["r = 1" + many(" + 1") + ";", "r = 1" + many(" && 1") + ";"]
    let deep = [
      "r = " + many("(") + "1" + many(")") + ";", "r = " + many("!") + "1;",
      many("if (r) ") + "r = 1;", many("{") + many("}"), "r = " + many("1 ? 1 : ") + "1;",
      many("_Atomic(") + "int" + many(")") + " y;",
    ]
    for body in sums { #expect(refusal(test(body))?.message.contains("operators") == true) }
    for body in deep { #expect(refusal(test(body))?.message.contains("levels") == true) }
    for body in sums + deep { #expect(refusal(test(body))?.line == 5) }
    for question in [many("~") + "true", many("(") + "true", "true" + many(" => true")] {
      #expect(refusal(test("", "exists " + question))?.line == 7)
    }
    #expect(refusal(test("", "exists true" + many(" /\\ true")))?.line == 7)
    let processes = (0...16).map { "P\($0) (atomic_int* x) { }" }.joined(separator: "\n")
    let error = refusal("C t\n{ }\n\(processes)\nexists (x=0)\n")
    #expect(error?.line == 19)
    #expect(error?.message.contains("more than 16 processes") == true)
  }

  @Test func aMarkOfByteOrderIsSkipped() {
    #expect(refusal("\u{FEFF}C t\n{ }\nP0 (atomic_int* x) { }\nexists (x=0)\n") == nil)
  }
}
