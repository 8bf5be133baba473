// Runs explorations, spread over forked processes, and gathers what came out.
//
// An exploration is one thread's work and shares nothing: processes need no locks, and one that
// dies takes only its own work with it. Results come back as JSON lines over a pipe each.

import CPlatform
import Foundation
import Glibc
import Litmus
import ModelChecker
import TracerModels

/// One exploration to be done.
enum ModelWork {
  case property(ModelProperty)
  case mutant(EdgeMutant, [ModelProperty])
  case litmus(LitmusFile)

  var name: String {
    switch self {
    case .property(let property): property.name
    case .mutant(let mutant, _): mutant.name
    case .litmus(let file): file.path
    }
  }
}

/// What came out of one exploration. The first six fields are those of the result schema.
struct ModelResult: Codable {
  var test: String
  /// Properties: `holds`, `violated`; mutants: `killed`, `survived`, `unobservable`; litmus:
  /// `allowed`, `forbidden`, `race`, `not reached` within a bound, `undecided`.
  var verdict: String
  var complete: Bool
  var executions: Int
  var seconds: Double
  var states: [String] = []
  /// The file of a litmus test: several may have one name.
  var path: String?
  /// Whether the verdict is not the one that has to come out.
  var failed = false
  /// Why the exploration was bounded.
  var bound: String?
  /// The failure in one line, its replay string, its readable trace and its number of events.
  var message: String?
  var replay: String?
  var trace: String?
  var counterexampleLength: Int?
  /// For a mutant: the property that noticed.
  var killedBy: String?
  var dot: String?
  var svg: String?
}

struct ModelRunner {
  let options: ExplorerOptions
  var limits = LitmusLimits()

  /// Runs all of it; results in the order of the work.
  func run(_ work: [ModelWork], jobs: Int, progress: Progress) throws(BenchError) -> [ModelResult] {
    let count = min(jobs, work.count)
    guard count > 1 else {
      return work.enumerated().map { index, item in
        progress.show("model", Double(index) / Double(work.count))
        defer { if index == work.count - 1 { progress.end() } }
        return result(of: item)
      }
    }
    var pipes: [Int32] = []
    var children: [pid_t] = []
    for job in 0..<count {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw .operation("pipe: \(String(cString: strerror(errno)))") }
      let child = fork()
      guard child >= 0 else { throw .operation("fork: \(String(cString: strerror(errno)))") }
      if child == 0 {
        close(ends[0])
        explore(work, job: job, of: count, to: ends[1])
        _exit(0)
      }
      close(ends[1])
      pipes.append(ends[0])
      children.append(child)
    }
    let texts = gather(pipes, total: work.count, progress)
    for child in children {
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
    var results = work.map { ModelResult.lost($0.name) }
    for (job, text) in texts.enumerated() {
      for (line, json) in text.split(separator: "\n").enumerated() {
        let decoded = try? JSONDecoder().decode(ModelResult.self, from: Data(json.utf8))
        if let decoded { results[job + line * count] = decoded }
      }
    }
    return results
  }

  private func explore(_ work: [ModelWork], job: Int, of count: Int, to descriptor: Int32) {
    // A bench that is killed leaves no explorer behind.
    _ = platform_die_with_parent()
    let encoder = JSONEncoder()
    for index in stride(from: job, to: work.count, by: count) {
      // A result of plain fields always encodes.
      let line = String(decoding: try! encoder.encode(result(of: work[index])), as: UTF8.self)
      StandardError.write(line + "\n", to: descriptor)
    }
  }

  /// Reads all pipes to their ends, counting lines for the progress.
  private func gather(_ pipes: [Int32], total: Int, _ progress: Progress) -> [String] {
    var bytes = [[UInt8]](repeating: [], count: pipes.count)
    var open = Set(pipes.indices)
    var done = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while !open.isEmpty {
      var polled = open.sorted().map { pollfd(fd: pipes[$0], events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
      for entry in polled where entry.revents != 0 {
        let job = pipes.firstIndex(of: entry.fd)!
        let count = read(entry.fd, &chunk, chunk.count)
        if count > 0 {
          bytes[job] += chunk[0..<count]
          done += chunk[0..<count].count { $0 == UInt8(ascii: "\n") }
          progress.show("model", Double(done) / Double(total))
        } else if count == 0 {
          close(entry.fd)
          open.remove(job)
        }
      }
    }
    progress.end()
    return bytes.map { String(decoding: $0, as: UTF8.self) }
  }

  /// Does one exploration.
  func result(of work: ModelWork) -> ModelResult {
    switch work {
    case .property(let property): propertyResult(property)
    case .mutant(let mutant, let properties): mutantResult(mutant, properties)
    case .litmus(let file): litmusResult(file)
    }
  }

  private func propertyResult(_ property: ModelProperty) -> ModelResult {
    let report = property.explore(options)
    let isViolated = report.firstFailure != nil
    var result = ModelResult(
      test: property.name, verdict: isViolated ? "violated" : "holds",
      complete: report.extent.isComplete, executions: report.executions, seconds: report.seconds)
    switch property.expectation {
    case .holds: result.failed = isViolated
    // A part of the space need not hold the violation that the whole does.
    case .violated: result.failed = !isViolated && options.mode == .exhaustive && isWhole(report)
    }
    result.bound = report.extent.bound
    result.describe(report.firstFailure)
    return result
  }

  private func isWhole(_ report: ExplorationReport) -> Bool {
    options.shard == .whole && report.extent.isComplete
  }

  private func mutantResult(_ mutant: EdgeMutant, _ properties: [ModelProperty]) -> ModelResult {
    var options = options
    options.weakenings.append(mutant.weakening)
    var result = ModelResult(
      test: mutant.name, verdict: "survived", complete: true, executions: 0, seconds: 0)
    for property in properties {
      let report = property.explore(options)
      // The failing execution counts too.
      result.executions += report.executions + (report.firstFailure == nil ? 0 : 1)
      result.seconds += report.seconds
      guard let failure = report.firstFailure else {
        if !report.extent.isComplete { result.complete = false }
        continue
      }
      result.verdict = "killed"
      result.complete = true
      result.killedBy = property.name
      result.describe(failure)
      return result
    }
    if let reason = mutant.unobservable {
      result.verdict = "unobservable"
      result.message = reason
    } else {
      result.failed = true
    }
    return result
  }

  private func litmusResult(_ file: LitmusFile) -> ModelResult {
    var result = ModelResult(
      test: file.name, verdict: ModelResult.undecided, complete: false, executions: 0, seconds: 0)
    result.path = file.path
    do {
      let verdict = try LitmusModel.decide(
        LitmusProgram(file), limits: limits, options: options)
      result.verdict = verdict.verdict.rawValue
      result.complete = verdict.complete
      result.executions = verdict.executions
      result.seconds = verdict.seconds
      result.states = verdict.states
      result.bound = verdict.bound
    } catch {
      result.message = "\(error)"
    }
    return result
  }
}

extension ModelResult {
  /// The verdict on a test that does what C leaves undefined.
  static let undecided = "undecided"
  private static let lostVerdict = "lost"

  /// Stands for what an exploring process did not report: the others' results remain.
  fileprivate static func lost(_ name: String) -> ModelResult {
    var result = ModelResult(
      test: name, verdict: lostVerdict, complete: false, executions: 0, seconds: 0)
    result.message = "\(name): the exploring process died"
    return result
  }

  var isLost: Bool { verdict == Self.lostVerdict }

  mutating func describe(_ failure: ModelFailure?) {
    guard let failure else { return }
    let names = TraceNames(edges: modelledEdges)
    message = "\(failure.kind.rawValue): \(failure.message)"
    replay = failure.replay
    trace = failure.execution.trace(names)
    counterexampleLength = failure.execution.steps.count
    dot = failure.execution.dot(names)
    svg = failure.execution.svg(names)
  }
}

extension ExplorationExtent {
  /// A failure that was looked for ends an exploration that is complete for its purpose.
  var isComplete: Bool { bound == nil }

  var bound: String? {
    if case .bounded(let reason) = self { reason } else { nil }
  }
}
