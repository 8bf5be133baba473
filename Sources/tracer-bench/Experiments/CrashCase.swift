// One sweep of `tracer-bench crash`: what is swept where, what came out, and how to do it again.

import CrashLab
import Foundation

struct CrashCase {
  var method: CrashMethod
  /// `nil` where processes run freely.
  var scenario: CrashScenario?
  var victim: CrashVictim
  var backing: Backing

  /// `access/swap/controller/shm`.
  var name: String {
    "\(method.rawValue)/\(scenario?.name ?? "free")/\(victim.rawValue)/\(backing.rawValue)"
  }

  /// The command that does one kill again; `place` as the sweep gave it.
  func replay(at place: String) -> String {
    "tracer-bench crash --method \(method.rawValue)"
      + (scenario.map { " --scenario \($0.name)" } ?? "")
      + " --victim \(victim.rawValue) --backing \(backing.rawValue) \(place)"
  }
}

extension CrashCase {
  /// Every sweep of a method over regions of a kind.
  static func all(_ method: CrashMethod, _ backing: Backing) -> [CrashCase] {
    switch method {
    case .access, .instruction: break
    case .time:
      return CrashVictim.allCases.map {
        CrashCase(method: method, scenario: nil, victim: $0, backing: backing)
      }
    case .power:
      // Other kinds have nothing on a disk.
      guard backing == .file || backing == .fileTmpfs else { return [] }
      return [CrashCase(method: method, scenario: nil, victim: .both, backing: backing)]
    }
    return CrashScenario.all.flatMap { scenario in
      scenario.victims.filter { method != .instruction || $0 != .both }.map {
        CrashCase(method: method, scenario: scenario, victim: $0, backing: backing)
      }
    }
  }

  /// Whether it belongs to the short form: every scenario in one kind of memory, a leaving and a
  /// dying agent in the others, and the five paths by instruction.
  var isQuick: Bool {
    switch method {
    case .access:
      backing == .anonymous || scenario?.name == "leave" || scenario?.name == "reclaim"
    case .instruction:
      backing == .anonymous
        && ["write", "reserve", "swap", "reclaim"].contains(scenario?.name)
    case .time, .power: true
    }
  }
}

/// What came out of a sweep.
struct CrashOutcome: Codable {
  var test: String
  /// Of power cuts: moments, and images of the disk that were recovered.
  var killPoints: Int
  var kills: Int
  /// Of power cuts: how many runs were cut.
  var runs: Int?
  var seconds: Double
  /// Where something broke: the promise, what was found, and the command that does it again.
  var broken: String?
  var found: String?
  var replay: String?

  init(_ sweep: CrashCase, _ result: SweepResult, seconds: Double) {
    test = sweep.name
    killPoints = result.killPoints
    kills = result.deaths
    runs = sweep.method == .power ? result.runs : nil
    self.seconds = seconds
    if let (finding, place) = result.finding {
      broken = finding.guarantee.rawValue
      found = finding.text
      replay = sweep.replay(at: place)
    }
  }

  /// One object on one line.
  var jsonLine: String {
    // A struct of plain fields always encodes.
    (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }
}
