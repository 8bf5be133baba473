// Which files are mapped where in this program. Off the event path: takes the dynamic linker's lock.
#pragma once
#include "tracer_shm.h"

#include <stdbool.h>
#include <stdint.h>

#define HOOK __attribute__((no_instrument_function))

// Writes the modules down unless that was done since the last one came or went; returns whether one
// went. The lane is the calling thread's.
HOOK bool record_modules(TracerShmThread *thread, uint64_t image);
