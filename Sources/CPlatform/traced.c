// Starting a program and passing signals on. The handler does what is async-signal-safe only; all
// it needs is stored beforehand, with the signals blocked.
#define _GNU_SOURCE
#include "traced.h"

#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>

static const int passed_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { passed_count = sizeof passed_signals / sizeof passed_signals[0] };

static _Atomic(pid_t) traced;
static atomic_int signals_seen;

static sigset_t passed_set(void) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < passed_count; i++) sigaddset(&set, passed_signals[i]);
  return set;
}

static void pass_on(int number, siginfo_t *info, void *context) {
  (void)context;
  const int saved = errno;
  atomic_fetch_add(&signals_seen, 1);
  const pid_t process = atomic_load(&traced);
  // A terminal signals its whole foreground group: the program has got it already.
  if (process > 0 && info->si_code <= 0) kill(process, number);
  errno = saved;
}

int platform_traced_start(char *const words[], char *const environment[], int inherited,
                          pid_t *process) {
  const sigset_t blocked = passed_set();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &blocked, &before);
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = pass_on;
  action.sa_flags = SA_SIGINFO;
  action.sa_mask = blocked;
  for (int i = 0; i < passed_count; i++) sigaction(passed_signals[i], &action, NULL);

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  // A descriptor duplicated to itself loses its close-on-exec flag there, and only there.
  if (inherited >= 0) posix_spawn_file_actions_adddup2(&actions, inherited, inherited);
  // What this process has blocked is not the program's business.
  sigset_t open_mask = before;
  for (int i = 0; i < passed_count; i++) sigdelset(&open_mask, passed_signals[i]);
  posix_spawnattr_setsigmask(&attributes, &open_mask);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  const int result = posix_spawnp(process, words[0], &actions, &attributes, words, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (result == 0) atomic_store(&traced, *process);
  sigprocmask(SIG_SETMASK, &open_mask, NULL);
  return result;
}

int platform_traced_ended(int *status) {
  const sigset_t blocked = passed_set();
  sigset_t before;
  // From the reaping on the number may be another process's.
  sigprocmask(SIG_BLOCK, &blocked, &before);
  const pid_t ended = waitpid(atomic_load(&traced), status, WNOHANG);
  if (ended > 0) atomic_store(&traced, 0);
  sigprocmask(SIG_SETMASK, &before, NULL);
  return ended > 0 ? 1 : (int)ended;
}

int platform_traced_signals(void) { return atomic_load(&signals_seen); }

char *platform_demangle(const char *name) {
  // By name at run time: a program of C and Swift need not link the C++ runtime for this.
  typedef char *(*demangler)(const char *, char *, size_t *, int *);
  demangler demangle;
  *(void **)&demangle = dlsym(RTLD_DEFAULT, "__cxa_demangle");
  int status = 0;
  return demangle == NULL ? NULL : demangle(name, NULL, NULL, &status);
}
