// Functions whose names in the symbol table are mangled.
namespace shapes {
template <typename Number>
struct Square {
  Number side;
  __attribute__((noinline)) Number area() const { return side * side; }
};
}  // namespace shapes

int main() {
  int sum = 0;
  for (int side = 0; side < 10; side++) sum += shapes::Square<int>{side}.area();
  return sum == 285 ? 0 : 1;
}
