#define _GNU_SOURCE
#include "wake.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int platform_lock_byte(int descriptor, int64_t offset, int wait) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
  int result;
  do result = fcntl(descriptor, wait ? F_OFD_SETLKW : F_OFD_SETLK, &lock);
  while (result != 0 && errno == EINTR);
  return result;
}

// One for each controller of this process, of which a program has a few.
enum { UNSHARED_CAPACITY = 64 };
// The descriptor plus one; zero for an empty place.
static _Atomic int unshared[UNSHARED_CAPACITY];
static pthread_once_t unshared_once = PTHREAD_ONCE_INIT;
static int unshared_error;

// In the child, whose only thread this is: async-signal-safe calls only.
static void close_in_child(void) {
  for (int i = 0; i < UNSHARED_CAPACITY; i++) {
    const int descriptor = atomic_exchange(&unshared[i], 0) - 1;
    if (descriptor >= 0) close(descriptor);
  }
}

static void install_unshared(void) { unshared_error = pthread_atfork(NULL, NULL, close_in_child); }

int platform_close_on_fork(int descriptor) {
  pthread_once(&unshared_once, install_unshared);
  if (unshared_error != 0) {
    errno = unshared_error;
    return -1;
  }
  for (int i = 0; i < UNSHARED_CAPACITY; i++) {
    int empty = 0;
    if (atomic_compare_exchange_strong(&unshared[i], &empty, descriptor + 1)) return 0;
  }
  errno = ENOSPC;
  return -1;
}

void platform_unlock_and_close(int descriptor, int64_t offset) {
  for (int i = 0; i < UNSHARED_CAPACITY; i++) {
    int expected = descriptor + 1;
    if (!atomic_compare_exchange_strong(&unshared[i], &expected, 0)) continue;
    struct flock lock = {.l_type = F_UNLCK, .l_whence = SEEK_SET, .l_start = offset, .l_len = 1};
    fcntl(descriptor, F_OFD_SETLK, &lock);
    close(descriptor);
    return;
  }
}

int platform_copy_descriptor(int pidfd, int descriptor) {
  return (int)syscall(SYS_pidfd_getfd, pidfd, descriptor, 0);
}

int platform_is_event(int descriptor) {
  char path[64], target[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
  const ssize_t length = readlink(path, target, sizeof target);
  static const char event[] = "anon_inode:[eventfd]";
  if (length != sizeof event - 1 || memcmp(target, event, sizeof event - 1) != 0) return 0;
  const int flags = fcntl(descriptor, F_GETFL);
  return flags >= 0 && (flags & O_NONBLOCK) != 0;
}

static struct timespec duration(uint64_t nanoseconds) {
  return (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000u),
                           .tv_nsec = (long)(nanoseconds % 1000000000u)};
}

int platform_poll(struct pollfd *requests, size_t count, uint64_t timeout_nanoseconds) {
  const struct timespec timeout = duration(timeout_nanoseconds);
  return ppoll(requests, count, &timeout, NULL);
}

void *platform_semaphore_open(const char *name, mode_t mode) {
  sem_t *semaphore = sem_open(name, mode > 0 ? O_CREAT : 0, mode, 0);
  return semaphore == SEM_FAILED ? NULL : semaphore;
}

int platform_semaphore_unlink(const char *name) { return sem_unlink(name); }

int platform_semaphore_take(void *semaphore, uint64_t timeout_nanoseconds) {
  struct timespec until;
  if (clock_gettime(CLOCK_MONOTONIC, &until) != 0) return -1;
  const struct timespec timeout = duration(timeout_nanoseconds);
  until.tv_sec += timeout.tv_sec + (until.tv_nsec + timeout.tv_nsec) / 1000000000;
  until.tv_nsec = (until.tv_nsec + timeout.tv_nsec) % 1000000000;
  if (sem_clockwait(semaphore, CLOCK_MONOTONIC, &until) != 0)
    return errno == ETIMEDOUT || errno == EINTR ? 0 : -1;
  // Agents post once per announcement; a corrupt one could post for ever.
  enum { MOST = 1024 };
  for (int i = 0; i < MOST && sem_trywait(semaphore) == 0; i++) {
  }
  return 1;
}

void *platform_map_wiped_on_fork(size_t byte_count) {
  void *start =
      mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  if (madvise(start, byte_count, MADV_WIPEONFORK) == 0) return start;
  const int error = errno;
  munmap(start, byte_count);
  errno = error;
  return NULL;
}

pid_t platform_thread_identifier(void) { return (pid_t)syscall(SYS_gettid); }
