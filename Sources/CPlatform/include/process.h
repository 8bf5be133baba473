// Processes, affinity and file-system names: what a harness of worker processes needs and Swift's
// Glibc module does not import. Slow path all of it.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// As `fork`. Only from a process that has never started a thread.
pid_t platform_fork(void);

/// Runs the calling thread on `cpu` only. Returns 0, or -1 (errno).
int platform_pin_to_cpu(int cpu);

/// Runs the calling thread on those CPUs of `words` (bit n of word n / 64) that the kernel grants.
/// Returns 0, or -1 (errno).
int platform_allow_cpus(const uint64_t *words, size_t count);

/// The CPU that runs the calling thread now, or -1 (errno).
int platform_current_cpu(void);

/// Fills `words` (bit n of word n / 64) with the CPUs the calling thread may run on. Returns the
/// number of words filled, or -1 (errno; EINVAL: `capacity` words are too few for this kernel).
int platform_allowed_cpus(uint64_t *words, size_t capacity);

/// Asks for SIGKILL when the parent ends. Returns 0, or -1 (errno).
int platform_die_with_parent(void);

/// Makes a pair of connected sockets that keep message boundaries, closed on exec.
/// Returns 0, or -1 (errno).
int platform_message_pair(int descriptors[2]);

/// Whether the counter runs at one rate in every power state: 1 yes, 0 no, -1 unknown.
int platform_counter_is_invariant(void);

/// The magic number of the file system that holds `path`. Returns 0, or -1 (errno).
int platform_file_system(const char *path, uint64_t *magic);

/// The hypervisor's signature (12 characters and a zero) as the processor reports it. Returns 1;
/// 0 where it reports none; -1 where this kind of processor does not say.
int platform_hypervisor(char signature[13]);
