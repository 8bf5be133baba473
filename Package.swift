// swift-tools-version: 6.2
import PackageDescription

// Arrows go down only: a target never depends on one of a higher floor.

let package = Package(
  name: "tracer-shm",
  products: [
    .library(name: "TracerShm", targets: ["TracerShm"]),
    .executable(name: "tracer-bench", targets: ["tracer-bench"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // floor 0: what the C library says and Swift does not import
    .target(name: "CPlatform"),
    .target(name: "CTracerShm"),
    .systemLibrary(name: "CNuma", pkgConfig: "numa", providers: [.apt(["libnuma-dev"])]),

    // floor 1: the protocol of a shared memory
    .target(name: "MemoryInterface"),

    // floor 2: one source, several memories
    .target(name: "HardwareMemory", dependencies: ["MemoryInterface", "CPlatform"]),
    .target(
      name: "FaultMemory", dependencies: ["MemoryInterface", "HardwareMemory", "CPlatform"]),
    .target(name: "TracerCore", dependencies: ["MemoryInterface"]),
    .target(name: "ModelChecker", dependencies: ["MemoryInterface", "CPlatform"]),
    .target(name: "Harness", dependencies: ["HardwareMemory", "CPlatform", "CNuma"]),

    // floor 3: the API people use
    .target(
      name: "TracerShm",
      dependencies: ["TracerCore", "HardwareMemory", "MemoryInterface", "CPlatform"]),

    // floor 4
    .target(
      name: "TracerShmC",
      dependencies: [
        "CTracerShm", "TracerShm", "TracerCore", "HardwareMemory", "MemoryInterface", "CPlatform",
      ]),
    .target(
      name: "Litmus",
      dependencies: ["ModelChecker", "MemoryInterface", "HardwareMemory", "Harness", "CPlatform"]),

    .target(
      name: "CrashLab",
      dependencies: [
        "TracerShm", "TracerCore", "HardwareMemory", "FaultMemory", "MemoryInterface", "Harness",
        "CPlatform",
      ]),

    // what `scripts/codegen` disassembles: no product, no user
    .target(
      name: "CodegenProbe",
      dependencies: ["TracerShm", "TracerCore", "HardwareMemory", "CPlatform"]),

    .target(
      name: "TracerModels", dependencies: ["TracerCore", "ModelChecker", "MemoryInterface"]),

    // floor 5: commands, scenarios, presentation
    .executableTarget(
      name: "tracer-bench",
      dependencies: [
        "TracerShm", "CrashLab", "Litmus", "TracerModels", "ModelChecker", "Harness", "FaultMemory",
        "TracerCore",
        "HardwareMemory", "MemoryInterface", "CPlatform", "CTracerShm",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    .testTarget(
      name: "TracerCoreTests",
      dependencies: ["TracerCore", "HardwareMemory", "FaultMemory", "MemoryInterface"]),
    // run by HarnessTests: a program without threads, from which fork is safe
    .executableTarget(
      name: "HarnessProbe", dependencies: ["Harness", "HardwareMemory"],
      path: "Tests/HarnessProbe"),
    .testTarget(
      name: "HarnessTests", dependencies: ["Harness", "HarnessProbe", "HardwareMemory"],
      resources: [.copy("Fixtures")]),
    // run by TracerShmTests: agents and controllers as processes without threads
    .executableTarget(
      name: "TracerProbe",
      dependencies: ["TracerShm", "TracerCore", "HardwareMemory", "CPlatform"],
      path: "Tests/TracerProbe"),
    .testTarget(
      name: "TracerShmTests",
      dependencies: [
        "TracerShm", "TracerCore", "HardwareMemory", "MemoryInterface", "CPlatform", "TracerProbe",
      ]),
    .testTarget(name: "ModelCheckerTests", dependencies: ["ModelChecker", "TracerCore"]),
    .testTarget(name: "TracerModelsTests", dependencies: ["TracerModels", "TracerCore"]),
    .testTarget(
      name: "CrashLabTests",
      dependencies: [
        "CrashLab", "TracerShm", "TracerCore", "HardwareMemory", "FaultMemory", "MemoryInterface",
        "Harness",
      ]),
    .testTarget(
      name: "LitmusTests", dependencies: ["Litmus", "HardwareMemory"], exclude: ["Fixtures"]),
    .testTarget(
      name: "BenchTests",
      dependencies: ["tracer-bench", "Harness", "TracerShm", "TracerCore", "HardwareMemory"]),
  ],
  swiftLanguageModes: [.v6]
)

// Built by `scripts/fuzz` alone: its `main` is libFuzzer's driver, which no other link has.
if Context.environment["TRACER_FUZZ"] != nil {
  package.targets.append(
    .executableTarget(
      name: "tracer-fuzz",
      dependencies: ["TracerShm", "TracerCore", "HardwareMemory", "MemoryInterface", "CPlatform"],
      path: "Tests/Fuzz", exclude: ["corpus"],
      swiftSettings: [.enableExperimentalFeature("Extern")],
      // The default linker fails over the sanitizer's symbols.
      linkerSettings: [.unsafeFlags(["-use-ld=lld"])]))
}

// Built by `scripts/test sanitizer` alone. Optimised code under the thread sanitizer is what sees
// payload, and the compiler (6.3.1) ends on `TracerShm` in that mode ("Invalid bitcast"). Threads
// of one process share rings and lanes, and those stand in `TracerCore`.
if Context.environment["TRACER_SANITIZER"] != nil {
  let kept = [
    "CPlatform", "MemoryInterface", "HardwareMemory", "FaultMemory", "TracerCore",
    "TracerCoreTests",
  ]
  package.targets.removeAll { !kept.contains($0.name) }
  package.products.removeAll()
  package.dependencies.removeAll()
}
