// What must not outlive this process: children and files, removed when it is interrupted.
//
// The table and the handler are C because a handler may only do what is async-signal-safe: no
// allocation, no lazy initialisation, no lock. Everything it needs is stored beforehand. One
// thread arms and disarms; the handler may run at any instant in between.
#pragma once
#include <sys/types.h>

/// Installs the handler for SIGINT, SIGTERM and SIGHUP in this process. Returns 0, or -1 (errno).
int platform_cleanup_install(void);

/// For a child after `fork`: empties its copy of the table, gives SIGTERM its default meaning back
/// and ignores SIGINT and SIGHUP, which a terminal sends to parent and child alike: the parent ends
/// its children itself.
void platform_cleanup_forget(void);

/// Registers a child. Returns its slot, or -1 (the table is full).
int platform_cleanup_add_process(pid_t process);

/// Registers a file to be removed, or a folder with the files in it; the path is copied. Returns its slot, or -1 (the table is full, or
/// the path too long).
int platform_cleanup_add_path(const char *path);

/// Forgets a child: before it is reaped, so that a recycled number is never signalled.
void platform_cleanup_remove_process(int slot);

/// Forgets a path, without removing it.
void platform_cleanup_remove_path(int slot);

/// Removes a file, or a folder with the files in it, now. Async-signal-safe. Returns 0, or -1
/// (errno).
int platform_cleanup_remove_now(const char *path);

/// Kills and reaps every registered child and removes every registered path, now.
void platform_cleanup_run(void);

/// Blocks (1) or restores (0) the three signals around a fork. Returns 0, or -1 (errno).
int platform_cleanup_block_signals(int block);
