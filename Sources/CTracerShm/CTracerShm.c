// The header by itself, as strict C: what the library and clients of other languages rely on.
#include "tracer_instrument.h"
#include "tracer_shm.h"

_Static_assert(sizeof(TracerShmStatus) == 4, "clients of other languages declare 32 bits");
_Static_assert(sizeof(TracerShmOptions) == 96, "no hidden padding");
_Static_assert(offsetof(TracerShmOptions, message) == 80, "the fields before it are packed");
_Static_assert(sizeof(TracerShmRecord) == 32, "no hidden padding");
_Static_assert(sizeof(TracerShmFrame) == 144, "no hidden padding");
_Static_assert(sizeof(TracerShmDrained) == 40, "no hidden padding");
_Static_assert(sizeof(TracerShmStatistics) == 120, "no hidden padding");
