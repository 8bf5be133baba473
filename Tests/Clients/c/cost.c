/* What one event costs through the C API: nanoseconds by the processor's counter, the least of many
 * rounds. An unmarked detail lane is a flight recorder: it needs no controller, and its rings are
 * recycled within the time measured. For people; the test only looks that it runs. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <time.h>

#include "check.h"

enum { WRITES = 100000, ROUNDS = 200 };

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static uint64_t words[2] = {1, 2};
static volatile uint64_t sink;

static void read_counter(TracerShmThread *thread) {
  (void)thread;
#if defined(__x86_64__)
  sink = __builtin_ia32_rdtsc();
#else
  sink = tracer_shm_counter();
#endif
}
static void write_plain(TracerShmThread *thread) {
  tracer_shm_write_detail(thread, 1, words, sizeof words);
}
static void write_now(TracerShmThread *thread) {
  tracer_shm_write_detail_at(thread, 1, TRACER_SHM_NOW, words, sizeof words);
}
static void write_in_place(TracerShmThread *thread) {
  void *room;
  if (tracer_shm_reserve(thread, TRACER_SHM_DETAIL, sizeof words, &room) != TRACER_SHM_OK) return;
  ((uint64_t *)room)[0] = words[0];
  ((uint64_t *)room)[1] = words[1];
  tracer_shm_commit(thread, TRACER_SHM_DETAIL, 1, sizeof words);
}

static double least(void (*call)(TracerShmThread *), TracerShmThread *thread) {
  double best = 1e9;
  for (int round = 0; round < ROUNDS; round++) {
    double start = now();
    for (int write = 0; write < WRITES; write++) call(thread);
    double cost = (now() - start) / WRITES;
    if (cost < best) best = cost;
  }
  return best;
}

int main(void) {
  TracerShm *shm;
  TracerShmThread *thread;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_MEMFD;
  options.flags = TRACER_SHM_PREFAULT;
  if (tracer_shm_create(&options, &shm) != TRACER_SHM_OK ||
      tracer_shm_attach(shm, &thread) != TRACER_SHM_OK)
    return 1;
  printf("counter read           %5.2f ns\n", least(read_counter, thread));
  printf("write, 16 bytes        %5.2f ns\n", least(write_plain, thread));
  printf("with timestamp         %5.2f ns\n", least(write_now, thread));
  printf("reserve and commit     %5.2f ns\n", least(write_in_place, thread));
  CHECK(tracer_shm_detach(thread) == TRACER_SHM_OK);
  CHECK(tracer_shm_destroy(shm) == TRACER_SHM_OK);
  return finish_checks("cost");
}
