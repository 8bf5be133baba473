/* A program that ends, forks or calls as programs seldom do, built with -finstrument-functions:
 *
 *     odd late N            a child that has closed all descriptors makes N calls when its parent
 *                           has ended
 *     odd stays N           a child that makes N calls, then one every millisecond, and prints its
 *                           number; the parent waits. It ends by a signal other than TERM and HUP
 *     odd idle              a child that calls nothing more and prints its number
 *     odd thread N          a forked child whose thread makes N calls
 *     odd reload A B N      N calls of first_leaf of the object A, and when that is unloaded, 2 N
 *                           calls of second_leaf of B
 *     odd begins T          T threads, each interrupted at its first record by a handler that calls
 *     odd addresses N       N calls of functions that are nowhere
 *     odd module FILE       the record of a module that is FILE, and a call in it
 *     odd slot N            N calls, then a thread slot whose word is none */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "tracer_instrument.h"
#include "tracer_shm.h"

#define HOOK __attribute__((no_instrument_function))

HOOK void __cyg_profile_func_enter(void *function, void *call_site);

static volatile int sink;
static volatile int interrupts;

__attribute__((noinline)) void leaf(int number) { sink = number; }
static void on_signal(int number) { leaf(number); }

static void call_leaf(int count) {
  for (int number = 0; number < count; number++) leaf(number);
}

static void *thread_main(void *count) {
  call_leaf(*(int *)count);
  return NULL;
}

HOOK static void say_child(void) {
  printf("%d\n", (int)getpid());
  fflush(stdout);
}

static void late(int count) {
  if (fork() != 0) return;
  setsid();
  for (int descriptor = 0; descriptor < 64; descriptor++) close(descriptor);
  usleep(400000);
  call_leaf(count);
  exit(0);
}

static void stays(int count) {
  if (fork() == 0) {
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    call_leaf(count);
    for (say_child();; usleep(1000)) leaf(0);
  }
  for (;;) pause();
}

static void idle(void) {
  if (fork() != 0) return;
  say_child();
  for (;;) pause();
}

static void forked_thread(int count) {
  if (fork() == 0) {
    pthread_t thread;
    pthread_create(&thread, NULL, thread_main, &count);
    pthread_join(thread, NULL);
    exit(0);
  }
  wait(NULL);
}

static void *call_in(const char *path, const char *name, int count) {
  void *object = dlopen(path, RTLD_NOW);
  void (*function)(int);
  *(void **)&function = object != NULL ? dlsym(object, name) : NULL;
  if (function == NULL) exit(2);
  for (int number = 0; number < count; number++) function(number);
  dlclose(object);
  return *(void **)&function;
}

static int reload(char **word, int count) {
  void *first = call_in(word[0], "first_leaf", count);
  void *second = call_in(word[1], "second_leaf", 2 * count);
  printf("%s address\n", first == second ? "one" : "another");
  return 0;
}

/* In front of the library's: a signal comes before a thread's first record. */
HOOK TracerShmStatus tracer_shm_write_index(TracerShmThread *thread, uint16_t type,
                                            const void *payload, size_t length) {
  TracerShmStatus (*next)(TracerShmThread *, uint16_t, const void *, size_t);
  *(void **)&next = dlsym(RTLD_NEXT, "tracer_shm_write_index");
  if (interrupts && type == TRACER_INSTRUMENT_THREAD) raise(SIGALRM);
  return next(thread, type, payload, length);
}

static void begins(int threads) {
  int once = 1;
  signal(SIGALRM, on_signal);
  interrupts = 1;
  for (int number = 0; number < threads; number++) {
    pthread_t thread;
    pthread_create(&thread, NULL, thread_main, &once);
    pthread_join(thread, NULL);
  }
}

HOOK static int write_module(const char *path) {
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  TracerShm *region;
  TracerShmThread *thread;
  const char *place = getenv("TRACER_SHM_REGION");
  if (place == NULL || tracer_shm_adopt(dup(atoi(place + 3)), &options, &region) != TRACER_SHM_OK ||
      tracer_shm_attach(region, &thread) != TRACER_SHM_OK)
    return 2;
  struct {
    uint64_t image, bias, begin, end;
    char path[256];
  } module = {1, 0, 0x1000, 0x9000, ""};
  const uint64_t call[2] = {0x2000, 0};
  memcpy(module.path, path, strnlen(path, sizeof module.path));
  tracer_shm_write_index(thread, TRACER_INSTRUMENT_THREAD, &module.image, 8);
  tracer_shm_write_index(thread, TRACER_INSTRUMENT_MODULE, &module,
                         32 + strnlen(path, sizeof module.path));
  tracer_shm_write_index_at(thread, TRACER_INSTRUMENT_ENTER, TRACER_SHM_NOW, call, sizeof call);
  tracer_shm_detach(thread);
  return 0;
}

/* Spoils the one word of the region that says this process owns the slot: its number, above two bits
 * of state. */
HOOK static int spoil_slot(void) {
  const char *place = getenv("TRACER_SHM_REGION");
  if (place == NULL) return 2;
  const uint64_t mine = (uint64_t)getpid() << 2 | 1, none = UINT64_MAX;
  uint64_t word;
  int region = atoi(place + 3);
  for (off_t offset = 0; pread(region, &word, sizeof word, offset) == sizeof word;
       offset += sizeof word)
    if (word == mine) return pwrite(region, &none, sizeof none, offset) == sizeof none ? 0 : 2;
  return 2;
}

HOOK int main(int words, char **word) {
  const char *mode = words > 1 ? word[1] : "";
  int count = words > 2 ? atoi(word[words - 1]) : 0;
  if (strcmp(mode, "late") == 0) late(count);
  if (strcmp(mode, "stays") == 0) stays(count);
  if (strcmp(mode, "idle") == 0) idle();
  if (strcmp(mode, "thread") == 0) forked_thread(count);
  if (strcmp(mode, "begins") == 0) begins(count);
  if (strcmp(mode, "reload") == 0) return reload(word + 2, count);
  if (strcmp(mode, "slot") == 0) {
    call_leaf(count);
    return spoil_slot();
  }
  if (strcmp(mode, "module") == 0) return write_module(word[2]);
  if (strcmp(mode, "addresses") == 0)
    for (intptr_t number = 1; number <= count; number++)
      __cyg_profile_func_enter((void *)(number * 16), NULL);
  return 0;
}
