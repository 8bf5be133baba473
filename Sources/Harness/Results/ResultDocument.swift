// One run as a document: schema `tracer-bench/v1`.
//
// Other programs read it: fields are added freely and never renamed. A reader ignores what it does
// not know; what is not listed as stable in the documentation may be absent.

/// A document of schema `tracer-bench/v1`.
public struct ResultDocument: Codable, Equatable, Sendable {
  /// The name of the schema.
  public static let schemaName = "tracer-bench/v1"

  /// The schema: `tracer-bench/v1`.
  public var schema = ResultDocument.schemaName
  /// The program that measured.
  public var tool: Tool
  /// The machine measured on.
  public var environment: Environment
  /// The kind of machine, in short.
  public var fingerprint: String
  /// When the run started, in UTC: `2026-01-31T09:05:00Z`.
  public var started: String?
  /// Figures of the machine that the cases are held against, by name; units in the name.
  public var calibration: [String: Double]?
  /// What was measured.
  public var cases: [Case]
  /// Comparisons within this run.
  public var verdicts: [Verdict]
  /// What a reader must know before believing a figure.
  public var warnings: [String]

  /// A document without cases.
  public init(tool: Tool, environment: Environment) {
    self.tool = tool
    self.environment = environment
    fingerprint = environment.fingerprint
    cases = []
    verdicts = []
    warnings = []
  }

  /// The program that measured.
  public struct Tool: Codable, Equatable, Sendable {
    /// `tracer-bench`.
    public var name: String?
    /// The program's version.
    public var version: String?
    /// The source's commit, where it is known.
    public var commit: String?
    /// Whether the source had changes beyond the commit.
    public var dirty: Bool?
    /// The compiler.
    public var compiler: String?
    /// `release` or `debug`; figures of the latter are not performance.
    public var configuration: String

    /// Describes the program.
    public init(
      name: String? = nil, version: String? = nil, commit: String? = nil, dirty: Bool? = nil,
      compiler: String? = nil, configuration: String
    ) {
      self.name = name
      self.version = version
      self.commit = commit
      self.dirty = dirty
      self.compiler = compiler
      self.configuration = configuration
    }
  }

  /// One case: a scenario with its parameters, and its figures.
  public struct Case: Codable, Equatable, Sendable {
    /// Unique within the document and stable: `throughput/memfd/slots/64x65536/adaptive`.
    public var id: String
    /// `throughput`, `latency` …
    public var experiment: String
    /// What distinguishes the case.
    public var parameters: [String: Parameter]
    /// Whether every record was checked.
    public var verified: Bool
    /// How many records were moved.
    public var records: UInt64
    /// The figures.
    public var metrics: [Metric]
    /// The slices or launches, in order.
    public var launches: [Launch]?
    /// What a reader must know of this case.
    public var notes: [String]?

    /// Describes a case.
    public init(
      id: String, experiment: String, parameters: [String: Parameter], verified: Bool,
      records: UInt64, metrics: [Metric], launches: [Launch]? = nil, notes: [String]? = nil
    ) {
      self.id = id
      self.experiment = experiment
      self.parameters = parameters
      self.verified = verified
      self.records = records
      self.metrics = metrics
      self.launches = launches
      self.notes = notes
    }
  }

  /// One figure of a case.
  public struct Metric: Codable, Equatable, Sendable {
    /// `throughput`, `roundTrip.p50` …
    public var name: String
    /// `records/s`, `bytes/s`, `ns`, `records` …
    public var unit: String
    /// The median.
    public var median: Double
    /// Where the median lies: two numbers.
    public var interval: [Double]?
    /// The probability with which such intervals cover the truth.
    public var coverage: Double?
    /// The limit measured beside it, in the same unit.
    public var limit: Double?
    /// Figure ÷ limit.
    public var shareOfLimit: Double?
    /// Where the share lies: two numbers.
    public var shareInterval: [Double]?

    /// Describes a figure.
    public init(
      name: String, unit: String, median: Double, interval: Interval? = nil, limit: Double? = nil,
      share: Estimate? = nil
    ) {
      self.name = name
      self.unit = unit
      self.median = median
      self.interval = interval.map { [$0.low, $0.high] }
      coverage = interval?.coverage
      self.limit = limit
      shareOfLimit = share?.value ?? limit.flatMap { $0 > 0 ? median / $0 : nil }
      shareInterval = share.map { [$0.interval.low, $0.interval.high] }
    }
  }

  /// One slice or launch of a case.
  public struct Launch: Codable, Equatable, Sendable {
    /// Its place in the run.
    public var order: Int
    /// Its figures by metric.
    public var samples: [String: Double]

    /// Describes a launch.
    public init(order: Int, samples: [String: Double]) {
      self.order = order
      self.samples = samples
    }
  }

  /// A comparison of two cases of this run.
  public struct Verdict: Codable, Equatable, Sendable {
    /// What was compared.
    public var metric: String
    /// The case compared.
    public var subject: String
    /// The case it was compared with.
    public var base: String
    /// `faster`, `slower`, `noDifferenceFound` or `tooFewSamples`.
    public var outcome: String
    /// The factor (above one where faster or slower; subject ÷ base else).
    public var factor: Double?
    /// Where the factor lies: two numbers.
    public var interval: [Double]?
    /// The smallest difference that the run would have found, as a fraction.
    public var smallestDetectable: Double?

    /// The verdict of a comparison of `subject` with `base`.
    public init(metric: String, subject: String, base: String, _ comparison: Comparison) {
      self.metric = metric
      self.subject = subject
      self.base = base
      let estimate: Estimate?
      switch comparison {
      case .faster(let found): (outcome, estimate) = ("faster", found)
      case .slower(let found): (outcome, estimate) = ("slower", found)
      case .noDifferenceFound(let found, let smallest):
        (outcome, estimate) = ("noDifferenceFound", found)
        // Without bound where there were too few samples to speak of power: not a number of JSON.
        smallestDetectable = smallest.isFinite ? smallest : nil
      case .tooFewSamples: (outcome, estimate) = ("tooFewSamples", nil)
      }
      factor = estimate?.value
      interval = estimate.map { [$0.interval.low, $0.interval.high] }
    }
  }
}

/// A parameter of a case: text, number or truth value.
public enum Parameter: Codable, Equatable, Sendable {
  /// Words, such as a region kind.
  case text(String)
  /// A whole number.
  case integer(Int)
  /// A number.
  case number(Double)
  /// Yes or no.
  case flag(Bool)

  /// Reads whichever it is.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let integer = try? container.decode(Int.self) {
      self = .integer(integer)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Writes the plain value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let text): try container.encode(text)
    case .integer(let integer): try container.encode(integer)
    case .number(let number): try container.encode(number)
    case .flag(let flag): try container.encode(flag)
    }
  }
}
