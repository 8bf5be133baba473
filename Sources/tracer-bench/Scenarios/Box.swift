// A place for a handle that cannot be copied, so that the closure of a worker's slices can keep it.
//
// Reached once a slice; the loops work on locals.

final class Box<Value: ~Copyable> {
  var value: Value
  init(_ value: consuming Value) { self.value = value }
}
