// The entry of tracer-bench: subcommands, and how an error becomes one line and an exit code.
//
// All commands are synchronous: worker processes are forked, and `fork` is only safe in a process
// that never started a thread, so nothing here may touch Dispatch or the concurrency runtime.

import ArgumentParser
import Glibc

@main
struct TracerBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tracer-bench",
    abstract: "Measures and tests lock-free tracing over shared memory, between processes.",
    discussion: """
      EXAMPLES
        tracer-bench                                  everything, side by side, under 90 s
        tracer-bench throughput --size 64 --capacity 65536 --publish adaptive
        tracer-bench latency --backing memfd --backing file --path /var/tmp
        tracer-bench latency --rate 100000 --arrival poisson
        tracer-bench stress --pairs 4 --duration 30 --seed 7
        tracer-bench collect --output run.trace -- ./program --its arguments
        tracer-bench compare A.json B.json

      EXIT CODES
        0 passed   1 the operation failed   2 regression   3 wrong data   4 inconclusive
        (--strict)   5 environment unfit for measuring   64 usage   130 interrupted
      """,
    version: ToolIdentity.versionText,
    subcommands: commands,
    defaultSubcommand: RunCommand.self
  )

  static let commands: [any ParsableCommand.Type] = [
    RunCommand.self, ThroughputCommand.self, LatencyCommand.self, TracingCommand.self,
    StressCommand.self,
    ModelCommand.self, TortureCommand.self, CrashCommand.self,
    EnvironmentCommand.self, ListCommand.self, CompareCommand.self, InspectCommand.self,
    RecoverCommand.self, CollectCommand.self,
  ]

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
      try StandardOutput.flush()
    } catch let error as BenchError {
      StandardError.print("tracer-bench: \(error)")
      Glibc.exit(error.exitCode)
    } catch let code as ExitCode {
      Glibc.exit(code.rawValue)
    } catch {
      let code = exitCode(for: error)
      // Help and version are "errors" to the parser as well; they go their usual way.
      guard code == .validationFailure else { exit(withError: error) }
      // The first line names the thing; the parser's usage text after it would bury that.
      // It lists many values of an option one below the other.
      let line = message(for: error).replacing("\n  - ", with: " ")
      StandardError.print("tracer-bench: \(line) (see tracer-bench --help)")
      Glibc.exit(code.rawValue)
    }
  }
}
