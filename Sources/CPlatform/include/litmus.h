// What a litmus test needs from compiler and processor besides its accesses.
#pragma once
#include <stdint.h>

/// No access moves across it in the compiler: instances of a test are not merged.
static inline __attribute__((always_inline)) void platform_compiler_barrier(void) {
  __asm__ volatile("" ::: "memory");
}

/// Zero, computed from `value` where neither compiler nor processor can see that it is zero: an
/// address made with it depends on `value`.
static inline __attribute__((always_inline)) uint64_t platform_dependent_zero(uint64_t value) {
#if defined(__aarch64__)
  uint64_t zero;
  __asm__ volatile("eor %0, %1, %1" : "=r"(zero) : "r"(value));
  return zero;
#else
  // On x86-64 loads stay in order without it; elsewhere the compiler at least keeps the value.
  __asm__ volatile("" : "+r"(value));
  return value & 0;
#endif
}
