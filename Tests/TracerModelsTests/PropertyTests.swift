// Every property of the shipped ring source holds, and every weakened edge is noticed.

import ModelChecker
import Testing
import TracerCore
import TracerModels

@Suite struct PropertyTests {
  @Test(arguments: ModelProperty.all.filter(\.isQuick).map(\.name))
  func propertyComesOutAsExpected(name: String) throws {
    let property = try #require(ModelProperty.all.first { $0.name == name })
    let report = property.explore()
    switch property.expectation {
    case .holds:
      #expect(report.firstFailure == nil, "\(report.firstFailure?.message ?? "")")
      #expect((report.extent != .complete) == property.isBounded, "\(report.extent)")
      #expect(report.executions > 0)
    case .violated:
      #expect(report.firstFailure != nil)
    }
  }

  @Test func everyWeakenedEdgeIsPunished() throws {
    let properties = ModelProperty.all.filter { $0.isQuick && $0.expectation == .holds }
    let mutants = EdgeMutant.found(in: properties)
    let edges = Set(mutants.map(\.mutant.weakening.edge))
    for edge in modelledEdges where edge.edge != .laneCount {
      #expect(edges.contains(edge.edge.identifier), "no property passes through \(edge.name)")
    }
    for (mutant, properties) in mutants {
      var options = ExplorerOptions()
      options.weakenings = [mutant.weakening]
      let killer = properties.first { $0.explore(options).firstFailure != nil }
      // What is said to be unobservable is not noticed: else the argument is wrong.
      #expect(
        (killer == nil) == (mutant.unobservable != nil),
        "\(mutant.name) is noticed by \(killer?.name ?? "no property")")
    }
  }

  @Test(arguments: ModelProperty.all.filter { $0.isQuick && !$0.victims.isEmpty }.map(\.name))
  func shardsOfKillsAddUpToTheWhole(name: String) throws {
    let property = try #require(ModelProperty.all.first { $0.name == name })
    var sum = 0
    for index in 0..<3 {
      var options = ExplorerOptions()
      options.shard = Shard(index: index, count: 3)
      sum += property.explore(options).executions
    }
    #expect(sum == property.explore().executions)
  }

  @Test func aViolationThatOnlyAKillShowsIsFoundByAShardAndAtRandom() throws {
    let property = try #require(
      ModelProperty.all.first { $0.name == "lanes/scan/agent/index/2x3" })
    var options = ExplorerOptions()
    options.weakenings = [Weakening(.laneCommit, .releasing)]
    let found = (0..<3).filter { index in
      var part = options
      part.shard = Shard(index: index, count: 3)
      return property.explore(part).firstFailure != nil
    }
    #expect(!found.isEmpty)
    options.mode = .random(executions: 3000, seed: 4)
    #expect(property.explore(options).firstFailure != nil)
  }

  @Test func aFewExecutionsReachEveryEdgeThatAllReach() {
    let properties = ModelProperty.all.filter(\.isQuick)
    let few = EdgeMutant.found(in: properties).map(\.mutant.name)
    #expect(few == EdgeMutant.found(in: properties, executions: .max).map(\.mutant.name))
  }

  @Test func namesAreUnique() {
    let names = ModelProperty.all.map(\.name)
    #expect(Set(names).count == names.count)
  }
}
