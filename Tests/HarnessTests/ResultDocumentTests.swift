// The result document: schema, validity, files, comparison.

import Foundation
import Glibc
import Testing

@testable import Harness

@Suite struct ResultDocumentTests {
  /// The stable fields, as the documentation of the schema shows them.
  private let documented = """
    {"schema": "tracer-bench/v1", "tool": {"configuration": "release"}, "environment": {},
     "fingerprint": "0011",
     "cases": [{"id": "throughput/memfd/slots/64x65536/adaptive", "experiment": "throughput",
       "parameters": {"backing": "memfd", "ring": "slots", "size": 64, "capacity": 65536,
                      "publish": "adaptive", "share": 0.5, "huge": false},
       "verified": true, "records": 123456789,
       "metrics": [{"name": "throughput", "unit": "records/s", "median": 4.1e8,
                    "interval": [4.0e8, 4.2e8], "limit": 5.6e8, "shareOfLimit": 0.73}],
       "addedLater": [1, 2]}],
     "verdicts": [], "warnings": []}
    """

  @Test func documentedExampleIsReadAndValid() throws {
    let document = try ResultDocument(json: documented)
    #expect(document.validate() == [])
    let item = try #require(document.cases.first)
    #expect(item.parameters["size"] == .integer(64))
    #expect(item.parameters["backing"] == .text("memfd"))
    #expect(item.parameters["share"] == .number(0.5))
    #expect(item.parameters["huge"] == .flag(false))
    #expect(item.records == 123_456_789)
    #expect(item.metrics.first?.interval == [4.0e8, 4.2e8])
  }

  @Test func writtenDocumentHasTheStableFieldsAndRoundTrips() throws {
    var document = try ResultDocument(json: documented)
    document.environment = Environment.capture(clock: nil)
    document.verdicts = [
      .init(
        metric: "throughput", subject: document.cases[0].id, base: document.cases[0].id,
        .noDifferenceFound(
          Estimate(value: 1, interval: Interval(low: 0.99, high: 1.01, coverage: 0.99)),
          smallestDetectable: 0.02))
    ]
    let text = try document.json()
    #expect(try ResultDocument(json: text) == document)
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    let stable = ["schema", "tool", "environment", "fingerprint", "cases", "verdicts", "warnings"]
    #expect(stable.allSatisfy { object[$0] != nil })
    let environment = try #require(object["environment"] as? [String: Any])
    #expect(environment["counter"] is NSNull, "what is unknown is null, not absent")
    #expect((environment["unknown"] as? [String: String])?["counter"] == "not calibrated")
  }

  @Test func everyMistakeIsNamed() throws {
    let good = try ResultDocument(json: documented)
    func problems(_ change: (inout ResultDocument) -> Void) -> String {
      var document = good
      change(&document)
      return document.validate().joined(separator: "; ")
    }
    #expect(problems { $0.schema = "tracer-bench/v9" }.contains("tracer-bench/v9"))
    #expect(problems { $0.tool.configuration = "fast" }.contains("fast"))
    #expect(problems { $0.cases.append($0.cases[0]) }.contains("two cases of the id"))
    #expect(problems { $0.cases[0].metrics[0].median = .nan }.contains("not a number"))
    #expect(problems { $0.cases[0].metrics[0].interval = [5, 4] }.contains("in order"))
    #expect(problems { $0.cases[0].metrics[0].interval = [1, 2] }.contains("outside"))
    #expect(problems { $0.cases[0].metrics[0].limit = 0 }.contains("above zero"))
    #expect(problems { $0.cases[0].metrics = [] }.contains("no metrics"))
    #expect(problems { $0.fingerprint = "" }.contains("fingerprint"))
    #expect(
      problems {
        $0.verdicts = [.init(metric: "throughput", subject: "x", base: "y", .tooFewSamples)]
      }.contains("which is no case"))
  }

  @Test func fileAppearsWholeOrNotAtAll() throws {
    let folder = NSTemporaryDirectory() + "document-\(getpid())"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var document = try ResultDocument(json: documented)
    document.environment = Environment()
    try document.write(to: folder + "/run.json")
    #expect(try ResultDocument(path: folder + "/run.json") == document)
    var broken = document
    broken.cases[0].metrics[0].median = .infinity
    #expect(throws: ResultFileError.self) { try broken.write(to: folder + "/run.json") }
    #expect(try ResultDocument(path: folder + "/run.json") == document, "the older file stays")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["run.json"])
    let error = try #require(throws: ResultFileError.self) {
      try document.write(to: folder + "/missing/run.json")
    }
    #expect(error.description == "\(folder)/missing/run.json: open: No such file or directory")
  }

  @Test func whatIsNoDocumentIsSaidSo() throws {
    #expect(throws: ResultFileError(path: "a", reason: "not JSON")) {
      try ResultDocument(json: "{", path: "a")
    }
    let error = try #require(throws: ResultFileError.self) {
      try ResultDocument(json: "{}", path: "b")
    }
    #expect(error.reason.contains("is missing: not a document of tracer-bench/v1"))
    #expect(throws: ResultFileError(path: "/nonexistent", reason: "No such file or directory")) {
      try ResultDocument(path: "/nonexistent")
    }
  }

  @Test func comparisonGivesRatiosAndNeverAVerdict() throws {
    let first = try ResultDocument(json: documented)
    var second = first
    second.cases[0].metrics[0].median = 2.05e8
    second.cases[0].metrics[0].shareOfLimit = 0.73
    second.cases.append(second.cases[0])
    second.cases[1].id = "new"
    second.fingerprint = "0022"
    second.tool.configuration = "debug"
    let comparison = DocumentComparison(first, second)
    #expect(comparison.rows.count == 1)
    #expect(comparison.rows[0].ratio == 0.5)
    #expect(comparison.rows[0].shareRatio == 1)
    #expect(comparison.onlyInFirst.isEmpty)
    #expect(comparison.onlyInSecond == ["new"])
    #expect(comparison.warnings.contains { $0.contains("context only") })
    #expect(comparison.warnings.contains { $0.contains("different machines") })
    #expect(comparison.warnings.contains { $0.contains("debug build") })
  }

  @Test func writingADocumentStartsNoThread() throws {
    // A fork after it must be safe: the probe writes one and counts its threads.
    let outcome = try Probe.run("document")
    #expect(outcome.value("threads") == "1")
    #expect(outcome.value("valid") == "true")
  }
}
