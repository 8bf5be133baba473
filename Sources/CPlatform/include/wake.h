// What agents and controllers ask of the system and Swift's Glibc module does not import: locks of
// descriptions, descriptors of other processes, semaphores by name, pages that a fork wipes.
// Slow path all of it.
#pragma once
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Locks one byte of a file for the open file description, exclusively; `wait` blocks until it is
/// to be had. The lock ends with the description's last descriptor. Returns 0, or -1 (errno;
/// EAGAIN: another description holds it).
int platform_lock_byte(int descriptor, int64_t offset, int wait);

/// Keeps a descriptor from forked children: closed in the child by `fork` itself. Returns 0, or -1
/// (the table is full). Thread-safe.
int platform_close_on_fork(int descriptor);

/// Unlocks a byte and closes the descriptor, which was registered before: the lock ends also where
/// a process that is just being started still has a copy. Nothing happens in a forked child, where
/// the descriptor is closed already, and its number perhaps another's. Thread-safe.
void platform_unlock_and_close(int descriptor, int64_t offset);

/// A copy of a descriptor of another process, closed on exec. Returns -1 on failure (errno; EPERM:
/// the caller may not trace that process).
int platform_copy_descriptor(int pidfd, int descriptor);

/// Whether a descriptor is an event counter that blocks nobody: 1 yes, 0 no.
int platform_is_event(int descriptor);

/// As `ppoll` without a signal mask. Returns how many are ready, or -1 (errno).
int platform_poll(struct pollfd *requests, size_t count, uint64_t timeout_nanoseconds);

/// Opens a named semaphore; with a mode above 0 makes it at zero where there is none. Returns an
/// opaque handle, or null (errno).
void *platform_semaphore_open(const char *name, mode_t mode);

/// Removes a semaphore's name. Returns 0, or -1 (errno).
int platform_semaphore_unlink(const char *name);

/// Waits for the semaphore, then takes all of it, within reason. Not misled by a clock that is set.
/// Returns 1 (taken), 0 (time is up, or a signal came), or -1 (errno).
int platform_semaphore_take(void *semaphore, uint64_t timeout_nanoseconds);

/// Maps private zeroed memory that is zeros again in a forked child. Returns null on failure.
void *platform_map_wiped_on_fork(size_t byte_count);

/// The calling thread's number.
pid_t platform_thread_identifier(void);
