// The guard against SIGBUS. A file that is cut short under a live mapping makes the next access to
// the lost pages a SIGBUS; the handler puts zeros there and lets the access go on, and the owner of
// the range finds the count. It never jumps out of the interrupted code.
//
// Zeros go from the page that faulted to what is replaced already: a file is cut from its end, so
// all of that is lost. Page by page, an access to every second page of a large region would use up
// the mappings a process may have, and the next fault would end it.
//
// The handler calls `mmap` and touches lock-free atomics only: a bare system call on Linux, safe
// in a signal handler. Ranges are looked up in a fixed table, so that nothing is allocated.
#define _GNU_SOURCE
#include "region.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FREE, FILLING, GUARDED };

struct guarded_range {
  _Atomic int state;
  _Atomic uintptr_t base;
  _Atomic size_t byte_count;
  _Atomic uintptr_t replaced_from;  // the end of the range while nothing is replaced
};

static struct guarded_range ranges[PLATFORM_GUARD_CAPACITY];
static struct sigaction previous;
static uintptr_t page_mask;
static pthread_mutex_t install_lock = PTHREAD_MUTEX_INITIALIZER;
static int installed;

static void chain(int signal, siginfo_t *info, void *context) {
  if (previous.sa_flags & SA_SIGINFO) {
    previous.sa_sigaction(signal, info, context);
    return;
  }
  int sent_by_a_process = info->si_code <= 0;
  if (previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
    return;
  }
  if (previous.sa_handler == SIG_IGN && sent_by_a_process) return;
  // Default: the access that faulted runs again and ends the process with the right status; a
  // signal that was sent does not come again by itself.
  struct sigaction fallback;
  memset(&fallback, 0, sizeof fallback);
  fallback.sa_handler = SIG_DFL;
  sigaction(signal, &fallback, NULL);
  if (sent_by_a_process) raise(signal);
}

static void on_bus_error(int signal, siginfo_t *info, void *context) {
  int saved_errno = errno;
  uintptr_t address = (uintptr_t)info->si_addr;
  // BUS_ADRERR alone means "no such page in the file"; broken memory is not for us to paper over.
  for (int i = 0; info->si_code == BUS_ADRERR && i < PLATFORM_GUARD_CAPACITY; i++) {
    struct guarded_range *range = &ranges[i];
    if (atomic_load_explicit(&range->state, memory_order_acquire) != GUARDED) continue;
    uintptr_t base = atomic_load_explicit(&range->base, memory_order_relaxed);
    size_t byte_count = atomic_load_explicit(&range->byte_count, memory_order_relaxed);
    if (address - base >= byte_count) continue;
    uintptr_t page = address & page_mask;
    uintptr_t end = atomic_load_explicit(&range->replaced_from, memory_order_acquire);
    if (page < end) {  // else another thread was faster, and the access succeeds when run again
      if (mmap((void *)page, end - page, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        break;
      while (page < end && !atomic_compare_exchange_weak_explicit(
                               &range->replaced_from, &end, page, memory_order_release,
                               memory_order_acquire)) {
      }
    }
    errno = saved_errno;
    return;
  }
  chain(signal, info, context);
  errno = saved_errno;
}

static int install(void) {
  int result = 0;
  pthread_mutex_lock(&install_lock);
  if (!installed) {
    page_mask = ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = on_bus_error;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    // Read first: a fault between the two calls must find whom to chain to.
    result = sigaction(SIGBUS, NULL, &previous);
    if (result == 0) result = sigaction(SIGBUS, &action, NULL);
    installed = result == 0;
  }
  pthread_mutex_unlock(&install_lock);
  return result;
}

int platform_guard_range(uintptr_t address, size_t byte_count) {
  if (install() != 0) return -1;
  for (int i = 0; i < PLATFORM_GUARD_CAPACITY; i++) {
    int expected = FREE;
    if (!atomic_compare_exchange_strong(&ranges[i].state, &expected, FILLING)) continue;
    atomic_store_explicit(&ranges[i].base, address, memory_order_relaxed);
    atomic_store_explicit(&ranges[i].byte_count, byte_count, memory_order_relaxed);
    atomic_store_explicit(&ranges[i].replaced_from, address + byte_count, memory_order_relaxed);
    atomic_store_explicit(&ranges[i].state, GUARDED, memory_order_release);
    return i;
  }
  errno = ENOSPC;
  return -1;
}

size_t platform_guard_lost_bytes(int ticket) {
  struct guarded_range *range = &ranges[ticket];
  uintptr_t end = atomic_load_explicit(&range->base, memory_order_relaxed) +
                  atomic_load_explicit(&range->byte_count, memory_order_relaxed);
  return end - atomic_load_explicit(&range->replaced_from, memory_order_acquire);
}

void platform_unguard_range(int ticket) {
  atomic_store_explicit(&ranges[ticket].state, FREE, memory_order_release);
}
