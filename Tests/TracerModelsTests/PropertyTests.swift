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

  @Test func namesAreUnique() {
    let names = ModelProperty.all.map(\.name)
    #expect(Set(names).count == names.count)
  }
}
