// System calls behind shared regions that Swift's Glibc module does not import, the guard against
// SIGBUS, and CRC32C. Slow path all of it: called when a region is made, opened or sealed.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Makes an anonymous file that can be sealed, closed on exec. Returns a descriptor or -1 (errno).
/// `huge` asks for explicit huge pages of the default size.
int platform_memfd_create(const char *name, int huge);

/// Forbids shrinking, growing and further seals for ever. Returns 0, or -1 (errno).
int platform_seal(int descriptor);

/// The seals that `platform_seal` sets, as a bit set.
int platform_required_seals(void);

/// The seals of a descriptor as a bit set, or -1 (errno; EINVAL: no kind of file that has seals).
int platform_seals(int descriptor);

/// Allocates the blocks of [0, length) without changing the size. Returns 0, or -1 (errno).
int platform_allocate_blocks(int descriptor, int64_t length);

/// Renames within one directory, never over an existing name (EEXIST). Returns 0, or -1 (errno).
int platform_rename_exclusive(int directory, const char *from, const char *to);

/// Binds the pages of a range to one NUMA node and moves those that are elsewhere (no libnuma).
/// Returns 0, or -1 (errno; EIO: some page could not be placed there).
int platform_bind_to_node(uintptr_t address, size_t byte_count, unsigned node);

/// Refers to a process by descriptor, closed on exec. Returns -1 on failure (errno).
int platform_pidfd_open(pid_t pid);

/// Sends one descriptor with one byte over a Unix socket. Returns 0, or -1 (errno).
int platform_send_descriptor(int socket, int descriptor);

/// Receives one descriptor, closed on exec. Blocks as the socket does. Returns -1 on failure
/// (errno; EBADMSG: the message held not exactly one descriptor; ECONNRESET: the peer has closed).
int platform_receive_descriptor(int socket);

/// How many ranges the guard can hold at once in one process.
enum { PLATFORM_GUARD_CAPACITY = 256 };

/// Guards a mapped range against SIGBUS: where the file no longer has a touched page, that page and
/// all behind it become zeros, private to this process. The first call installs the handler, which
/// chains to the handler it found; it is never installed again, so that a handler set later may
/// chain to it. Returns a ticket, or -1: the table is full, or errno of sigaction. Thread-safe.
int platform_guard_range(uintptr_t address, size_t byte_count);

/// How many bytes at the end of the range have become zeros since it was guarded. Thread-safe.
size_t platform_guard_lost_bytes(int ticket);

/// Ends the guard of a range; call before unmapping it. Thread-safe.
void platform_unguard_range(int ticket);

/// CRC32C (Castagnoli, reflected), `crc` being 0 or the result over the bytes before these.
/// Uses the processor's instruction where there is one, found at run time.
uint32_t platform_crc32c(uint32_t crc, const void *bytes, size_t byte_count);

/// The same by table, for processors without the instruction and to check the instruction by.
uint32_t platform_crc32c_table(uint32_t crc, const void *bytes, size_t byte_count);
