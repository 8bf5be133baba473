// The values that options choose from.

import ArgumentParser

/// A kind of region as named on the command line and in result documents.
enum Backing: String, CaseIterable, ExpressibleByArgument, Codable {
  case anonymous
  case memfd
  case shm
  case file
  case fileTmpfs = "file-tmpfs"

  /// What is measured if nothing is asked for: the four kinds; a file on tmpfs is the fifth.
  static let standard: [Backing] = [.anonymous, .memfd, .shm, .file]
}

/// The kind of ring.
enum RingKind: String, CaseIterable, ExpressibleByArgument, Codable {
  case slots
  case records
}

/// When a writer publishes.
enum Publish: String, CaseIterable, ExpressibleByArgument, Codable {
  case every
  case adaptive
  case explicit
}

/// The spacing of messages of the open loop.
enum Arrival: String, CaseIterable, ExpressibleByArgument, Codable {
  case fixed
  case poisson
}

/// Huge pages for regions.
enum HugePages: String, CaseIterable, ExpressibleByArgument, Codable {
  case never
  case advise
  case always
}

/// How results are written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument {
  case table
  case json
  case markdown
  case junit
  case html
  case hgrm
  case benchmark
}
