#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

pid_t platform_fork(void) { return fork(); }

int platform_pin_to_cpu(int cpu) {
  // The kernel accepts any length: a set of this size covers every configuration of Linux today.
  unsigned long words[8192 / (8 * sizeof(unsigned long))];
  const size_t bits_per_word = 8 * sizeof words[0];
  if (cpu < 0 || (size_t)cpu >= 8 * sizeof words) {
    errno = EINVAL;
    return -1;
  }
  memset(words, 0, sizeof words);
  words[(size_t)cpu / bits_per_word] = 1ul << ((size_t)cpu % bits_per_word);
  return (int)syscall(SYS_sched_setaffinity, 0, sizeof words, words);
}

int platform_allow_cpus(const uint64_t *words, size_t count) {
  return (int)syscall(SYS_sched_setaffinity, 0, count * sizeof *words, words);
}

int platform_current_cpu(void) { return sched_getcpu(); }

int platform_allowed_cpus(uint64_t *words, size_t capacity) {
  memset(words, 0, capacity * sizeof *words);
  const long bytes = syscall(SYS_sched_getaffinity, 0, capacity * sizeof *words, words);
  return bytes < 0 ? -1 : (int)((size_t)bytes / sizeof *words);
}

int platform_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

int platform_message_pair(int descriptors[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, descriptors);
}

int platform_counter_is_invariant(void) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  if (!__get_cpuid(0x80000007, &a, &b, &c, &d)) return -1;
  return (int)((d >> 8) & 1);
#elif defined(__aarch64__)
  return 1;  // The architecture fixes the rate of the generic timer.
#else
  return -1;
#endif
}

int platform_file_system(const char *path, uint64_t *magic) {
  struct statfs status;
  if (statfs(path, &status) != 0) return -1;
  *magic = (uint64_t)(uint32_t)status.f_type;
  return 0;
}

int platform_hypervisor(char signature[13]) {
#if defined(__x86_64__)
  unsigned a, b, c, d;
  __cpuid(1, a, b, c, d);
  if (((c >> 31) & 1) == 0) return 0;
  __cpuid(0x40000000, a, b, c, d);
  memcpy(signature, &b, 4);
  memcpy(signature + 4, &c, 4);
  memcpy(signature + 8, &d, 4);
  signature[12] = 0;
  return 1;
#else
  signature[0] = 0;
  return -1;
#endif
}
