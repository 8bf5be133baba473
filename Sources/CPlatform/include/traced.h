// A program run on somebody's behalf: started with a descriptor to inherit, given the signals that
// its runner gets, waited for, with its descendants where that is asked for. One at a time; one
// thread calls.
#pragma once
#include <sys/types.h>

/// Starts a program, found by PATH, with these words and this environment (both end with null).
/// `inherited` (a descriptor, or -1) keeps its number there. From now on SIGINT, SIGTERM, SIGHUP
/// and SIGQUIT do not end this process: they are counted, and passed on unless a terminal has sent
/// them to the program as well. What this process was started to ignore stays ignored, here and
/// there. With `follows`, descendants whose parents end become this process's children. Returns 0,
/// or why the program did not start (errno).
int platform_traced_start(char *const words[], char *const environment[], int inherited,
                          int follows, pid_t *process);

/// Reaps what has ended. Returns 1 with the program's wait status where that is the news, else 0,
/// or -1 where the status is nowhere to be had. `*left`: whether any child goes on.
int platform_traced_reap(int *status, int *left);

/// How many of those signals came so far.
int platform_traced_signals(void);

/// The demangled form of a C++ name, to be freed; null where it is none, or where this process has
/// no C++ runtime.
char *platform_demangle(const char *name);
