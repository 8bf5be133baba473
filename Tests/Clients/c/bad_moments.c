/* Calls that are right and come at a bad moment: the region is of an earlier boot or was cut short,
 * a drain is under way, a handle's place has another object.
 *
 *     bad_moments FOLDER        a folder that may be written to */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static char file_path[4096];

static int take_nothing(void *context, const TracerShmFrame *frame) {
  (void)context;
  (void)frame;
  return 0;
}

/* CRC32C, as the region's header has it. */
static uint32_t checksum_of(const unsigned char *bytes, size_t count) {
  uint32_t sum = UINT32_MAX;
  for (size_t index = 0; index < count; index++) {
    sum ^= bytes[index];
    for (int bit = 0; bit < 8; bit++) sum = sum >> 1 ^ (sum & 1 ? UINT32_C(0x82F63B78) : 0);
  }
  return ~sum;
}

static void an_earlier_boot_is_named(void) {
  TracerShm *shm = NULL;
  TracerShmThread *thread = NULL;
  TracerShmController *controller = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_FILE;
  options.name = file_path;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  EXPECT(TRACER_SHM_OK, tracer_shm_close(shm));
  /* Layout.md: the boot at byte 72, the checksum of what stands before it at byte 120. */
  unsigned char header[128];
  int file = open(file_path, O_RDWR);
  CHECK(pread(file, header, sizeof header, 0) == sizeof header);
  header[72] ^= 1;
  uint32_t sum = checksum_of(header, 120);
  memcpy(header + 120, &sum, sizeof sum);
  CHECK(pwrite(file, header, sizeof header, 0) == sizeof header);
  close(file);
  EXPECT(TRACER_SHM_OK, tracer_shm_open(&options, &shm));
  EXPECT(TRACER_SHM_EARLIER_BOOT, tracer_shm_attach(shm, &thread));
  EXPECT(TRACER_SHM_EARLIER_BOOT, tracer_shm_control(shm, &controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

static void a_region_cut_short_is_named(void) {
  TracerShm *shm = NULL, *again = NULL;
  TracerShmThread *thread = NULL, *second = NULL;
  TracerShmController *controller = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  TracerShmStatistics statistics = {.size = sizeof statistics};
  uint64_t ticket = 0;
  options.kind = TRACER_SHM_FILE;
  options.name = file_path;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  EXPECT(TRACER_SHM_OK, tracer_shm_open(&options, &again));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_request_flush(controller, &ticket));
  CHECK(truncate(file_path, 8192) == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_write_index(thread, 1, "12345678", 8)); /* does not look */
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_flush(thread));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_flush_served(controller, ticket));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_request_flush(controller, &ticket));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_wait(controller, 1000000));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_drain(controller, 0, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_statistics(shm, &statistics));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_attach(shm, &second));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_control(shm, &controller));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_destroy(shm));
  EXPECT(TRACER_SHM_OK, tracer_shm_close(shm));
  /* A handle that has not touched what is lost finds it by itself. */
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_statistics(again, &statistics));
  EXPECT(TRACER_SHM_OK, tracer_shm_close(again));
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_open(&options, &again));
  CHECK(unlink(file_path) == 0);

  options.contents = TRACER_SHM_STREAM;
  char buffer[8];
  TracerShmRecord record;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  CHECK(truncate(file_path, 4096) == 0);
  EXPECT(TRACER_SHM_CORRUPT, tracer_shm_read(shm, buffer, sizeof buffer, &record));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

/* What a callback must not do. */
static TracerShmController *draining;
static int use_the_controller(void *context, const TracerShmFrame *frame) {
  uint64_t ticket;
  (void)frame;
  ++*(int *)context;
  EXPECT(TRACER_SHM_BUSY, tracer_shm_drain(draining, 0, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_wait(draining, 0));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_request_flush(draining, &ticket));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_flush_served(draining, 1));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_release(draining));
  return 1;
}

static void a_callback_cannot_end_its_controller(void) {
  TracerShm *shm = NULL;
  TracerShmThread *thread = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_MEMFD;
  int calls = 0;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &draining));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_write_index(thread, 1, "12345678", 8));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(thread));
  EXPECT(TRACER_SHM_STOPPED,
         tracer_shm_drain(draining, 0, use_the_controller, &calls, NULL));
  CHECK(calls == 1);
  EXPECT(TRACER_SHM_OK, tracer_shm_drain(draining, 0, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_OK, tracer_shm_release(draining));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

/* As many threads as there are places: the next one gets the place of one that is detached. */
static void a_handle_whose_place_is_taken_is_found_out(void) {
  enum { PLACES = 4096 };
  static TracerShmThread *threads[PLACES];
  TracerShm *full = NULL, *other = NULL;
  TracerShmThread *former, *next = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_MEMFD;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &other));
  options.thread_slots = PLACES;
  options.index_rings = options.detail_rings = 2;
  options.history_rings = 1;
  options.index_ring_bytes = options.detail_ring_bytes = 128;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &full));
  int attached = 0;
  while (attached < PLACES && tracer_shm_attach(full, &threads[attached]) == TRACER_SHM_OK)
    attached++;
  CHECK(attached == PLACES);
  EXPECT(TRACER_SHM_NO_SPACE, tracer_shm_attach(other, &next));
  former = threads[7];
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(former));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(other, &next));
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_write_index(former, 1, "12345678", 8));
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_detach(former));
  TracerShmStatistics statistics = {.size = sizeof statistics};
  EXPECT(TRACER_SHM_OK, tracer_shm_statistics(other, &statistics));
  CHECK(statistics.attempts == 0);
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(next));
  int detached = 0;
  for (int index = 0; index < PLACES; index++)
    if (tracer_shm_detach(threads[index]) == TRACER_SHM_OK) detached++;
  CHECK(detached == PLACES - 1);
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(full));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(other));
}

int main(int count, char **words) {
  if (count != 2) {
    fprintf(stderr, "usage: bad_moments FOLDER\n");
    return 64;
  }
  snprintf(file_path, sizeof file_path, "%s/bad-moments.region", words[1]);
  an_earlier_boot_is_named();
  a_region_cut_short_is_named();
  a_callback_cannot_end_its_controller();
  a_handle_whose_place_is_taken_is_found_out();
  CHECK(access(file_path, F_OK) != 0);
  return finish_checks("bad moments");
}
