#define _GNU_SOURCE
#include "cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// Twelve variants of eight members each, and a region for every one of them, with room to spare.
enum { process_capacity = 256, path_capacity = 256 };
enum { slot_free = 0, slot_armed = 1 };
enum { exit_interrupted = 130 };

static const int caught_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { caught_count = sizeof caught_signals / sizeof caught_signals[0] };

static _Atomic(pid_t) owner;
static _Atomic(pid_t) processes[process_capacity];
static struct {
  _Atomic int state;
  char text[PATH_MAX];
} paths[path_capacity];
static sigset_t mask_before_block;

/// Removes the files of an open folder; returns whether there were any. The kernel's own call:
/// readdir allocates. Its entries are what struct dirent64 names.
static int remove_files(int folder) {
  _Alignas(struct dirent64) char buffer[4096];
  int removed = 0;
  long count;
  while ((count = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0)
    for (long place = 0; place < count;) {
      const struct dirent64 *entry = (const struct dirent64 *)(buffer + place);
      if (unlinkat(folder, entry->d_name, 0) == 0) removed = 1;
      place += entry->d_reclen;
    }
  return removed;
}

int platform_cleanup_remove_now(const char *path) {
  if (unlink(path) == 0) return 0;
  if (errno != EISDIR) return -1;
  const int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (folder < 0) return -1;
  // Again until nothing is found: removing while reading may skip entries.
  while (remove_files(folder)) lseek(folder, 0, SEEK_SET);
  close(folder);
  return rmdir(path);
}

void platform_cleanup_run(void) {
  for (int i = 0; i < process_capacity; i++) {
    const pid_t process = atomic_load(&processes[i]);
    if (process > 0) kill(process, SIGKILL);
  }
  for (int i = 0; i < process_capacity; i++) {
    const pid_t process = atomic_exchange(&processes[i], 0);
    if (process > 0)
      while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {
      }
  }
  for (int i = 0; i < path_capacity; i++) {
    if (atomic_exchange(&paths[i].state, slot_free) != slot_armed) continue;
    platform_cleanup_remove_now(paths[i].text);
  }
}

static void interrupted(int signal_number) {
  (void)signal_number;
  // A child that inherited the handler owns nothing of the table.
  if (getpid() == atomic_load(&owner)) {
    platform_cleanup_run();
    static const char text[] = "interrupted\n";
    const ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
  }
  _exit(exit_interrupted);
}

int platform_cleanup_install(void) {
  atomic_store(&owner, getpid());
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_handler = interrupted;
  sigemptyset(&action.sa_mask);
  for (int i = 0; i < caught_count; i++) sigaddset(&action.sa_mask, caught_signals[i]);
  for (int i = 0; i < caught_count; i++)
    if (sigaction(caught_signals[i], &action, NULL) != 0) return -1;
  // Whoever started this process may have blocked them: threads of Dispatch do.
  return sigprocmask(SIG_UNBLOCK, &action.sa_mask, NULL);
}

void platform_cleanup_forget(void) {
  signal(SIGTERM, SIG_DFL);
  signal(SIGINT, SIG_IGN);
  signal(SIGHUP, SIG_IGN);
  for (int i = 0; i < process_capacity; i++) atomic_store(&processes[i], 0);
  for (int i = 0; i < path_capacity; i++) atomic_store(&paths[i].state, slot_free);
}

int platform_cleanup_add_process(pid_t process) {
  for (int i = 0; i < process_capacity; i++) {
    if (atomic_load(&processes[i]) != 0) continue;
    atomic_store(&processes[i], process);
    return i;
  }
  return -1;
}

int platform_cleanup_add_path(const char *path) {
  if (strlen(path) >= PATH_MAX) return -1;
  for (int i = 0; i < path_capacity; i++) {
    if (atomic_load(&paths[i].state) != slot_free) continue;
    strcpy(paths[i].text, path);
    atomic_store(&paths[i].state, slot_armed);
    return i;
  }
  return -1;
}

void platform_cleanup_remove_process(int slot) {
  if (slot >= 0 && slot < process_capacity) atomic_store(&processes[slot], 0);
}

void platform_cleanup_remove_path(int slot) {
  if (slot >= 0 && slot < path_capacity) atomic_store(&paths[slot].state, slot_free);
}

int platform_cleanup_block_signals(int block) {
  if (!block) return sigprocmask(SIG_SETMASK, &mask_before_block, NULL);
  sigset_t caught;
  sigemptyset(&caught);
  for (int i = 0; i < caught_count; i++) sigaddset(&caught, caught_signals[i]);
  return sigprocmask(SIG_BLOCK, &caught, &mask_before_block);
}
