/* A client in C11: everything that the API does, on a region of the kind that the first argument
 * names, the only thing that changes between kinds:
 *
 *     client anonymous | memfd | named | file   [name or path]
 *
 * The agent is a forked child. Where the region has a name, it opens it by that, as a program of its
 * own would; else it has it by its parent's handle. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

enum { EVENT = 7, SNAPSHOT = 8, TEXT = 9 };

static TracerShmOptions options_for(const char *kind, const char *place) {
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.name = place;
  if (strcmp(kind, "memfd") == 0) options.kind = TRACER_SHM_MEMFD;
  if (strcmp(kind, "named") == 0) options.kind = TRACER_SHM_NAMED;
  if (strcmp(kind, "file") == 0) options.kind = TRACER_SHM_FILE;
  return options;
}

/* The child's handle. */
static TracerShm *reach(const TracerShmOptions *options, TracerShm *inherited) {
  TracerShm *own = NULL;
  if (options->kind != TRACER_SHM_NAMED && options->kind != TRACER_SHM_FILE) return inherited;
  return tracer_shm_open(options, &own) == TRACER_SHM_OK ? own : NULL;
}

/* ----------------------------------------------------------------------- what the drain found -- */

typedef struct {
  uint64_t events, snapshots, texts, wrong, last_timestamp;
  uint64_t next_event;
  int refusals; /* how many frames to refuse first */
} Found;

static void take_record(Found *found, const TracerShmRecord *record) {
  uint64_t words[2];
  switch (record->type) {
    case EVENT:
      memcpy(words, record->payload, sizeof words);
      if (record->length != sizeof words || words[0] != found->next_event ||
          words[1] != ~words[0] || !record->is_timestamped ||
          record->timestamp < found->last_timestamp)
        found->wrong++;
      found->last_timestamp = record->timestamp;
      found->next_event = words[0] + 1;
      found->events++;
      break;
    case SNAPSHOT:
      for (uint32_t byte = 0; byte < record->length; byte++)
        if (((const unsigned char *)record->payload)[byte] != (unsigned char)record->length)
          found->wrong++;
      found->snapshots++;
      break;
    case TEXT:
      if (record->length != 5 || memcmp(record->payload, "hello", 5) != 0) found->wrong++;
      found->texts++;
      break;
    default:
      found->wrong++;
  }
}

static int take_frame(void *context, const TracerShmFrame *frame) {
  Found *found = context;
  if (found->refusals > 0) {
    found->refusals--;
    return 1;
  }
  uint64_t position = 0, expected = frame->first_sequence, records = 0;
  TracerShmRecord record;
  TracerShmStatus status;
  while ((status = tracer_shm_next_record(frame, &position, &record)) == TRACER_SHM_OK) {
    if (record.sequence < expected) found->wrong++;
    expected = record.sequence + 1;
    records++;
    take_record(found, &record);
  }
  if (status != TRACER_SHM_EMPTY || records != frame->record_count) found->wrong++;
  uint64_t total = frame->drained + frame->overwritten + frame->in_flight + frame->unaccounted;
  for (int cause = 0; cause < 4; cause++) total += frame->lost[cause];
  if (total != frame->next_sequence) found->wrong++;
  return 0;
}

/* Drains until the threads of all agents have ended. */
static void drain_to_the_end(TracerShmController *controller, uint32_t mode, Found *found) {
  TracerShmDrained drained = {.size = sizeof drained};
  for (;;) {
    EXPECT(TRACER_SHM_OK, tracer_shm_drain(controller, mode, take_frame, found, &drained));
    checks_passed--; /* as often as it takes: not a check of its own */
    if (drained.threads_attached == 0 && drained.frames == 0) return;
    TracerShmStatus status = tracer_shm_wait(controller, 1000000000);
    if (status != TRACER_SHM_OK && status != TRACER_SHM_TIMED_OUT) {
      EXPECT(TRACER_SHM_OK, status);
      return;
    }
  }
}

/* --------------------------------------------------------------------------------- the agent --- */

enum { EVENTS = 20000 };
static const struct timespec pause_between_tries = {0, 100000};

/* What the child does; its exit code is how many calls went wrong. */
static int be_agent(TracerShm *shm) {
  int wrong = 0;
  TracerShmThread *thread;
  if (tracer_shm_attach(shm, &thread) != TRACER_SHM_OK) return 100;
  for (uint64_t number = 0; number < EVENTS; number++) {
    const uint64_t words[2] = {number, ~number};
    TracerShmStatus status;
    /* A pool that runs out loses the newest: this writer has time to try again. */
    while ((status = tracer_shm_write_index_at(thread, EVENT, TRACER_SHM_NOW, words,
                                               sizeof words)) == TRACER_SHM_LOST_NO_SPARE)
      nanosleep(&pause_between_tries, NULL);
    if (status != TRACER_SHM_OK) wrong++;
  }
  if (tracer_shm_write_index(thread, TEXT, "hello", 5) != TRACER_SHM_OK) wrong++;
  /* Reserved, filled in place, committed shorter; another one taken back. */
  void *room;
  if (tracer_shm_reserve(thread, TRACER_SHM_INDEX, 64, &room) != TRACER_SHM_OK) wrong++;
  if (tracer_shm_write_index(thread, TEXT, "lost", 4) != TRACER_SHM_LOST_NESTED) wrong++;
  memcpy(room, "hello", 5);
  if (tracer_shm_commit(thread, TRACER_SHM_INDEX, TEXT, 5) != TRACER_SHM_OK) wrong++;
  if (tracer_shm_reserve(thread, TRACER_SHM_INDEX, 64, &room) != TRACER_SHM_OK) wrong++;
  if (tracer_shm_cancel(thread, TRACER_SHM_INDEX) != TRACER_SHM_OK) wrong++;
  /* Details, which nobody gets but for the mark. */
  for (uint32_t size = 1; size <= 200; size++) {
    unsigned char bytes[200];
    memset(bytes, (int)size, sizeof bytes);
    if (tracer_shm_write_detail(thread, SNAPSHOT, bytes, size) != TRACER_SHM_OK) wrong++;
  }
  if (tracer_shm_mark(thread) != TRACER_SHM_OK) wrong++;
  if (tracer_shm_write_detail(thread, SNAPSHOT, "\1", 1) != TRACER_SHM_OK) wrong++;
  /* A lane that has no spare ring to go on in keeps what it has, for another try. */
  TracerShmStatus flushed;
  while ((flushed = tracer_shm_flush(thread)) == TRACER_SHM_BUSY)
    nanosleep(&pause_between_tries, NULL);
  if (flushed != TRACER_SHM_OK) wrong++;
  if (tracer_shm_detach(thread) != TRACER_SHM_OK) wrong++;
  if (tracer_shm_write_index(thread, TEXT, "hello", 5) != TRACER_SHM_DETACHED) wrong++;
  if (tracer_shm_close(shm) != TRACER_SHM_OK) wrong++;
  return wrong;
}

static void lanes_carry_everything(TracerShmOptions options, uint32_t mode) {
  TracerShm *shm = NULL;
  TracerShmController *controller = NULL;
  /* Small rings, so that many go round. */
  options.index_ring_bytes = 4096;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (shm == NULL) return;
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(be_agent(reach(&options, shm)));
  Found found = {0};
  found.refusals = 3;
  TracerShmStatus first = TRACER_SHM_OK;
  while (found.refusals > 0) {
    TracerShmStatus status = tracer_shm_drain(controller, mode, take_frame, &found, NULL);
    if (first == TRACER_SHM_OK) first = status;
    tracer_shm_wait(controller, 1000000);
  }
  CHECK(first == TRACER_SHM_STOPPED); /* and the frame came again, or the counts are wrong */
  int status = -1;
  /* The agent's slot is claimed by now: a refused frame came from it. */
  drain_to_the_end(controller, mode, &found);
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CHECK(found.events == EVENTS);
  CHECK(found.texts == 2);
  CHECK(found.snapshots == 201);
  CHECK(found.wrong == 0);
  TracerShmStatistics statistics = {.size = sizeof statistics};
  EXPECT(TRACER_SHM_OK, tracer_shm_statistics(shm, &statistics));
  CHECK(statistics.threads_attached == 0);
  CHECK(statistics.drained_records == EVENTS + 2 + 201);
  CHECK(statistics.attempts == statistics.drained_records + statistics.lost_no_spare);
  CHECK(statistics.lost_nested == 1);
  CHECK(statistics.marks == 1);
  EXPECT(TRACER_SHM_BUSY, tracer_shm_close(shm)); /* while this process is the controller */
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_wait(controller, 0));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

static void killed_agents_records_survive(TracerShmOptions options) {
  TracerShm *shm = NULL;
  TracerShmController *controller = NULL;
  int ready[2];
  if (!CHECK(pipe(ready) == 0)) return;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (shm == NULL) return;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    TracerShmThread *thread;
    if (tracer_shm_attach(reach(&options, shm), &thread) != TRACER_SHM_OK) _exit(1);
    for (uint64_t number = 0; number < 100; number++) {
      const uint64_t words[2] = {number, ~number};
      tracer_shm_write_index_at(thread, EVENT, TRACER_SHM_NOW, words, sizeof words);
      if (number % 10 == 0) tracer_shm_write_detail(thread, SNAPSHOT, "\1", 1);
    }
    if (write(ready[1], "r", 1) != 1) _exit(1);
    for (;;) pause();
  }
  char byte;
  CHECK(read(ready[0], &byte, 1) == 1);
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  close(ready[0]);
  close(ready[1]);
  Found found = {0};
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  drain_to_the_end(controller, 0, &found);
  CHECK(found.events == 100);
  CHECK(found.snapshots == 10); /* unmarked history, too: that is what a flight recorder is for */
  CHECK(found.wrong == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

static void losses_are_counted_to_the_record(TracerShmOptions options) {
  TracerShm *shm = NULL;
  TracerShmThread *thread = NULL;
  TracerShmController *controller = NULL;
  options.index_rings = 2;
  options.index_ring_bytes = 1024;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (shm == NULL) return;
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &thread));
  uint64_t written = 0, lost = 0;
  for (uint64_t number = 0; number < 1000; number++) {
    const uint64_t words[2] = {written, ~written};
    TracerShmStatus status =
        tracer_shm_write_index_at(thread, EVENT, TRACER_SHM_NOW, words, sizeof words);
    if (status == TRACER_SHM_OK) written++;
    if (status == TRACER_SHM_LOST_NO_SPARE) lost++;
  }
  CHECK(written > 0 && written + lost == 1000);
  char large[2048] = {0};
  EXPECT(TRACER_SHM_LOST_TOO_LARGE, tracer_shm_write_index(thread, TEXT, large, sizeof large));
  EXPECT(TRACER_SHM_LOST_TOO_LARGE, tracer_shm_write_index(thread, TEXT, large, SIZE_MAX - 4));
  EXPECT(TRACER_SHM_LOST_TOO_LARGE,
         tracer_shm_write_detail_at(thread, TEXT, TRACER_SHM_NOW, large, SIZE_MAX / 2));
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  Found found = {0};
  uint64_t ticket = 0;
  EXPECT(TRACER_SHM_OK, tracer_shm_request_flush(controller, &ticket));
  EXPECT(TRACER_SHM_EMPTY, tracer_shm_flush_served(controller, ticket));
  EXPECT(TRACER_SHM_OK,
         tracer_shm_drain(controller, TRACER_SHM_ACTIVE, take_frame, &found, NULL));
  CHECK(found.events == written);
  EXPECT(TRACER_SHM_OK, tracer_shm_flush(thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_flush_served(controller, ticket));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(thread));
  drain_to_the_end(controller, 0, &found);
  CHECK(found.events == written);
  CHECK(found.wrong == 0);
  TracerShmStatistics statistics = {.size = sizeof statistics};
  EXPECT(TRACER_SHM_OK, tracer_shm_statistics(shm, &statistics));
  CHECK(statistics.lost_no_spare == lost);
  CHECK(statistics.lost_too_large == 3);
  CHECK(statistics.attempts == 1003);
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

/* A thread that writes to one lane only serves what is asked of both. */
static void a_flush_is_served_by_either_lane(TracerShmOptions options) {
  TracerShm *shm = NULL;
  TracerShmThread *thread = NULL;
  TracerShmController *controller = NULL;
  uint64_t ticket = 0;
  const uint64_t words[2] = {0, ~UINT64_C(0)};
  Found found = {0};
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (shm == NULL) return;
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_write_index_at(thread, EVENT, 1, words, sizeof words));
  EXPECT(TRACER_SHM_OK, tracer_shm_request_flush(controller, &ticket));
  EXPECT(TRACER_SHM_EMPTY, tracer_shm_flush_served(controller, ticket));
  EXPECT(TRACER_SHM_OK, tracer_shm_write_index(thread, TEXT, "hello", 5));
  EXPECT(TRACER_SHM_OK, tracer_shm_flush_served(controller, ticket));
  EXPECT(TRACER_SHM_OK, tracer_shm_drain(controller, 0, take_frame, &found, NULL));
  CHECK(found.events == 1 && found.texts == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_request_flush(controller, &ticket));
  EXPECT(TRACER_SHM_OK, tracer_shm_write_detail(thread, SNAPSHOT, "\1", 1));
  EXPECT(TRACER_SHM_OK, tracer_shm_flush_served(controller, ticket));
  EXPECT(TRACER_SHM_OK, tracer_shm_drain(controller, 0, take_frame, &found, NULL));
  CHECK(found.texts == 1 && found.snapshots == 0 && found.wrong == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

static void forked_child_is_detached(TracerShmOptions options) {
  TracerShm *shm = NULL;
  TracerShmThread *thread = NULL;
  TracerShmController *controller = NULL;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (shm == NULL) return;
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    int wrong = 0;
    if (tracer_shm_write_index(thread, TEXT, "hello", 5) != TRACER_SHM_DETACHED) wrong++;
    if (tracer_shm_mark(thread) != TRACER_SHM_DETACHED) wrong++;
    if (tracer_shm_drain(controller, 0, take_frame, NULL, NULL) != TRACER_SHM_CLOSED) wrong++;
    TracerShmThread *own;
    if (tracer_shm_attach(shm, &own) != TRACER_SHM_OK) wrong++;
    if (tracer_shm_write_index(own, TEXT, "hello", 5) != TRACER_SHM_OK) wrong++;
    _exit(wrong);
  }
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_write_index(thread, TEXT, "hello", 5));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(thread));
  Found found = {0};
  drain_to_the_end(controller, 0, &found);
  CHECK(found.texts == 2 && found.wrong == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

/* ------------------------------------------------------------------------------------ streams -- */

static void streams_carry_everything(TracerShmOptions options, uint32_t publish) {
  TracerShm *shm = NULL;
  options.contents = TRACER_SHM_STREAM;
  options.stream_bytes = 4096;
  options.publish = publish;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (shm == NULL) return;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    unsigned char bytes[256];
    shm = reach(&options, shm);
    for (uint32_t number = 0; number < 5000; number++) {
      uint32_t size = number % 200;
      memset(bytes, (int)(number & 255), sizeof bytes);
      TracerShmStatus status;
      while ((status = tracer_shm_write_at(shm, (uint16_t)size, number + 1, bytes, size)) ==
             TRACER_SHM_FULL)
        tracer_shm_publish(shm);
      if (status != TRACER_SHM_OK) _exit(1);
    }
    tracer_shm_publish(shm);
    _exit(tracer_shm_write(shm, 1, bytes, 4096) == TRACER_SHM_TOO_LARGE ? 0 : 2);
  }
  uint32_t number = 0;
  int wrong = 0;
  TracerShmRecord record;
  unsigned char buffer[256];
  while (number < 5000 && wrong == 0) {
    TracerShmStatus status = tracer_shm_read(shm, buffer, sizeof buffer, &record);
    if (status == TRACER_SHM_EMPTY) continue;
    if (status != TRACER_SHM_OK || record.type != number % 200 || record.length != number % 200 ||
        record.timestamp != number + 1 || record.payload != buffer)
      wrong++;
    for (uint32_t byte = 0; byte < record.length && wrong == 0; byte++)
      if (buffer[byte] != (number & 255)) wrong++;
    number++;
  }
  CHECK(wrong == 0);
  int status = -1;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT(TRACER_SHM_EMPTY, tracer_shm_read(shm, buffer, sizeof buffer, &record));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

int main(int count, char **words) {
  if (count < 2) {
    fprintf(stderr, "usage: client anonymous|memfd|named|file [name or path]\n");
    return 64;
  }
  TracerShmOptions options = options_for(words[1], count > 2 ? words[2] : NULL);
  CHECK(tracer_shm_version() >> 16 == TRACER_SHM_VERSION >> 16);
  lanes_carry_everything(options, 0);
  lanes_carry_everything(options, TRACER_SHM_COPYING);
  options.wake = TRACER_SHM_WAKE_SEMAPHORE;
  lanes_carry_everything(options, 0);
  options.wake = TRACER_SHM_WAKE_SPIN;
  lanes_carry_everything(options, TRACER_SHM_ACTIVE);
  options.wake = TRACER_SHM_WAKE_EVENTFD;
  killed_agents_records_survive(options);
  a_flush_is_served_by_either_lane(options);
  losses_are_counted_to_the_record(options);
  forked_child_is_detached(options);
  streams_carry_everything(options, TRACER_SHM_PUBLISH_EVERY_RECORD);
  streams_carry_everything(options, TRACER_SHM_PUBLISH_ADAPTIVE);
  return finish_checks(words[1]);
}
