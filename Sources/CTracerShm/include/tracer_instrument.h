/* What libtracer_instrument.so writes: the records of a program built with -finstrument-functions.
 *
 * All go to the index lanes of the program's threads; the first record of a lane's use is THREAD.
 * Words are eight bytes, little-endian.
 *
 *   type     payload
 *   ENTER    timestamp, function, call site
 *   EXIT     timestamp, function
 *   THREAD   image: which program image this thread runs, the same number for all its threads
 *   MODULE   image, load bias, begin, end (addresses), then the path, not terminated
 *   UNLOAD   timestamp, image: an object of the image was unloaded before, and its addresses may
 *            mean other functions from then on; MODULE records of those that are left follow
 *
 * Addresses are those of the process. A function at address A of a module is what the module's
 * symbol table names at A - load bias.
 *
 * Environment of the traced program:
 *
 *   TRACER_SHM_REGION   where to write: shm:/name, file:/path, or fd:N for an inherited memfd.
 *                       Without it nothing is traced, and a call costs two instructions more.
 *   TRACER_SHM_PREFAULT touch the whole region at the start instead of bit by bit
 *   TRACER_SHM_FORK     attach: a forked child goes on tracing, in lanes of its own;
 *                       detach, the default: it does not.
 */
#ifndef TRACER_INSTRUMENT_H
#define TRACER_INSTRUMENT_H

typedef enum TracerInstrumentRecord {
  TRACER_INSTRUMENT_ENTER = 1,
  TRACER_INSTRUMENT_EXIT = 2,
  TRACER_INSTRUMENT_THREAD = 3,
  TRACER_INSTRUMENT_MODULE = 4,
  TRACER_INSTRUMENT_UNLOAD = 5
} TracerInstrumentRecord;

#endif
