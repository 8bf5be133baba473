// The entry of the fuzz target: libFuzzer drives it, with the address sanitizer watching every
// access. Built by `scripts/fuzz` alone.
//
//     input:  first byte 0…: what it is played against, the rest: what a hostile peer does

/// libFuzzer's driver, as its documentation declares it.
@_extern(c, "LLVMFuzzerRunDriver")
func runFuzzer(
  _ argumentCount: UnsafeMutablePointer<Int32>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Plays one input. Whatever stands in it, this returns.
private func play(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  var input = FuzzInput(UnsafeBufferPointer(start: start, count: count))
  switch input.byte() % 3 {
  case 0: RegionFuzzer.drainAndRecover(&input)
  case 1: TraceFuzzer.readBlocks(&input)
  default: TraceFuzzer.readBytes(&input)
  }
  return 0
}

var argumentCount = CommandLine.argc
var arguments = CommandLine.unsafeArgv
exitCode(runFuzzer(&argumentCount, &arguments, play))
