// Single-stepping a child, for sweeps that look at it after every instruction. Slow path all of it.
#pragma once
#include <stdint.h>
#include <sys/types.h>

/// For a child: lets its parent trace it, and stops until the parent goes on. The first call asks
/// to be traced. Returns 0, or -1 (errno).
int platform_trace_stop_here(void);

/// Waits until `process`, a traced child, stops. Returns 1; 0 where it has ended and was left to be
/// reaped; -1 (errno).
int platform_trace_wait(pid_t process);

/// Lets a stopped child run one instruction and waits until it stops again. A signal that stopped
/// it in between is delivered. Returns as `platform_trace_wait`.
int platform_trace_step(pid_t process);

/// Lets a stopped child run on. Returns 0, or -1 (errno).
int platform_trace_continue(pid_t process);

/// The address of the instruction that a stopped child is at, from the start of this program's
/// image as a disassembler counts it; 0 where the system does not say.
uint64_t platform_trace_address(pid_t process);
