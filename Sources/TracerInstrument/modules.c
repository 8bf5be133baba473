// The modules of a program, by records in a lane: see modules.h.
#define _GNU_SOURCE
#include "modules.h"
#include "tracer_instrument.h"

#include <limits.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

// What the dynamic linker had loaded and unloaded when the modules were last written down.
static atomic_ullong recorded_loads, recorded_unloads;

// Addresses and path of one module, behind the record's fixed words.
struct module_record {
  uint64_t image, bias, begin, end;
  char path[PATH_MAX];
};

// Whose modules go to whose lane.
struct listing {
  TracerShmThread *thread;
  uint64_t image;
};

HOOK static int record_module(struct dl_phdr_info *info, size_t size, void *context) {
  (void)size;
  const struct listing *listing = context;
  struct module_record record = {
      .image = listing->image, .bias = info->dlpi_addr, .begin = UINT64_MAX};
  for (int index = 0; index < info->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &info->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
    uint64_t begin = info->dlpi_addr + segment->p_vaddr;
    if (begin < record.begin) record.begin = begin;
    if (begin + segment->p_memsz > record.end) record.end = begin + segment->p_memsz;
  }
  if (record.end == 0) return 0;
  // The program itself has no name in this list.
  size_t length = strlen(info->dlpi_name);
  if (length == 0) {
    ssize_t found = readlink("/proc/self/exe", record.path, sizeof record.path);
    length = found < 0 ? 0 : (size_t)found;
  } else {
    if (length > sizeof record.path) return 0;
    memcpy(record.path, info->dlpi_name, length);
  }
  if (length == 0) return 0;
  tracer_shm_write_index(listing->thread, TRACER_INSTRUMENT_MODULE, &record,
                         offsetof(struct module_record, path) + length);
  return 0;
}

struct load_counts {
  unsigned long long loads, unloads;
};

HOOK static int count_loads(struct dl_phdr_info *info, size_t size, void *counts) {
  (void)size;
  *(struct load_counts *)counts = (struct load_counts){info->dlpi_adds, info->dlpi_subs};
  return 1;
}

HOOK bool record_modules(TracerShmThread *thread, uint64_t image) {
  struct load_counts now = {0, 0};
  dl_iterate_phdr(count_loads, &now);
  bool came = atomic_exchange(&recorded_loads, now.loads) != now.loads;
  bool went = atomic_exchange(&recorded_unloads, now.unloads) != now.unloads;
  // From now on addresses mean something else.
  if (went)
    tracer_shm_write_index_at(thread, TRACER_INSTRUMENT_UNLOAD, TRACER_SHM_NOW, &image,
                              sizeof image);
  struct listing listing = {thread, image};
  if (came || went) dl_iterate_phdr(record_module, &listing);
  return went;
}
