// The classical shapes by hand, with the verdict of RC11 for each: whether the weak outcome is
// seen. Loads are kept in the order of the processes.

import Testing

@testable import ModelChecker

/// A shape: bodies, and the weak outcome over observations and final values.
struct Shape: Sendable {
  var name: String
  var isAllowed: Bool
  var bodies: @Sendable () -> [(ModelContext) -> Void]
  var isWeak: @Sendable (FinalState) -> Bool
}

@Suite struct LitmusShapeTests {
  static let x = 0
  static let y = 1

  static func storeBuffering(
    _ name: String, _ store: ModelOrder, _ load: ModelOrder, fence: ModelOrder, _ allowed: Bool
  ) -> Shape {
    Shape(
      name: name, isAllowed: allowed,
      bodies: {
        [(x, y), (y, x)].map { mine, other in
          { context in
            context.store(mine, 1, store)
            context.fence(fence)
            context.observe(0, context.load(other, load))
          }
        }
      }, isWeak: { $0.observation(0, 0) == 0 && $0.observation(1, 0) == 0 })
  }

  static func messagePassing(
    _ name: String, _ store: ModelOrder, _ load: ModelOrder, before: ModelOrder = .relaxed,
    after: ModelOrder = .relaxed, _ allowed: Bool
  ) -> Shape {
    Shape(
      name: name, isAllowed: allowed,
      bodies: {
        [
          { context in
            context.store(x, 1, .relaxed)
            context.fence(before)
            context.store(y, 1, store)
          },
          { context in
            context.observe(0, context.load(y, load))
            context.fence(after)
            context.observe(1, context.load(x, .relaxed))
          },
        ]
      }, isWeak: { $0.observation(1, 0) == 1 && $0.observation(1, 1) == 0 })
  }

  static func independentReads(
    _ name: String, _ store: ModelOrder, _ load: ModelOrder, fence: ModelOrder, _ allowed: Bool
  ) -> Shape {
    Shape(
      name: name, isAllowed: allowed,
      bodies: {
        let writers = [x, y].map { place in
          { (context: ModelContext) in context.store(place, 1, store) }
        }
        let readers = [(x, y), (y, x)].map { first, second in
          { (context: ModelContext) in
            context.observe(0, context.load(first, load))
            context.fence(fence)
            context.observe(1, context.load(second, load))
          }
        }
        return writers + readers
      },
      isWeak: {
        $0.observation(2, 0) == 1 && $0.observation(2, 1) == 0 && $0.observation(3, 0) == 1
          && $0.observation(3, 1) == 0
      })
  }

  static func twoPlusTwoWrites(_ name: String, _ order: ModelOrder, _ allowed: Bool) -> Shape {
    Shape(
      name: name, isAllowed: allowed,
      bodies: {
        [(x, y), (y, x)].map { first, second in
          { context in
            context.store(first, 1, order)
            context.store(second, 2, order)
          }
        }
      }, isWeak: { $0.value(x) == 1 && $0.value(y) == 1 })
  }

  static let shapes: [Shape] = [
    storeBuffering("SB", .release, .acquire, fence: .relaxed, true),
    storeBuffering("SB+Far", .relaxed, .relaxed, fence: .acquireRelease, true),
    storeBuffering("SB+Fsc", .relaxed, .relaxed, fence: .sequentiallyConsistent, false),
    storeBuffering(
      "SB+sc", .sequentiallyConsistent, .sequentiallyConsistent, fence: .relaxed, false),
    storeBuffering("SB+scW", .sequentiallyConsistent, .acquire, fence: .relaxed, true),
    messagePassing("MP", .relaxed, .relaxed, true),
    messagePassing("MP+rel+acq", .release, .acquire, false),
    messagePassing("MP+rel+rlx", .release, .relaxed, true),
    messagePassing("MP+Frel+acq", .relaxed, .acquire, before: .release, false),
    messagePassing("MP+rel+Facq", .release, .relaxed, after: .acquire, false),
    messagePassing("MP+rlx+Facq", .relaxed, .relaxed, after: .acquire, true),
    independentReads("IRIW+ra", .release, .acquire, fence: .relaxed, true),
    independentReads(
      "IRIW+sc", .sequentiallyConsistent, .sequentiallyConsistent, fence: .relaxed, false),
    independentReads("IRIW+Fsc", .relaxed, .relaxed, fence: .sequentiallyConsistent, false),
    twoPlusTwoWrites("2+2W", .release, true),
    twoPlusTwoWrites("2+2W+sc", .sequentiallyConsistent, false),
    Shape(
      name: "LB", isAllowed: false,
      bodies: {
        [(x, y), (y, x)].map { mine, other in
          { context in
            context.observe(0, context.load(mine, .relaxed))
            context.store(other, 1, .relaxed)
          }
        }
      }, isWeak: { $0.observation(0, 0) == 1 && $0.observation(1, 0) == 1 }),
    Shape(
      name: "CoRR", isAllowed: false,
      bodies: {
        [
          { context in context.store(x, 1, .relaxed) },
          { context in
            context.observe(0, context.load(x, .relaxed))
            context.observe(1, context.load(x, .relaxed))
          },
        ]
      }, isWeak: { $0.observation(1, 0) == 1 && $0.observation(1, 1) == 0 }),
    // The view that fences share in other checkers is too strong: RC11 allows this.
    Shape(
      name: "fences apart", isAllowed: true,
      bodies: {
        [
          { context in
            context.store(2, 1, .relaxed)
            context.fence(.sequentiallyConsistent)
            context.store(x, 1, .relaxed)
          },
          { context in
            context.observe(0, context.load(x, .relaxed))
            context.store(y, 1, .relaxed)
          },
          { context in
            context.observe(0, context.load(y, .relaxed))
            context.fence(.sequentiallyConsistent)
            context.observe(1, context.load(2, .relaxed))
          },
        ]
      },
      isWeak: {
        $0.observation(1, 0) == 1 && $0.observation(2, 0) == 1 && $0.observation(2, 1) == 0
      }),
    // A store that is not first in modification order although it came last in the exploration.
    Shape(
      name: "release sequence ends at another's store", isAllowed: true,
      bodies: {
        [
          { context in
            context.storePlain(2, 0)
            context.store(3, 1, .relaxed)
            context.store(x, 1, .release)
            context.store(x, 2, .relaxed)
          },
          { context in
            context.observe(0, context.load(x, .acquire))
            context.observe(1, context.load(3, .relaxed))
          },
        ]
      }, isWeak: { $0.observation(1, 0) == 2 && $0.observation(1, 1) == 0 }),
    Shape(
      name: "release sequence goes on through an update", isAllowed: false,
      bodies: {
        [
          { context in
            context.store(3, 1, .relaxed)
            context.store(x, 1, .release)
          },
          { context in context.fetchAdd(x, 10, .relaxed) },
          { context in
            context.observe(0, context.load(x, .acquire))
            context.observe(1, context.load(3, .relaxed))
          },
        ]
      }, isWeak: { $0.observation(2, 0) == 11 && $0.observation(2, 1) == 0 }),
  ]

  @Test(arguments: shapes.indices) func shapeHasTheVerdictOfRC11(index: Int) {
    let shape = Self.shapes[index]
    var isSeen = false
    let report = Explorer().explore(ModelProgram(name: shape.name, bodies: shape.bodies())) {
      if shape.isWeak($0) { isSeen = true }
    }
    #expect(report.extent == .complete)
    #expect(isSeen == shape.isAllowed, "\(shape.name)")
  }
}
