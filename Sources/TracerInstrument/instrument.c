// The ready-made agent: hooks that the compiler calls at every function's entry and exit.
//
//     hook ── lane? ── yes ─▶ one record into the thread's index lane
//               │ no
//               ▼
//             slow path: attach the thread, or count what cannot be recorded
//
// Runs in somebody else's program, on any of its threads, in signal handlers, before main and after
// it. Nothing here is instrumented itself, takes a lock that a hook could meet again, or calls into
// the library before this thread's slow path has begun; a hook within the slow path (a signal
// handler, an allocator built with instrumentation) is counted and returns.
//
// A thread that ends gives its lanes back by a key's destructor, in the last round of destructors.
// A process that ends does nothing: what was written is in shared memory, and the controller
// collects it once the process is gone. That serves a crash and a kill as well.
#define _GNU_SOURCE
#include "modules.h"
#include "tracer_instrument.h"
#include "tracer_shm.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIKELY(condition) __builtin_expect(condition, 1)

// All that is seen from outside.
#define EXPORTED __attribute__((visibility("default")))
EXPORTED HOOK void __cyg_profile_func_enter(void *function, void *call_site);
EXPORTED HOOK void __cyg_profile_func_exit(void *function, void *call_site);
EXPORTED HOOK int dlclose(void *object);

// Where a thread stands.
enum { UNKNOWN, BUSY, ATTACHED, SLOTLESS, ENDED, OFF };

// After how many events a thread without a slot asks again.
enum { EVENTS_BETWEEN_ATTEMPTS = 256 };

// On the fast path: the handle alone. Initial-exec: one instruction instead of a call.
static __thread TracerShmThread *own_thread __attribute__((tls_model("initial-exec")));
static __thread struct {
  int state;
  int destructor_rounds;
  uint32_t events_without_slot;
} own __attribute__((tls_model("initial-exec")));

// Of the process; stored once by the constructor, before any other thread of it exists, or by a
// forked child's only thread.
static TracerShm *region;
static bool is_ready;
static bool follows_fork;
static uint64_t image;
static pthread_key_t end_of_thread;
// Hooks that ran before the constructor did.
static atomic_ullong early_events;

// ------------------------------------------------------------------------------------- threads --

HOOK static void complain(const char *what, const char *why) {
  fprintf(stderr, "tracer_instrument: nothing is traced: %s: %s\n", what, why);
}

HOOK static void attach(void) {
  own.state = BUSY;
  TracerShmThread *thread = NULL;
  TracerShmStatus status = tracer_shm_attach(region, &thread);
  if (status != TRACER_SHM_OK) {
    // A controller that closes a region opens it again when it finds threads in it.
    bool asks_again = status == TRACER_SHM_NO_SLOT || status == TRACER_SHM_CLOSING;
    own.events_without_slot = 0;
    own.state = asks_again ? SLOTLESS : OFF;
    if (status == TRACER_SHM_CLOSING) tracer_shm_count_unattached(region);
    return;
  }
  tracer_shm_write_index(thread, TRACER_INSTRUMENT_THREAD, &image, sizeof image);
  record_modules(thread, image);
  pthread_setspecific(end_of_thread, thread);
  // Last: a signal handler that gets in between must not write before these records.
  atomic_signal_fence(memory_order_release);
  own_thread = thread;
  atomic_signal_fence(memory_order_release);
  own.state = ATTACHED;
}

// Called in rounds, together with the destructors of the program's keys, which may be traced: the
// lanes are given back in the last round.
HOOK static void end_thread(void *thread) {
  if (++own.destructor_rounds < PTHREAD_DESTRUCTOR_ITERATIONS &&
      pthread_setspecific(end_of_thread, thread) == 0)
    return;
  own.state = BUSY;
  own_thread = NULL;
  tracer_shm_detach(thread);
  own.state = ENDED;
}

// A hook without a lane. Returns whether there is one now.
HOOK __attribute__((noinline, cold)) static bool find_lane(void) {
  if (!__atomic_load_n(&is_ready, __ATOMIC_ACQUIRE)) {
    atomic_fetch_add_explicit(&early_events, 1, memory_order_relaxed);
    return false;
  }
  if (region == NULL) {
    own.state = OFF;
    return false;
  }
  bool asks = own.state == UNKNOWN ||
              (own.state == SLOTLESS && ++own.events_without_slot % EVENTS_BETWEEN_ATTEMPTS == 0);
  if (asks) attach();
  if (own.state == ATTACHED) return true;
  // Asking in vain was counted by the library.
  if (!asks || own.state != SLOTLESS) tracer_shm_count_unattached(region);
  return false;
}

// A record was not taken. Losses are counted in the region; only a handle that is gone matters:
// this is a forked child, which finds its parent's lanes detached.
HOOK __attribute__((noinline, cold)) static bool find_lane_after_fork(TracerShmStatus status) {
  if (status != TRACER_SHM_DETACHED || own.state != ATTACHED) return false;
  own_thread = NULL;
  own.state = follows_fork ? UNKNOWN : OFF;
  return follows_fork && find_lane();
}

// A forked child that is not followed has no region, whatever thread of it asks.
HOOK static void leave_parent(void) {
  if (!follows_fork) region = NULL;
}

// --------------------------------------------------------------------------------------- hooks --

HOOK void __cyg_profile_func_enter(void *function, void *call_site) {
  const uint64_t words[2] = {(uintptr_t)function, (uintptr_t)call_site};
  if (!LIKELY(own_thread != NULL)) {
    if (own.state == OFF || !find_lane()) return;
  }
  TracerShmStatus status = tracer_shm_write_index_at(own_thread, TRACER_INSTRUMENT_ENTER,
                                                     TRACER_SHM_NOW, words, sizeof words);
  if (LIKELY(status == TRACER_SHM_OK) || !find_lane_after_fork(status)) return;
  tracer_shm_write_index_at(own_thread, TRACER_INSTRUMENT_ENTER, TRACER_SHM_NOW, words,
                            sizeof words);
}

HOOK void __cyg_profile_func_exit(void *function, void *call_site) {
  (void)call_site;
  const uint64_t word = (uintptr_t)function;
  if (!LIKELY(own_thread != NULL)) {
    if (own.state == OFF || !find_lane()) return;
  }
  TracerShmStatus status = tracer_shm_write_index_at(own_thread, TRACER_INSTRUMENT_EXIT,
                                                     TRACER_SHM_NOW, &word, sizeof word);
  if (LIKELY(status == TRACER_SHM_OK) || !find_lane_after_fork(status)) return;
  tracer_shm_write_index_at(own_thread, TRACER_INSTRUMENT_EXIT, TRACER_SHM_NOW, &word,
                            sizeof word);
}

// ---------------------------------------------------------------------------- begin and end ----

// Opens what TRACER_SHM_REGION names.
HOOK static TracerShmStatus open_region(const char *place, char *message, size_t size) {
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.message = message;
  options.message_size = size;
  if (getenv("TRACER_SHM_PREFAULT") != NULL) options.flags |= TRACER_SHM_PREFAULT;
  if (strncmp(place, "shm:", 4) == 0) {
    options.kind = TRACER_SHM_NAMED;
    options.name = place + 4;
    return tracer_shm_open(&options, &region);
  }
  if (strncmp(place, "file:", 5) == 0) {
    options.kind = TRACER_SHM_FILE;
    options.name = place + 5;
    return tracer_shm_open(&options, &region);
  }
  if (strncmp(place, "fd:", 3) == 0) {
    char *end;
    long number = strtol(place + 3, &end, 10);
    // A copy: programs that this one starts inherit the original as it did.
    int copy = *end == 0 && end != place + 3 && number >= 0 && number <= INT_MAX
                   ? fcntl((int)number, F_DUPFD_CLOEXEC, 0)
                   : -1;
    if (copy < 0) return TRACER_SHM_NOT_FOUND;
    options.kind = TRACER_SHM_MEMFD;
    return tracer_shm_adopt(copy, &options, &region);
  }
  return TRACER_SHM_INVALID_NAME;
}

// Early, among the constructors of the program.
HOOK __attribute__((constructor(101))) static void begin(void) {
  const char *place = getenv("TRACER_SHM_REGION");
  if (place != NULL && *place != 0) {
    const char *fork_rule = getenv("TRACER_SHM_FORK");
    follows_fork = fork_rule != NULL && strcmp(fork_rule, "attach") == 0;
    char message[512] = "";
    TracerShmStatus status = open_region(place, message, sizeof message);
    if (status != TRACER_SHM_OK) {
      region = NULL;
      complain(place, message[0] != 0 ? message : tracer_shm_status_text(status));
    } else if (pthread_key_create(&end_of_thread, end_thread) != 0 ||
               pthread_atfork(NULL, NULL, leave_parent) != 0) {
      tracer_shm_close(region);
      region = NULL;
      complain(place, "this process has no memory or no thread-specific key left");
    } else {
      // Differs between images that share a region, programs of one process included.
      image = tracer_shm_counter() ^ (uint64_t)getpid() << 40;
      for (uint64_t rest = atomic_load(&early_events); rest > 0; rest--)
        tracer_shm_count_unattached(region);
    }
  }
  __atomic_store_n(&is_ready, true, __ATOMIC_RELEASE);
}

// Modules that were loaded since. The lanes stay: functions run after this one, too.
HOOK __attribute__((destructor(101))) static void end(void) {
  if (own_thread != NULL && own.state == ATTACHED) record_modules(own_thread, image);
}

// In front of the system's, which it calls. What goes is written down while it is there, and that it
// is gone afterwards: other objects may be loaded at its addresses next. That goes out at once, since
// other threads' rings may hold such addresses soon.
HOOK int dlclose(void *object) {
  int (*next)(void *);
  *(void **)&next = dlsym(RTLD_NEXT, "dlclose");
  if (next == NULL) return -1;
  if (own_thread != NULL && own.state == ATTACHED) record_modules(own_thread, image);
  int result = next(object);
  if (own_thread != NULL && own.state == ATTACHED && record_modules(own_thread, image))
    tracer_shm_flush(own_thread);
  return result;
}
