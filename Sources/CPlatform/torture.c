#define _GNU_SOURCE
#include "torture.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <semaphore.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int platform_move_process(pid_t process, int cpu) {
  // As large as `platform_pin_to_cpu` has it.
  unsigned long words[8192 / (8 * sizeof(unsigned long))];
  const size_t bits_per_word = 8 * sizeof words[0];
  if (cpu < 0 || (size_t)cpu >= 8 * sizeof words) {
    errno = EINVAL;
    return -1;
  }
  memset(words, 0, sizeof words);
  words[(size_t)cpu / bits_per_word] = 1ul << ((size_t)cpu % bits_per_word);
  return (int)syscall(SYS_sched_setaffinity, process, sizeof words, words);
}

int platform_set_nice(pid_t process, int nice) {
  return setpriority(PRIO_PROCESS, (id_t)process, nice);
}

int platform_event_make(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int platform_event_signal(int event) {
  const uint64_t one = 1;
  // A counter that is full is signalled already.
  return write(event, &one, sizeof one) == sizeof one || errno == EAGAIN ? 0 : -1;
}

int platform_event_wait(int event, int milliseconds) {
  struct pollfd request = {.fd = event, .events = POLLIN};
  const int ready = poll(&request, 1, milliseconds);
  if (ready < 0) return errno == EINTR ? 0 : -1;
  if (ready == 0) return 0;
  uint64_t count;
  return read(event, &count, sizeof count) == sizeof count ? 1 : errno == EAGAIN ? 0 : -1;
}

void *platform_semaphore_make(const char *name) {
  sem_t *semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, 0);
  if (semaphore == SEM_FAILED) return NULL;
  sem_unlink(name);
  return semaphore;
}

int platform_semaphore_signal(void *semaphore) { return sem_post(semaphore); }

int platform_semaphore_wait(void *semaphore, int milliseconds) {
  struct timespec until;
  if (clock_gettime(CLOCK_REALTIME, &until) != 0) return -1;
  const long nanoseconds = until.tv_nsec + (milliseconds % 1000) * 1000000L;
  until.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000L;
  until.tv_nsec = nanoseconds % 1000000000L;
  if (sem_timedwait(semaphore, &until) != 0) {
    return errno == ETIMEDOUT || errno == EINTR ? 0 : -1;
  }
  while (sem_trywait(semaphore) == 0) {
  }
  return 1;
}

void platform_semaphore_close(void *semaphore) { sem_close(semaphore); }

int platform_touch_memory(uint64_t byte_count) {
  char *start = mmap(NULL, byte_count, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return -1;
  const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
  for (uint64_t offset = 0; offset < byte_count; offset += page) {
    ((volatile char *)start)[offset] = 1;
  }
  return munmap(start, byte_count);
}
