// Starting a program and passing signals on. The handler does what is async-signal-safe only; all
// it needs is stored beforehand, with the signals blocked.
#define _GNU_SOURCE
#include "traced.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

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

// What a signal does in the program: what it did in this process at its start.
struct dispositions {
  struct sigaction child_ended;
  struct sigaction passed[passed_count];
};

static bool is_ignored(const struct sigaction *action) {
  return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_IGN;
}

// Handlers for what is passed on, but for what whoever started this process had it ignore, as
// `nohup` does. Ends of children are waited for here, ignored or not.
static void take_signals(const sigset_t *blocked, struct dispositions *before) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = pass_on;
  action.sa_flags = SA_SIGINFO;
  action.sa_mask = *blocked;
  for (int i = 0; i < passed_count; i++) {
    sigaction(passed_signals[i], NULL, &before->passed[i]);
    if (!is_ignored(&before->passed[i])) sigaction(passed_signals[i], &action, NULL);
  }
  memset(&action, 0, sizeof action);
  action.sa_handler = SIG_DFL;
  sigaction(SIGCHLD, &action, &before->child_ended);
}

// In the child, which has borrowed the parent's memory until it executes the program.
static void execute(char *const words[], char *const environment[], int inherited,
                    const struct dispositions *before, const sigset_t *mask) {
  for (int i = 0; i < passed_count; i++) sigaction(passed_signals[i], &before->passed[i], NULL);
  sigaction(SIGCHLD, &before->child_ended, NULL);
  if (inherited >= 0) fcntl(inherited, F_SETFD, 0);
  sigprocmask(SIG_SETMASK, mask, NULL);
  execvpe(words[0], words, environment);
}

int platform_traced_start(char *const words[], char *const environment[], int inherited,
                          int follows, pid_t *process) {
  const sigset_t blocked = passed_set();
  sigset_t open_mask;
  struct dispositions before;
  sigprocmask(SIG_BLOCK, &blocked, &open_mask);
  // What this process has blocked is not the program's business.
  for (int i = 0; i < passed_count; i++) sigdelset(&open_mask, passed_signals[i]);
  take_signals(&blocked, &before);
  if (follows) prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);

  // Not posix_spawn: that cannot have the program ignore a signal which this process does not.
  volatile int failure = 0;
  const pid_t child = vfork();
  if (child == 0) {
    execute(words, environment, inherited, &before, &open_mask);
    failure = errno;
    _exit(127);
  }
  int result = child < 0 ? errno : failure;
  if (child > 0 && result != 0) {
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  }
  if (result == 0) {
    *process = child;
    atomic_store(&traced, child);
  }
  sigprocmask(SIG_SETMASK, &open_mask, NULL);
  return result;
}

int platform_traced_reap(int *status, int *left) {
  const sigset_t blocked = passed_set();
  sigset_t before;
  // From the reaping on the number may be another process's.
  sigprocmask(SIG_BLOCK, &blocked, &before);
  int result = 0;
  int found;
  pid_t ended;
  while ((ended = waitpid(-1, &found, WNOHANG)) > 0) {
    if (ended != atomic_load(&traced)) continue;
    atomic_store(&traced, 0);
    *status = found;
    result = 1;
  }
  *left = ended == 0;
  if (ended < 0 && atomic_load(&traced) > 0) result = -1;
  sigprocmask(SIG_SETMASK, &before, NULL);
  return result;
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
