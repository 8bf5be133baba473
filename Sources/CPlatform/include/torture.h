// What disturbs another process, and what wakes one: for the torture of rings. Slow path all of it.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// Lets `process` run on `cpu` only. Returns 0, or -1 (errno).
int platform_move_process(pid_t process, int cpu);

/// Sets the nice value of `process`. Returns 0, or -1 (errno).
int platform_set_nice(pid_t process, int nice);

/// Makes an event counter at zero, closed on exec, that blocks nobody. Returns it, or -1 (errno).
int platform_event_make(void);

/// Adds one to the event counter. Returns 0, or -1 (errno).
int platform_event_signal(int event);

/// Waits at most `milliseconds` for the counter to leave zero, then takes all of it. Returns 1
/// (taken), 0 (time is up), or -1 (errno).
int platform_event_wait(int event, int milliseconds);

/// Makes a named semaphore at zero and removes its name at once: forked children inherit it.
/// Returns an opaque handle, or null (errno).
void *platform_semaphore_make(const char *name);

/// Posts to the semaphore. Returns 0, or -1 (errno).
int platform_semaphore_signal(void *semaphore);

/// Waits at most `milliseconds` for the semaphore, then takes all of it. Returns 1 (taken), 0
/// (time is up), or -1 (errno).
int platform_semaphore_wait(void *semaphore, int milliseconds);

/// Unmaps a semaphore.
void platform_semaphore_close(void *semaphore);

/// Maps `byte_count` private bytes, writes to each of their pages and unmaps them. Returns 0, or
/// -1 (errno).
int platform_touch_memory(uint64_t byte_count);
