// A program run on somebody's behalf: started with a descriptor to inherit, given the signals that
// its runner gets, waited for. One at a time; one thread calls.
#pragma once
#include <sys/types.h>

/// Starts a program, found by PATH, with these words and this environment (both end with null).
/// `inherited` (a descriptor, or -1) keeps its number there. From now on SIGINT, SIGTERM, SIGHUP
/// and SIGQUIT do not end this process: they are counted, and passed on unless a terminal has sent
/// them to the program as well. Returns 0, or what posix_spawn failed with.
int platform_traced_start(char *const words[], char *const environment[], int inherited,
                          pid_t *process);

/// Whether the program has ended: 1 with its wait status, 0 not yet, -1 errno.
int platform_traced_ended(int *status);

/// How many of those signals came so far.
int platform_traced_signals(void);

/// The demangled form of a C++ name, to be freed; null where it is none, or where this process has
/// no C++ runtime.
char *platform_demangle(const char *name);
