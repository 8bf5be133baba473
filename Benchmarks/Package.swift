// swift-tools-version: 6.1
// What users of the library must not pull in: micro-benchmarks and their framework.
//
//     swift package benchmark                        run
//     swift package benchmark thresholds check       fail on a regression against Thresholds/

import PackageDescription

let package = Package(
  name: "tracer-benchmarks",
  dependencies: [
    .package(name: "tracer-shm", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    .executableTarget(
      name: "RingBenchmarks",
      dependencies: [
        .product(name: "Benchmark", package: "benchmark"),
        .product(name: "TracerShm", package: "tracer-shm"),
      ],
      path: "Benchmarks/RingBenchmarks",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
  ]
)
