/* Hooks that count, in front of those that trace: loaded first (LD_PRELOAD), they give a program's
 * own number of events to compare a trace with. At exit each process adds a line to the file that
 * COUNT_HOOKS_FILE names: its number, the count. With COUNT_HOOKS_ONLY set, counting is all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define HOOK __attribute__((no_instrument_function))

typedef void (*Hook)(void *, void *);
HOOK void __cyg_profile_func_enter(void *function, void *call_site);
HOOK void __cyg_profile_func_exit(void *function, void *call_site);

/* Threads count by themselves, each on lines of its own; the last place is shared. */
enum { PLACES = 256 };
static struct {
  atomic_ullong count;
  char rest[128 - sizeof(atomic_ullong)];
} places[PLACES];
static atomic_int used_places;
static __thread int own_place __attribute__((tls_model("initial-exec")));
static Hook next_enter, next_exit;

HOOK static void count(void) {
  if (own_place == 0) {
    int place = atomic_fetch_add(&used_places, 1) + 1;
    own_place = place < PLACES ? place : PLACES;
  }
  atomic_ullong *counter = &places[own_place - 1].count;
#if defined(__x86_64__)
  /* One instruction: a signal handler of this thread comes before or after it. */
  if (own_place != PLACES) {
    __asm__ volatile("incq %0" : "+m"(*(uint64_t *)counter));
    return;
  }
#endif
  atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

void __cyg_profile_func_enter(void *function, void *call_site) {
  count();
  if (next_enter != NULL) next_enter(function, call_site);
}

void __cyg_profile_func_exit(void *function, void *call_site) {
  count();
  if (next_exit != NULL) next_exit(function, call_site);
}

HOOK static void forget_parents(void) {
  for (int place = 0; place < PLACES; place++) atomic_store(&places[place].count, 0);
}

HOOK __attribute__((constructor(101))) static void begin(void) {
  pthread_atfork(NULL, NULL, forget_parents);
  if (getenv("COUNT_HOOKS_ONLY") != NULL) return;
  *(void **)&next_enter = dlsym(RTLD_NEXT, "__cyg_profile_func_enter");
  *(void **)&next_exit = dlsym(RTLD_NEXT, "__cyg_profile_func_exit");
}

HOOK __attribute__((destructor(101))) static void end(void) {
  const char *path = getenv("COUNT_HOOKS_FILE");
  if (path == NULL) return;
  unsigned long long sum = 0;
  for (int place = 0; place < PLACES; place++) sum += atomic_load(&places[place].count);
  char line[64];
  int length = snprintf(line, sizeof line, "%d %llu\n", (int)getpid(), sum);
  int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return;
  if (write(file, line, (size_t)length) != length) perror(path);
  close(file);
}
