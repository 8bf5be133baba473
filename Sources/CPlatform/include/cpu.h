// Processor hints and the time-stamp counter. Each has an x86-64 form, an aarch64 form and a
// portable fallback. All are inlined into their callers: they stand on hot paths.
#pragma once
#include <stdint.h>
#if !defined(__x86_64__) && !defined(__aarch64__)
#include <time.h>
#endif

/// Reads the free-running counter, without serialisation. Unit: counter ticks.
static inline __attribute__((always_inline)) uint64_t platform_counter(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t value;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(value));
  return value;
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

/// Tells the processor that this is a spin loop.
static inline __attribute__((always_inline)) void platform_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#endif
}

/// Asks for the line at `address` in a state that can be written.
static inline __attribute__((always_inline)) void platform_prefetch_write(const void *address) {
#if defined(__x86_64__)
  // The builtin falls back to a prefetch for reading unless the compiler may assume PRFCHW: the
  // line would arrive shared, and the store would ask for it a second time. Processors without
  // the instruction treat it as a no-op.
  __asm__ volatile("prefetchw %0" : : "m"(*(const char *)address));
#else
  __builtin_prefetch(address, 1, 3);
#endif
}

/// Asks for the line at `address` for reading.
static inline __attribute__((always_inline)) void platform_prefetch_read(const void *address) {
  __builtin_prefetch(address, 0, 3);
}
