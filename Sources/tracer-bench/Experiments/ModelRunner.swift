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

struct ModelRunner {
  let options: ExplorerOptions
  var limits = LitmusLimits()

  /// Runs all of it; `onResult` gets the results as they come, in the order of the work.
  ///
  /// A property is split: each job explores a part of it. Other work goes to the jobs by the piece.
  func run(
    _ work: [ModelWork], jobs: Int, progress: Progress,
    onResult: (ModelResult) throws(BenchError) -> Void
  ) throws(BenchError) {
    let count = work.contains(where: isSplit) ? jobs : min(jobs, work.count)
    guard count > 1 else {
      for (index, item) in work.enumerated() {
        progress.show("model", Double(index) / Double(work.count))
        let result = result(of: item, shard: options.shard)
        progress.end()
        try onResult(result)
      }
      return
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
    try gather(pipes, work, progress, onResult)
    for child in children {
      var status: Int32 = 0
      while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }
  }

  /// Whether the executions are shared out among the jobs. What has to be violated is not: the
  /// violation may be in any one part.
  private func isSplit(_ work: ModelWork) -> Bool {
    guard case .property(let property) = work else { return false }
    return options.mode == .exhaustive && property.expectation == .holds
  }

  /// What a job tells: which work, and what came out of its part of it.
  private struct Line: Codable {
    var index: Int
    var result: ModelResult
  }

  private func explore(_ work: [ModelWork], job: Int, of count: Int, to descriptor: Int32) {
    // A bench that is killed leaves no explorer behind.
    _ = platform_die_with_parent()
    let encoder = JSONEncoder()
    for (index, item) in work.enumerated() where isSplit(item) || index % count == job {
      let shard = isSplit(item) ? options.shard.part(job, of: count) : options.shard
      let line = Line(index: index, result: result(of: item, shard: shard))
      // A result of plain fields always encodes.
      let text = String(decoding: try! encoder.encode(line), as: UTF8.self)
      StandardError.write(text + "\n", to: descriptor)
    }
  }

  /// Reads all pipes to their ends. What a process that died did not report is lost; the others'
  /// results remain.
  private func gather(
    _ pipes: [Int32], _ work: [ModelWork], _ progress: Progress,
    _ onResult: (ModelResult) throws(BenchError) -> Void
  ) throws(BenchError) {
    var bytes = [[UInt8]](repeating: [], count: pipes.count)
    var parts = [[(job: Int, result: ModelResult)]](repeating: [], count: work.count)
    var open = Set(pipes.indices)
    var done = 0
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while !open.isEmpty {
      var polled = open.sorted().map { pollfd(fd: pipes[$0], events: Int16(POLLIN), revents: 0) }
      guard poll(&polled, nfds_t(polled.count), -1) > 0 else { continue }
      for entry in polled where entry.revents != 0 {
        let job = pipes.firstIndex(of: entry.fd)!
        let count = read(entry.fd, &chunk, chunk.count)
        if count == 0 {
          close(entry.fd)
          open.remove(job)
        }
        guard count > 0 else { continue }
        bytes[job] += chunk[0..<count]
        while let end = bytes[job].firstIndex(of: UInt8(ascii: "\n")) {
          let line = try? JSONDecoder().decode(Line.self, from: Data(bytes[job][..<end]))
          bytes[job].removeSubrange(...end)
          guard let line, parts.indices.contains(line.index) else { continue }
          parts[line.index].append((job, line.result))
        }
      }
      while done < work.count {
        let isWhole = parts[done].count == (isSplit(work[done]) ? pipes.count : 1)
        guard isWhole || open.isEmpty else { break }
        progress.end()
        let found = parts[done].sorted { $0.job < $1.job }.map(\.result)
        // A violation is one whatever became of the other parts.
        let isDecided = isWhole || found.contains(where: \.failed)
        try onResult(isDecided ? ModelResult(merging: found) : .lost(work[done].name))
        parts[done] = []
        done += 1
        progress.show("model", Double(done) / Double(work.count))
      }
    }
    progress.end()
  }

  /// Does one exploration.
  private func result(of work: ModelWork, shard: Shard) -> ModelResult {
    switch work {
    case .property(let property): propertyResult(property, shard)
    case .mutant(let mutant, let properties): mutantResult(mutant, properties)
    case .litmus(let file): litmusResult(file)
    }
  }

  private func propertyResult(_ property: ModelProperty, _ shard: Shard) -> ModelResult {
    var part = options
    part.shard = shard
    let report = property.explore(part)
    let isViolated = report.firstFailure != nil
    // What is left out of what was asked for: a job's own part is no bound.
    var bounds = report.extent.bounds.filter { $0 != shard.description }
    if options.shard != .whole, !isViolated { bounds.append(options.shard.description) }
    var result = ModelResult(
      test: property.name, verdict: isViolated ? "violated" : "holds",
      complete: bounds.isEmpty, executions: report.executions, seconds: report.seconds)
    switch property.expectation {
    case .holds: result.failed = isViolated
    // A part of the space need not hold the violation that the whole does.
    case .violated: result.failed = !isViolated && bounds.isEmpty
    }
    if !bounds.isEmpty { result.bound = bounds.joined(separator: ModelResult.boundSeparator) }
    result.describe(report.firstFailure)
    return result
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
        if !report.extent.bounds.isEmpty { result.complete = false }
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
