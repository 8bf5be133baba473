/* Everything that a C program can get wrong, and the status that has to name it. Afterwards nothing
 * is left: no descriptor, no mapping of a region, no name.
 *
 *     bad_input NAME FOLDER     a name for shared memory, and a folder that may be written to */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char *shm_name;
static char file_path[4096];

/* A structure one byte off its place. */
static void *misaligned(void *pointer) { return (char *)pointer + 4; }

static int count_descriptors(void) {
  int count = 0;
  DIR *folder = opendir("/proc/self/fd");
  while (folder != NULL && readdir(folder) != NULL) count++;
  if (folder != NULL) closedir(folder);
  return count;
}

/* Mapped regions: shared mappings that can be written. */
static int count_regions(void) {
  int count = 0;
  char line[4096];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (maps != NULL && fgets(line, sizeof line, maps) != NULL)
    if (strstr(line, " rw-s ") != NULL) count++;
  if (maps != NULL) fclose(maps);
  return count;
}

static int take_nothing(void *context, const TracerShmFrame *frame) {
  (void)context;
  (void)frame;
  return 0;
}

static void options_are_checked(void) {
  TracerShm *shm = (TracerShm *)&shm_name; /* has to be left alone */
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  char message[256] = "";
  char small[4] = {1, 1, 1, 1};
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_create(NULL, &shm));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_create(&options, NULL));
  EXPECT(TRACER_SHM_MISALIGNED, tracer_shm_create(misaligned(&options), &shm));
  EXPECT(TRACER_SHM_MISALIGNED, tracer_shm_create(&options, misaligned(&shm)));
  options.message = message;
  options.message_size = sizeof message;
  options.size = 8;
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_create(&options, &shm));
  options.size = 1u << 30;
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_create(&options, &shm));
  options.size = sizeof options;
  options.kind = 4;
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_create(&options, &shm));
  CHECK(strstr(message, "kind 4") != NULL);
  options.kind = TRACER_SHM_NAMED;
  EXPECT(TRACER_SHM_INVALID_NAME, tracer_shm_create(&options, &shm));
  options.name = "no/slash/first";
  EXPECT(TRACER_SHM_INVALID_NAME, tracer_shm_create(&options, &shm));
  CHECK(strstr(message, "no/slash/first") != NULL);
  options.message = small;
  options.message_size = sizeof small;
  EXPECT(TRACER_SHM_INVALID_NAME, tracer_shm_create(&options, &shm));
  CHECK(small[3] == 0);
  options.message = NULL;
  options.kind = TRACER_SHM_MEMFD;
  const struct {
    size_t offset;
    uint32_t value;
  } impossible[] = {
      {offsetof(TracerShmOptions, contents), 2},
      {offsetof(TracerShmOptions, flags), 1u << 31},
      {offsetof(TracerShmOptions, permissions), 07777},
      {offsetof(TracerShmOptions, wake), 3},
      {offsetof(TracerShmOptions, thread_slots), UINT32_MAX},
      {offsetof(TracerShmOptions, index_rings), 1},
      {offsetof(TracerShmOptions, index_ring_bytes), 100},
      {offsetof(TracerShmOptions, detail_ring_bytes), UINT32_MAX},
      {offsetof(TracerShmOptions, history_rings), 16},
  };
  for (size_t index = 0; index < sizeof impossible / sizeof *impossible; index++) {
    TracerShmOptions changed = options;
    memcpy((char *)&changed + impossible[index].offset, &impossible[index].value, 4);
    EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_create(&changed, &shm));
  }
  options.contents = TRACER_SHM_STREAM;
  options.publish = 3;
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_create(&options, &shm));
  options.publish = 0;
  options.stream_bytes = 1000;
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_create(&options, &shm));
  options.stream_bytes = UINT64_C(1) << 40;
  EXPECT(TRACER_SHM_NO_SPACE, tracer_shm_create(&options, &shm));
  CHECK((void *)shm == (void *)&shm_name);
  CHECK(strcmp(tracer_shm_status_text((TracerShmStatus)12345), "unknown status") == 0);
}

static void handles_are_checked(void) {
  TracerShm *lanes = NULL, *stream = NULL;
  TracerShmThread *thread = NULL;
  TracerShmController *controller = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_MEMFD;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &lanes));
  options.contents = TRACER_SHM_STREAM;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &stream));
  char buffer[8] = {0};
  uint64_t number = 0;
  void *room = NULL;
  int descriptor = -1;
  TracerShmRecord record;
  TracerShmStatistics statistics = {.size = sizeof statistics};
  TracerShmDrained drained = {.size = 4};

  EXPECT(TRACER_SHM_WRONG_CONTENTS, tracer_shm_write(lanes, 1, buffer, 1));
  EXPECT(TRACER_SHM_WRONG_CONTENTS, tracer_shm_read(lanes, buffer, sizeof buffer, &record));
  EXPECT(TRACER_SHM_WRONG_CONTENTS, tracer_shm_attach(stream, &thread));
  EXPECT(TRACER_SHM_WRONG_CONTENTS, tracer_shm_control(stream, &controller));
  EXPECT(TRACER_SHM_WRONG_CONTENTS, tracer_shm_statistics(stream, &statistics));

  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_write(NULL, 1, buffer, 1));
  EXPECT(TRACER_SHM_MISALIGNED, tracer_shm_write(misaligned(stream), 1, buffer, 1));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_write(stream, 1, NULL, 1));
  EXPECT(TRACER_SHM_OK, tracer_shm_write(stream, 1, NULL, 0));
  EXPECT(TRACER_SHM_TOO_LARGE, tracer_shm_write(stream, 1, buffer, SIZE_MAX));
  EXPECT(TRACER_SHM_TOO_LARGE, tracer_shm_write_at(stream, 1, 1, buffer, SIZE_MAX - 7));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_read(stream, buffer, 8, NULL));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_read(stream, NULL, 8, &record));
  EXPECT(TRACER_SHM_OK, tracer_shm_read(stream, NULL, 0, &record));
  EXPECT(TRACER_SHM_OK, tracer_shm_write(stream, 1, buffer, 8));
  EXPECT(TRACER_SHM_BUFFER_TOO_SMALL, tracer_shm_read(stream, buffer, 7, &record));
  CHECK(record.length == 8);
  EXPECT(TRACER_SHM_OK, tracer_shm_read(stream, buffer, 8, &record));

  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_attach(lanes, NULL));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_attach(NULL, &thread));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(lanes, &thread));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_write_index(NULL, 1, buffer, 1));
  EXPECT(TRACER_SHM_MISALIGNED, tracer_shm_write_index(misaligned(thread), 1, buffer, 1));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_write_index(thread, 1, NULL, 1));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_write_detail_at(thread, 1, 0, NULL, 1));
  EXPECT(TRACER_SHM_OK, tracer_shm_write_index(thread, 1, NULL, 0));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_reserve(thread, TRACER_SHM_INDEX, 8, NULL));
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_reserve(thread, (TracerShmLane)2, 8, &room));
  EXPECT(TRACER_SHM_LOST_TOO_LARGE, tracer_shm_reserve(thread, TRACER_SHM_INDEX, SIZE_MAX, &room));
  EXPECT(TRACER_SHM_NOT_RESERVED, tracer_shm_commit(thread, TRACER_SHM_INDEX, 1, 0));
  EXPECT(TRACER_SHM_NOT_RESERVED, tracer_shm_cancel(thread, TRACER_SHM_DETAIL));
  EXPECT(TRACER_SHM_OK, tracer_shm_reserve(thread, TRACER_SHM_INDEX, 8, &room));
  EXPECT(TRACER_SHM_RESERVED, tracer_shm_reserve(thread, TRACER_SHM_INDEX, 8, &room));
  EXPECT(TRACER_SHM_NOT_RESERVED, tracer_shm_commit(thread, TRACER_SHM_INDEX, 1, 9));
  EXPECT(TRACER_SHM_NOT_RESERVED, tracer_shm_commit(thread, TRACER_SHM_INDEX, 1, SIZE_MAX));
  EXPECT(TRACER_SHM_OK, tracer_shm_commit(thread, TRACER_SHM_INDEX, 1, 8));
  EXPECT(TRACER_SHM_OK, tracer_shm_reserve(thread, TRACER_SHM_DETAIL, 8, &room));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_close(lanes));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_destroy(lanes));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(thread)); /* with a reservation open */
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_detach(thread));
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_mark(thread));
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_flush(thread));
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_write_detail(thread, 1, buffer, 1));
  EXPECT(TRACER_SHM_DETACHED, tracer_shm_commit(thread, TRACER_SHM_DETAIL, 1, 1));

  EXPECT(TRACER_SHM_OK, tracer_shm_control(lanes, &controller));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_drain(controller, 0, NULL, NULL, NULL));
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_drain(controller, 64, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_INVALID_OPTIONS,
         tracer_shm_drain(controller, 0, take_nothing, NULL, &drained));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_drain(NULL, 0, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_request_flush(controller, NULL));
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_flush_served(controller, 1));
  EXPECT(TRACER_SHM_OK, tracer_shm_request_flush(controller, &number));
  EXPECT(TRACER_SHM_OK, tracer_shm_flush_served(controller, number)); /* nobody is attached */
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_flush_served(controller, 0));
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_flush_served(controller, number + 1));
  EXPECT(TRACER_SHM_TIMED_OUT, (tracer_shm_drain(controller, 0, take_nothing, NULL, NULL),
                                tracer_shm_wait(controller, 0)));
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_request_flush(controller, &number));
  statistics.size = 3;
  EXPECT(TRACER_SHM_INVALID_OPTIONS, tracer_shm_statistics(lanes, &statistics));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_statistics(lanes, NULL));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_next_record(NULL, &number, &record));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_descriptor(lanes, NULL));
  EXPECT(TRACER_SHM_MISALIGNED, tracer_shm_descriptor(lanes, (int *)((char *)&descriptor + 1)));
  EXPECT(TRACER_SHM_OK, tracer_shm_descriptor(lanes, &descriptor));

  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(lanes));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_destroy(lanes));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_close(lanes));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_attach(lanes, &thread));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_mark_all(lanes));
  EXPECT(TRACER_SHM_OK, tracer_shm_close(stream));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_write(stream, 1, buffer, 1));
  EXPECT(TRACER_SHM_CLOSED, tracer_shm_descriptor(stream, &descriptor));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_close(NULL));
}

/* Opens the region file after `change` has been at its header. */
static TracerShmStatus open_changed(const TracerShmOptions *options, off_t offset, uint64_t word) {
  uint64_t before;
  TracerShm *shm = NULL;
  int file = open(file_path, O_RDWR);
  if (!CHECK(file >= 0) || !CHECK(pread(file, &before, 8, offset) == 8)) return TRACER_SHM_OK;
  CHECK(pwrite(file, &word, 8, offset) == 8);
  TracerShmStatus status = tracer_shm_open(options, &shm);
  CHECK(pwrite(file, &before, 8, offset) == 8);
  close(file);
  if (status == TRACER_SHM_OK) tracer_shm_close(shm);
  return status;
}

static void files_are_checked(void) {
  TracerShm *shm = NULL, *second = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  char message[256] = "", link_path[4200];
  options.message = message;
  options.message_size = sizeof message;
  options.kind = TRACER_SHM_FILE;
  options.name = file_path;
  EXPECT(TRACER_SHM_NOT_FOUND, tracer_shm_open(&options, &second));
  CHECK(strstr(message, file_path) != NULL);
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  EXPECT(TRACER_SHM_ALREADY_EXISTS, tracer_shm_create(&options, &second));
  EXPECT(TRACER_SHM_OK, tracer_shm_open(&options, &second));
  EXPECT(TRACER_SHM_OK, tracer_shm_close(second));
  EXPECT(TRACER_SHM_NOT_A_REGION, open_changed(&options, 0, 0));
  EXPECT(TRACER_SHM_WRONG_VERSION, open_changed(&options, 16, 99)); /* the major version */
  EXPECT(TRACER_SHM_CORRUPT, open_changed(&options, 40, 99)); /* the checksum covers this */
  options.contents = TRACER_SHM_STREAM;
  EXPECT(TRACER_SHM_WRONG_CONTENTS, tracer_shm_open(&options, &second));
  options.contents = TRACER_SHM_LANES;
  CHECK(chmod(file_path, 0666) == 0);
  EXPECT(TRACER_SHM_UNTRUSTED, tracer_shm_open(&options, &second));
  CHECK(strstr(message, file_path) != NULL);
  CHECK(chmod(file_path, 0600) == 0);
  snprintf(link_path, sizeof link_path, "%s.link", file_path);
  CHECK(symlink(file_path, link_path) == 0);
  options.name = link_path;
  EXPECT(TRACER_SHM_UNTRUSTED, tracer_shm_open(&options, &second));
  CHECK(unlink(link_path) == 0);
  options.name = "/dev/null/region";
  EXPECT(TRACER_SHM_SYSTEM, tracer_shm_create(&options, &second));
  options.name = "/nonexistent/region";
  EXPECT(TRACER_SHM_NOT_FOUND, tracer_shm_create(&options, &second));
  options.name = "/";
  EXPECT(TRACER_SHM_NOT_A_REGION, tracer_shm_open(&options, &second));
  options.name = "/proc/version";
  TracerShmStatus wrong = tracer_shm_open(&options, &second);
  CHECK(wrong == TRACER_SHM_PERMISSION_DENIED || wrong == TRACER_SHM_NOT_A_REGION);
  options.kind = TRACER_SHM_ANONYMOUS;
  EXPECT(TRACER_SHM_NOT_OPENABLE, tracer_shm_open(&options, &second));
  options.kind = TRACER_SHM_MEMFD;
  EXPECT(TRACER_SHM_NOT_OPENABLE, tracer_shm_open(&options, &second));
  EXPECT(TRACER_SHM_UNTRUSTED, tracer_shm_adopt(open("/dev/null", O_RDWR), &options, &second));
  EXPECT(TRACER_SHM_UNTRUSTED, tracer_shm_adopt(-1, &options, &second));
  EXPECT(TRACER_SHM_NULL_ARGUMENT, tracer_shm_adopt(open("/dev/null", O_RDWR), NULL, &second));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

static void permission_is_named(void) {
  /* Root may do anything: a child gives that up. */
  TracerShm *shm = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_NAMED;
  options.name = shm_name;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  if (geteuid() != 0) {
    printf("not root: a foreign owner's region was not tried\n");
  } else {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      TracerShm *other = NULL;
      if (setgid(65534) != 0 || setuid(65534) != 0) _exit(9);
      _exit(tracer_shm_open(&options, &other) == TRACER_SHM_PERMISSION_DENIED ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  }
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

static void crowds_are_refused(void) {
  TracerShm *shm = NULL, *again = NULL;
  TracerShmThread *threads[3] = {NULL, NULL, NULL};
  TracerShmController *controller = NULL, *second = NULL;
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  options.kind = TRACER_SHM_NAMED;
  options.name = shm_name;
  options.thread_slots = 2;
  EXPECT(TRACER_SHM_OK, tracer_shm_create(&options, &shm));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &threads[0]));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(shm, &threads[1]));
  EXPECT(TRACER_SHM_NO_SLOT, tracer_shm_attach(shm, &threads[2]));
  EXPECT(TRACER_SHM_OK, tracer_shm_count_unattached(shm));
  EXPECT(TRACER_SHM_OK, tracer_shm_control(shm, &controller));
  EXPECT(TRACER_SHM_CONTROLLER_ALIVE, tracer_shm_control(shm, &second));
  EXPECT(TRACER_SHM_OK, tracer_shm_open(&options, &again));
  EXPECT(TRACER_SHM_CONTROLLER_ALIVE, tracer_shm_control(again, &second));
  EXPECT(TRACER_SHM_BUSY, tracer_shm_destroy(again)); /* threads, and the controller, elsewhere */
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(threads[0]));
  EXPECT(TRACER_SHM_OK, tracer_shm_drain(controller, 0, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_OK, tracer_shm_attach(again, &threads[2]));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(threads[1]));
  EXPECT(TRACER_SHM_OK, tracer_shm_detach(threads[2]));
  EXPECT(TRACER_SHM_OK, tracer_shm_drain(controller, 0, take_nothing, NULL, NULL));
  TracerShmStatistics statistics = {.size = sizeof statistics};
  EXPECT(TRACER_SHM_OK, tracer_shm_statistics(shm, &statistics));
  CHECK(statistics.lost_unattached == 2);
  CHECK(statistics.thread_slots == 2 && statistics.threads_attached == 0);
  EXPECT(TRACER_SHM_BUSY, tracer_shm_destroy(again)); /* it works behind the other handle */
  EXPECT(TRACER_SHM_OK, tracer_shm_drain(controller, 0, take_nothing, NULL, NULL));
  EXPECT(TRACER_SHM_OK, tracer_shm_release(controller));
  EXPECT(TRACER_SHM_OK, tracer_shm_close(again));
  EXPECT(TRACER_SHM_OK, tracer_shm_destroy(shm));
}

int main(int count, char **words) {
  if (count != 3) {
    fprintf(stderr, "usage: bad_input NAME FOLDER\n");
    return 64;
  }
  shm_name = words[1];
  snprintf(file_path, sizeof file_path, "%s/bad-input.region", words[2]);
  handles_are_checked(); /* once before counting: what the library keeps is made at first use */
  int descriptors = count_descriptors(), regions = count_regions();
  options_are_checked();
  handles_are_checked();
  files_are_checked();
  permission_is_named();
  crowds_are_refused();
  CHECK(count_descriptors() == descriptors);
  CHECK(count_regions() == regions);
  CHECK(access(file_path, F_OK) != 0);
  CHECK(shm_open(shm_name, O_RDWR, 0) < 0);
  return finish_checks("bad input");
}
