/*
 * tracer_shm.h - tracing through shared memory, for C and whatever speaks C.
 *
 * A region is memory that processes share. It holds one of two things:
 *
 *   lanes    What a traced process (the agent) writes and a controller drains. Every tracing thread
 *            attaches and gets two lanes of its own: the index lane for small events, which are
 *            always kept, and the detail lane for large ones, a flight recorder of which the
 *            controller gets what somebody marked. A write never blocks and never waits for the
 *            controller: with no room left the newest record is dropped and counted.
 *   stream   One ring between one writing and one reading thread, of one process or two.
 *
 * The smallest agent:
 *
 *     TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
 *     options.kind = TRACER_SHM_NAMED;
 *     options.name = "/my-trace";
 *     TracerShm *shm;
 *     TracerShmThread *thread;
 *     if (tracer_shm_open(&options, &shm) == TRACER_SHM_OK &&
 *         tracer_shm_attach(shm, &thread) == TRACER_SHM_OK) {
 *       tracer_shm_write_index_at(thread, 1, TRACER_SHM_NOW, "hello", 5);
 *       tracer_shm_detach(thread);
 *       tracer_shm_close(shm);
 *     }
 *
 * Compile and link with `pkg-config --cflags --libs tracer_shm`.
 *
 * Rules that hold for every function
 *
 *   Errors       A status is returned; 0 is success. Nothing is said by errno, and errno may change.
 *                No function prints, raises a signal or ends the process because of an argument.
 *                Null pointers, misaligned ones and wrong sizes give a status. Where a function
 *                fails, what its result pointers lead to is left alone.
 *   Handles      A handle that was closed, destroyed or detached is found out when it is used again
 *                (TRACER_SHM_CLOSED, TRACER_SHM_DETACHED), also when its place has another one by
 *                now, for the next 65,536 handles of its kind at the least. A handle is a number in
 *                a pointer's clothes: it leads nowhere, and its upper bits count. Any other pointer
 *                that is no handle is undefined behaviour.
 *   Threads      "Any thread": may be called at any time from any thread. "Owner": only the thread
 *                that attached, or at most one thread at a time where the function says so.
 *   Progress     "Wait-free" functions return after a bounded number of steps, whatever other
 *                threads and processes do, dead ones included. The others may call the system.
 *   Signals      Functions marked "async-signal-safe" may be called in signal handlers. A write in
 *                the middle of a write of the same thread is dropped and counted.
 *   fork         A forked child has the regions of its parent, and none of its attached threads and
 *                controllers: using one gives TRACER_SHM_DETACHED or TRACER_SHM_CLOSED. It attaches
 *                its own.
 *   Trust        Records come from another process, which may be broken. Lengths are checked before
 *                they are handed out; the payload is as trustworthy as who wrote it.
 *   Cut short    Who may write to a file or named region can cut it short under those who use it.
 *                Nobody is ended by that: zeros of the process's own stand for what is lost. Writes
 *                of records do not look and go on to say TRACER_SHM_OK, of records that nobody will
 *                get; whatever looks beyond its own ring says TRACER_SHM_CORRUPT as soon as this
 *                process has touched a lost page. The threads are detached, the controller is
 *                released and the region closed as ever; its name or file is the caller's to remove.
 */
#ifndef TRACER_SHM_H
#define TRACER_SHM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---------------------------------------------------------------------------------- version -- */

/* The version of this header: major * 65536 + minor * 256 + patch. */
#define TRACER_SHM_VERSION 0x010000u

/* The version of the library that is running. The major part has to equal the header's; functions
 * are added, and options grow, with the minor part. Any thread; wait-free; async-signal-safe. */
uint32_t tracer_shm_version(void);

/* ----------------------------------------------------------------------------------- status -- */

/* What became of a call. Numbers never change their meaning; new ones are added at the end. */
typedef enum TracerShmStatus {
  TRACER_SHM_OK = 0,

  /* No error: come again. */
  TRACER_SHM_FULL = 1,      /* the stream has no room now; nothing was written */
  TRACER_SHM_EMPTY = 2,     /* there is nothing to read now */
  TRACER_SHM_TIMED_OUT = 3, /* the time is up */
  TRACER_SHM_STOPPED = 4,   /* the callback asked to stop */

  /* The record was dropped, and the region counts it with this cause. */
  TRACER_SHM_LOST_NO_SPARE = 10,        /* the controller has returned no ring yet */
  TRACER_SHM_LOST_NO_SPARE_MARKED = 11, /* the same, in a detail lane that must not overwrite */
  TRACER_SHM_LOST_TOO_LARGE = 12,       /* the record exceeds a ring */
  TRACER_SHM_LOST_QUARANTINED = 13,     /* the lane was found corrupt and is not followed */
  TRACER_SHM_LOST_NESTED = 14,          /* a write in the middle of a write of the same thread */

  /* The call cannot be right. */
  TRACER_SHM_NULL_ARGUMENT = 20,  /* a pointer that must not be null is */
  TRACER_SHM_MISALIGNED = 21,     /* a handle or structure is not aligned to eight bytes */
  TRACER_SHM_INVALID_OPTIONS = 22,/* a size field or an option has a value that cannot be */
  TRACER_SHM_INVALID_NAME = 23,   /* the name of a region is missing or malformed */
  TRACER_SHM_TOO_LARGE = 24,      /* the record exceeds what a stream takes: half of it */
  TRACER_SHM_BUFFER_TOO_SMALL = 25, /* the record stays; its length is reported */
  TRACER_SHM_CLOSED = 26,         /* the handle was closed or destroyed, or is the parent's */
  TRACER_SHM_DETACHED = 27,       /* the thread handle was detached, or is the parent's */
  TRACER_SHM_WRONG_CONTENTS = 28, /* a function of streams on lanes, or the reverse */
  TRACER_SHM_NOT_RESERVED = 29,   /* a commit or cancel without a reservation, or beyond it */
  TRACER_SHM_RESERVED = 30,       /* a reservation is open that has to be committed first */

  /* The region cannot be had. */
  TRACER_SHM_ALREADY_EXISTS = 40,
  TRACER_SHM_NOT_FOUND = 41,
  TRACER_SHM_PERMISSION_DENIED = 42, /* the system denies access */
  TRACER_SHM_UNTRUSTED = 43,         /* foreign owner, permissions too wide, link, missing seals */
  TRACER_SHM_NO_SPACE = 44,          /* of disk or memory; nothing was left behind */
  TRACER_SHM_NOT_OPENABLE = 45,      /* a kind without a name: inherit it, or adopt its descriptor */
  TRACER_SHM_NOT_A_REGION = 46,      /* no magic, no regular file, or too short */
  TRACER_SHM_WRONG_VERSION = 47,     /* another version or layout of the format */
  TRACER_SHM_CORRUPT = 48,           /* checksum, size or header contradict each other, or a peer
                                        broke the protocol, or the region was cut short */
  TRACER_SHM_UNSUPPORTED = 49,       /* this machine or kind of region does not have it */
  TRACER_SHM_SYSTEM = 50,            /* a system call failed; see the options' message */

  /* Somebody else is in the way. */
  TRACER_SHM_NO_SLOT = 60,          /* as many threads are attached as the region has slots */
  TRACER_SHM_CLOSING = 61,          /* the region is being destroyed */
  TRACER_SHM_CONTROLLER_ALIVE = 62, /* another controller lives */
  TRACER_SHM_BUSY = 63,             /* threads are attached, or a controller works or is within a
                                       drain, or no ring is spare */
  TRACER_SHM_EARLIER_BOOT = 64      /* made before this machine's last start: recover it */
} TracerShmStatus;

/* A status in English, one line, for ever valid; "unknown status" for a number of no meaning.
 * Any thread; wait-free; async-signal-safe. */
const char *tracer_shm_status_text(TracerShmStatus status);

/* ------------------------------------------------------------------------------------ types -- */

/* A region as this process has it. */
typedef struct TracerShm TracerShm;
/* A thread attached to a region with lanes. */
typedef struct TracerShmThread TracerShmThread;
/* The controller of a region with lanes. */
typedef struct TracerShmController TracerShmController;

/* What a region is made of: the one thing to change to go from one kind to another. */
typedef enum TracerShmKind {
  TRACER_SHM_ANONYMOUS = 0, /* reached by forked children; gone with its last process */
  TRACER_SHM_MEMFD = 1,     /* sealed; reached by whoever gets its descriptor */
  TRACER_SHM_NAMED = 2,     /* "/name": reached by any process, until destroyed or reboot */
  TRACER_SHM_FILE = 3       /* a path: reached by any process, survives crash and reboot */
} TracerShmKind;

typedef enum TracerShmContents { TRACER_SHM_LANES = 0, TRACER_SHM_STREAM = 1 } TracerShmContents;

typedef enum TracerShmLane { TRACER_SHM_INDEX = 0, TRACER_SHM_DETAIL = 1 } TracerShmLane;

/* How a controller that sleeps is woken. Asked for at creation, found at opening. */
typedef enum TracerShmWake {
  TRACER_SHM_WAKE_EVENTFD = 0,   /* an event descriptor, inherited or fetched from the controller;
                                    where an agent may not, the controller looks every millisecond */
  TRACER_SHM_WAKE_SEMAPHORE = 1, /* a named semaphore: wherever its user has permission */
  TRACER_SHM_WAKE_SPIN = 2       /* the controller does not sleep: least latency, one CPU spent */
} TracerShmWake;

/* When a stream's records become visible to its reader. Chosen by the writing process. */
typedef enum TracerShmPublish {
  TRACER_SHM_PUBLISH_EVERY_RECORD = 0, /* lowest latency; survives a kill record by record */
  TRACER_SHM_PUBLISH_ADAPTIVE = 1,     /* at once where the reader waits, else by the batch */
  TRACER_SHM_PUBLISH_EXPLICIT = 2      /* by tracer_shm_publish only */
} TracerShmPublish;

/* Bits of `flags`. */
#define TRACER_SHM_PREFAULT 1u      /* touch every page beforehand */
#define TRACER_SHM_LOCK 2u          /* and lock them in memory */
#define TRACER_SHM_HUGE_PAGES 4u    /* advise transparent huge pages */
#define TRACER_SHM_BIND_NODE 8u     /* place the memory on `numa_node` */
#define TRACER_SHM_SYNC_EVERY_RING 16u /* files: a ring is on the disk before it counts as drained;
                                          the other kinds have no disk, and nothing to ask for */

/* How a region is to be. Zero means the default in every field but `size`, so a structure of zeros
 * with its size set is a good one. The structure grows at its end only, and `size` tells the
 * library how much of it the caller knows. Strings are copied. */
typedef struct TracerShmOptions {
  uint32_t size;           /* sizeof(TracerShmOptions) */
  uint32_t kind;           /* TracerShmKind */
  uint32_t contents;       /* TracerShmContents */
  uint32_t flags;          /* TRACER_SHM_PREFAULT … */
  const char *name;        /* named: "/name"; file: the path; other kinds: ignored */
  uint32_t permissions;    /* mode bits; default 0600. Opening refuses regions with wider ones */
  uint32_t numa_node;      /* with TRACER_SHM_BIND_NODE */
  /* At creation, streams: */
  uint64_t stream_bytes;   /* room for records, a power of two; default 1 MiB */
  /* At creation and opening, streams: of this handle's writes. */
  uint32_t publish;        /* TracerShmPublish */
  uint32_t publish_bytes;  /* adaptive: the batch in bytes; default 4096 */
  /* At creation, lanes: */
  uint32_t wake;           /* TracerShmWake */
  uint32_t thread_slots;   /* threads attached at the same time; default 16 */
  uint32_t index_rings;    /* of every thread's index lane, two at least; default 32 */
  uint32_t index_ring_bytes;  /* a multiple of 128; default 64 KiB */
  uint32_t detail_rings;   /* of every thread's detail lane; default 16 */
  uint32_t detail_ring_bytes; /* a multiple of 128; default 64 KiB */
  uint32_t history_rings;  /* full detail rings kept as history before a mark; default 4 */
  uint32_t post_records;   /* attempts kept after a mark; default 1000 */
  /* Where to put one line that names what went wrong and with what; null for nowhere. Written, and
   * ended with a zero byte, by the function that was given these options and failed. */
  char *message;
  size_t message_size;
} TracerShmOptions;

#define TRACER_SHM_OPTIONS_INIT                                                               \
  { (uint32_t)sizeof(TracerShmOptions), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }

/* The present time as a timestamp: the counter is read during the write. */
#define TRACER_SHM_NOW 0u

/* The counter that timestamps are read from: the processor's free-running one, without
 * serialisation. Any thread; wait-free; async-signal-safe. */
uint64_t tracer_shm_counter(void);

/* ----------------------------------------------------------------------------------- region -- */

/* Creates a region, empty, and opens it. A name that exists is never replaced. Any thread.
 *
 * Anonymous regions are shared with children forked afterwards, through this very handle; so are
 * all other kinds. Space is allocated in full: TRACER_SHM_NO_SPACE here and no signal later.
 *
 * Errors: NULL_ARGUMENT, MISALIGNED, INVALID_OPTIONS, INVALID_NAME, ALREADY_EXISTS, NOT_FOUND (the
 * folder of a path), UNTRUSTED (a link where none is followed), PERMISSION_DENIED, NO_SPACE (also of
 * handles: 4,096 of a kind), UNSUPPORTED, SYSTEM. */
TracerShmStatus tracer_shm_create(const TracerShmOptions *options, TracerShm **result);

/* Opens a region that somebody else created, by its name or path. What stands there is checked
 * before it is used. The contents asked for have to be the contents found. Any thread.
 *
 * Errors: those of creation but ALREADY_EXISTS; NOT_OPENABLE, NOT_A_REGION, WRONG_VERSION,
 * WRONG_CONTENTS, CORRUPT. */
TracerShmStatus tracer_shm_open(const TracerShmOptions *options, TracerShm **result);

/* Opens the memfd region behind a descriptor that was inherited or received. The descriptor is the
 * library's from here on and closed if this fails. Any thread. Errors: those of opening. */
TracerShmStatus tracer_shm_adopt(int descriptor, const TracerShmOptions *options,
                                 TracerShm **result);

/* The region's descriptor, to be passed on; it stays the library's. Any thread; wait-free.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED; NOT_OPENABLE where the kind has none. */
TracerShmStatus tracer_shm_descriptor(TracerShm *shm, int *descriptor);

/* Lets go of a region; it stays as it is for others. Any thread, no other one using the handle.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED; BUSY while this process has threads attached, or the
 * controller: the handle stays good. */
TracerShmStatus tracer_shm_close(TracerShm *shm);

/* Ends a region and closes the handle: its name or file goes. Refused, the handle staying good,
 * while a thread of a living process is attached or this process controls the region, by whatever
 * handle (BUSY), or another one does (CONTROLLER_ALIVE). What nobody drained is lost: drain first.
 * Any thread, no other one using the handle. Errors: those of tracer_shm_close; these two; CORRUPT
 * if the region was cut short, so that nobody can tell who uses it; UNTRUSTED if the name leads to
 * something else by now; PERMISSION_DENIED, SYSTEM. */
TracerShmStatus tracer_shm_destroy(TracerShm *shm);

/* ----------------------------------------------------------------------------------- stream -- */

/* A record as it was read. */
typedef struct TracerShmRecord {
  uint16_t type;        /* what the payload is: the writer's business */
  uint16_t is_timestamped; /* 1 if `timestamp` is one */
  uint32_t length;      /* bytes of payload, timestamp aside */
  uint64_t timestamp;   /* of tracer_shm_counter; 0 without one */
  uint64_t sequence;    /* lanes: the record's number in its lane; 0 in a stream */
  const void *payload;  /* in place: good until the callback returns */
} TracerShmRecord;

/* Writes a record. Owner: one thread at a time, and once a process has written, only that process
 * and through this handle, until it is closed: the writer's position is private. Wait-free.
 * Errors: NULL_ARGUMENT (also a null payload of some length), MISALIGNED, CLOSED, WRONG_CONTENTS,
 * FULL, TOO_LARGE. */
TracerShmStatus tracer_shm_write(TracerShm *shm, uint16_t type, const void *payload,
                                 size_t length);

/* The same with a timestamp, TRACER_SHM_NOW for the present one. */
TracerShmStatus tracer_shm_write_at(TracerShm *shm, uint16_t type, uint64_t timestamp,
                                    const void *payload, size_t length);

/* Shows the reader all that was written: for publishing in batches or explicitly. As the owner
 * that writes; wait-free. Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS. */
TracerShmStatus tracer_shm_publish(TracerShm *shm);

/* Takes the next record out of the stream and copies its payload to `buffer`. `record->payload`
 * leads there. Owner: one thread at a time, of one process, as for writing. Wait-free.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS, EMPTY; CORRUPT for good if the
 * writer's positions cannot be honest, or the region was cut short; BUFFER_TOO_SMALL: `record` says
 * the length, the record stays. */
TracerShmStatus tracer_shm_read(TracerShm *shm, void *buffer, size_t capacity,
                                TracerShmRecord *record);

/* ------------------------------------------------------------------------- threads of agents -- */

/* Gives the calling thread two lanes. Off the record path: calls the system. Any thread.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS, CLOSING, EARLIER_BOOT, CORRUPT,
 * NO_SPACE (4,096 threads of this process are attached), SYSTEM; NO_SLOT, which counts as one event
 * of an unattached thread. */
TracerShmStatus tracer_shm_attach(TracerShm *shm, TracerShmThread **result);

/* Hands over what the thread wrote, the index lane and marked details, and gives the lanes back.
 * A reservation that is open is cancelled. Owner. Errors: NULL_ARGUMENT, MISALIGNED, DETACHED. */
TracerShmStatus tracer_shm_detach(TracerShmThread *thread);

/* Writes a record into the thread's index lane. When this returns TRACER_SHM_OK, the record
 * survives the death of this process at any later instruction.
 * Owner; wait-free; async-signal-safe.
 * Errors: NULL_ARGUMENT (also a null payload of some length), MISALIGNED, DETACHED, LOST_…: the
 * record is dropped and counted. */
TracerShmStatus tracer_shm_write_index(TracerShmThread *thread, uint16_t type,
                                       const void *payload, size_t length);

/* The same with a timestamp, TRACER_SHM_NOW for the present one. */
TracerShmStatus tracer_shm_write_index_at(TracerShmThread *thread, uint16_t type,
                                          uint64_t timestamp, const void *payload, size_t length);

/* Writes a record into the thread's detail lane. As tracer_shm_write_index; in addition the record
 * may be overwritten by later ones unless somebody marks it in time. */
TracerShmStatus tracer_shm_write_detail(TracerShmThread *thread, uint16_t type,
                                        const void *payload, size_t length);

/* The same with a timestamp, TRACER_SHM_NOW for the present one. */
TracerShmStatus tracer_shm_write_detail_at(TracerShmThread *thread, uint16_t type,
                                           uint64_t timestamp, const void *payload,
                                           size_t length);

/* Reserves room for a record of up to `length` bytes in a lane, to be filled in place: `*payload`
 * leads to memory that other processes see, aligned to eight bytes. One reservation at a time in
 * each lane; until it ends, writes to the lane are nested ones.
 * Owner; wait-free; async-signal-safe. Errors: those of a write; RESERVED; INVALID_OPTIONS for a
 * lane that does not exist. */
TracerShmStatus tracer_shm_reserve(TracerShmThread *thread, TracerShmLane lane, size_t length,
                                   void **payload);

/* Makes the reserved room a record with its first `length` bytes as payload.
 * Owner; wait-free; async-signal-safe. Errors: NULL_ARGUMENT, MISALIGNED, DETACHED,
 * NOT_RESERVED (also for more than was reserved), INVALID_OPTIONS. */
TracerShmStatus tracer_shm_commit(TracerShmThread *thread, TracerShmLane lane, uint16_t type,
                                  size_t length);

/* Takes the reservation back as if it had not been made. As tracer_shm_commit. */
TracerShmStatus tracer_shm_cancel(TracerShmThread *thread, TracerShmLane lane);

/* Marks what the thread's detail lane holds: its history, and what is written next up to the
 * region's `post_records`, goes to the controller. Takes effect at the thread's next write there.
 * Any thread while the handle is attached; wait-free; async-signal-safe.
 * Errors: NULL_ARGUMENT, MISALIGNED, DETACHED. */
TracerShmStatus tracer_shm_mark(TracerShmThread *thread);

/* Marks the detail lanes of all attached threads, of every process. Any thread; wait-free;
 * async-signal-safe. Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS. */
TracerShmStatus tracer_shm_mark_all(TracerShm *shm);

/* Hands over what the thread wrote so far: the index lane, and the detail lane if it is marked.
 * Owner; wait-free; async-signal-safe.
 * Errors: NULL_ARGUMENT, MISALIGNED, DETACHED, CORRUPT; BUSY where there is no spare ring: later
 * writes, or another flush, try again. */
TracerShmStatus tracer_shm_flush(TracerShmThread *thread);

/* Counts an event that a thread without lanes could not record, for the statistics. Any thread;
 * wait-free; async-signal-safe. Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS. */
TracerShmStatus tracer_shm_count_unattached(TracerShm *shm);

/* ------------------------------------------------------------------------------- controller -- */

/* Records of one use of one ring of one lane, in place, in sequence. */
typedef struct TracerShmFrame {
  uint32_t slot;             /* the thread slot */
  uint32_t lane;             /* TracerShmLane */
  uint64_t slot_epoch;       /* which user of the slot */
  uint32_t process;          /* the thread's process, as it said; 0: unknown */
  uint32_t reserved;
  uint64_t thread;           /* the thread's number, as it said; 0: unknown */
  uint64_t generation;       /* the use of the ring; 0: no ring, the end of a thread */
  uint64_t first_sequence;   /* number of the first record or loss */
  uint64_t record_count;
  uint64_t byte_count;       /* bytes at `bytes` */
  const void *bytes;         /* for tracer_shm_next_record; good until the callback returns */
  /* What became of all attempts of the lane so far, this frame included:
   * next_sequence = drained + lost[…] + overwritten + in_flight + unaccounted. */
  uint64_t next_sequence;
  uint64_t drained;
  uint64_t lost[4];          /* no spare, no spare while marked, too large, quarantined */
  uint64_t overwritten;      /* history that nobody marked */
  uint64_t in_flight;        /* one at most for every death of a writer */
  uint64_t unaccounted;      /* before this controller's time */
} TracerShmFrame;

/* Takes a frame. 0: done with it, its ring goes back to the thread. Anything else: the drain stops,
 * the ring stays where it is, and the frame comes again. Must not call this library but
 * tracer_shm_next_record (what it calls of the controller says BUSY), and must not unwind (no
 * longjmp, no exception) through it. */
typedef int (*TracerShmFrameFunction)(void *context, const TracerShmFrame *frame);

/* What a drain found. */
typedef struct TracerShmDrained {
  uint32_t size;            /* sizeof(TracerShmDrained), set by the caller */
  uint32_t quarantined;     /* lanes found corrupt in this drain */
  uint64_t frames;
  uint64_t records;
  uint64_t bytes;
  uint32_t threads_ended;   /* slots given back: their threads left or died */
  uint32_t threads_attached;/* that go on */
} TracerShmDrained;

/* Ways to drain, bits. */
#define TRACER_SHM_COPYING 1u /* frames are copied first: for agents that are not trusted */
#define TRACER_SHM_ACTIVE 2u  /* also what rings of index lanes hold that are being written; not
                                 together with the other one */

/* Becomes the region's controller. The lock, and with it the region, can be taken over as soon as
 * this process is dead. The handle belongs to one thread at a time. Any thread.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS, CONTROLLER_ALIVE, EARLIER_BOOT,
 * CORRUPT, NO_SPACE (4,096 controllers of this process), SYSTEM. */
TracerShmStatus tracer_shm_control(TracerShm *shm, TracerShmController **result);

/* Sleeps until there may be something to drain: a ring was handed over, a thread left, an agent
 * died. May return early. Owner; blocks up to `timeout_nanoseconds`, not at all for 0.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, TIMED_OUT, BUSY within a drain, CORRUPT. */
TracerShmStatus tracer_shm_wait(TracerShmController *controller, uint64_t timeout_nanoseconds);

/* Hands every frame there is to `function`, and its ring back to its thread. Threads that left and
 * processes that died are drained to their end and their slots given back. One look at every lane;
 * agents are never waited for. `drained` may be null. Owner.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, INVALID_OPTIONS (unknown mode, wrong size), STOPPED,
 * BUSY within a drain, CORRUPT if the region was cut short, SYSTEM. A corrupt lane is no error: it
 * is quarantined, counted, and the others go on. */
TracerShmStatus tracer_shm_drain(TracerShmController *controller, uint32_t mode,
                                 TracerShmFrameFunction function, void *context,
                                 TracerShmDrained *drained);

/* Steps through a frame: fills `record` and moves `*position`, which starts at 0. Losses between
 * records only move the sequence number on. Any thread; wait-free; async-signal-safe.
 * Errors: NULL_ARGUMENT, MISALIGNED; EMPTY at the end; CORRUPT where a length leads outside. */
TracerShmStatus tracer_shm_next_record(const TracerShmFrame *frame, uint64_t *position,
                                       TracerShmRecord *record);

/* Asks all threads to hand over what they have, in both lanes, at their next write to either: the
 * index lane, and the detail lane if it is marked. `*ticket` is for tracer_shm_flush_served; a later
 * request includes this one. Owner; wait-free.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, BUSY within a drain, CORRUPT. */
TracerShmStatus tracer_shm_request_flush(TracerShmController *controller, uint64_t *ticket);

/* Whether all threads have honoured the last request, or left: TRACER_SHM_OK, or TRACER_SHM_EMPTY
 * while some have not. What they wrote before is there to drain. Owner; wait-free.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, INVALID_OPTIONS for a ticket that was never given, BUSY
 * within a drain, CORRUPT. */
TracerShmStatus tracer_shm_flush_served(TracerShmController *controller, uint64_t ticket);

/* Ends being the controller; the agents go on, and another one may come. Owner.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, BUSY within a drain. */
TracerShmStatus tracer_shm_release(TracerShmController *controller);

/* ------------------------------------------------------------------------------- statistics -- */

/* Counters of a region with lanes, all slots together, of the past as well. Each is right by
 * itself; between two of them others may have moved. */
typedef struct TracerShmStatistics {
  uint32_t size;              /* sizeof(TracerShmStatistics), set by the caller */
  uint32_t thread_slots;      /* how many there are */
  uint32_t threads_attached;
  uint32_t lanes_quarantined;
  uint64_t attempts;          /* writes that took a number, lost ones included */
  uint64_t drained_records;
  uint64_t drained_bytes;
  uint64_t drained_rings;
  uint64_t lost_no_spare;
  uint64_t lost_no_spare_marked;
  uint64_t lost_too_large;
  uint64_t lost_quarantined;
  uint64_t lost_nested;       /* these took no number */
  uint64_t lost_unattached;   /* nor did these: threads without a slot */
  uint64_t overwritten;       /* history that nobody marked, as far as found */
  uint64_t in_flight;         /* writes during which a process died */
  uint64_t marks;
} TracerShmStatistics;

/* Reads the counters. Any thread; wait-free.
 * Errors: NULL_ARGUMENT, MISALIGNED, CLOSED, WRONG_CONTENTS, INVALID_OPTIONS (wrong size), CORRUPT
 * if the region was cut short. */
TracerShmStatus tracer_shm_statistics(TracerShm *shm, TracerShmStatistics *statistics);

#ifdef __cplusplus
}
#endif

#endif
