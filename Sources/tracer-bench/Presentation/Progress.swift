// One line on the terminal that says how far a run is; nothing anywhere else.

final class Progress {
  private let isShown: Bool
  /// The part of the whole run that the current step takes, and what lies before it.
  private var step = (start: 0.0, length: 1.0)
  private var shown = ""

  init(isShown: Bool) { self.isShown = isShown }

  /// The next step of the run takes up `length` (0…1) of it, from `start` on.
  func beginStep(start: Double, length: Double) { step = (start, length) }

  /// Shows that `fraction` (0…1) of the current step is done.
  func show(_ title: String, _ fraction: Double) {
    guard isShown else { return }
    let done = step.start + step.length * min(max(fraction, 0), 1)
    let width = 24
    let filled = Int(done * Double(width))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    let line = "[\(bar)] \(Int(done * 100)) %  \(title)"
    guard line != shown else { return }
    shown = line
    // Back to the start of the line; clear to its end.
    StandardError.print("\r\u{1B}[K\(line)", terminator: "")
  }

  /// Clears the line.
  func end() {
    guard isShown, !shown.isEmpty else { return }
    StandardError.print("\r\u{1B}[K", terminator: "")
  }
}
