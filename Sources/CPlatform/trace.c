#define _GNU_SOURCE
#include "trace.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

int platform_trace_stop_here(void) {
  static int is_traced;
  if (!is_traced) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) return -1;
    is_traced = 1;
  }
  return raise(SIGSTOP);
}

// The signal that the last stop was about, to be delivered when the child goes on. One child is
// traced at a time.
static int pending_signal;

int platform_trace_wait(pid_t process) {
  siginfo_t information = {0};
  // A dead child stays in place: whoever started it reaps it.
  while (waitid(P_PID, (id_t)process, &information, WEXITED | WSTOPPED | WNOWAIT) != 0)
    if (errno != EINTR) return -1;
  if (information.si_code != CLD_TRAPPED && information.si_code != CLD_STOPPED) return 0;
  int status = 0;
  while (waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return -1;
  const int signal_number = WSTOPSIG(status);
  // Steps end with SIGTRAP, and the child's own stop with SIGSTOP: neither is meant for it.
  pending_signal = signal_number == SIGTRAP || signal_number == SIGSTOP ? 0 : signal_number;
  return 1;
}

int platform_trace_step(pid_t process) {
  if (ptrace(PTRACE_SINGLESTEP, process, NULL, (void *)(long)pending_signal) != 0) return -1;
  return platform_trace_wait(process);
}

int platform_trace_continue(pid_t process) {
  return ptrace(PTRACE_CONT, process, NULL, (void *)(long)pending_signal) == 0 ? 0 : -1;
}

static uint64_t within_image(uint64_t address) {
  Dl_info image;
  if (!dladdr((void *)(uintptr_t)platform_trace_stop_here, &image)) return address;
  const uint64_t base = (uint64_t)(uintptr_t)image.dli_fbase;
  return address >= base ? address - base : address;
}

uint64_t platform_trace_address(pid_t process) {
  struct user_regs_struct registers;
  struct iovec area = {&registers, sizeof registers};
  if (ptrace(PTRACE_GETREGSET, process, (void *)NT_PRSTATUS, &area) != 0) return 0;
#if defined(__x86_64__)
  return within_image(registers.rip);
#elif defined(__aarch64__)
  return within_image(registers.pc);
#else
  return 0;
#endif
}
