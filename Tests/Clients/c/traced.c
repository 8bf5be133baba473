/* A program to be traced, built with -finstrument-functions: what it does is chosen by its words.
 *
 *     traced calls N              N calls of leaf, in main's thread
 *     traced threads T N          T threads of N calls each, all at once
 *     traced many T N             T threads of N calls each, one after the other
 *     traced fork N               N calls, then a child of N calls, waited for
 *     traced abort N | kill N     N calls, then the end by a signal
 *     traced signals N            N calls under a timer whose handler calls, too
 *     traced module FILE N        N calls of plugin_leaf of a shared object loaded then
 *     traced wait N               N calls, then until a signal comes */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int sink;

__attribute__((noinline)) void leaf(int number) { sink = number; }

static void call_leaf(int count) {
  for (int number = 0; number < count; number++) leaf(number);
}

static void *thread_main(void *count) {
  call_leaf(*(int *)count);
  return NULL;
}

static void on_timer(int number) { leaf(number); }

static void run_threads(int threads, int count, int at_once) {
  pthread_t running[256];
  for (int thread = 0; thread < threads; thread++) {
    pthread_create(&running[thread], NULL, thread_main, &count);
    if (!at_once) pthread_join(running[thread], NULL);
  }
  for (int thread = 0; at_once && thread < threads; thread++) pthread_join(running[thread], NULL);
}

static int run_module(const char *path, int count) {
  void *module = dlopen(path, RTLD_NOW);
  if (module == NULL) return 2;
  void (*function)(int);
  *(void **)&function = dlsym(module, "plugin_leaf");
  if (function == NULL) return 2;
  for (int number = 0; number < count; number++) function(number);
  return 0;
}

int main(int words, char **word) {
  const char *mode = words > 1 ? word[1] : "";
  int first = words > 2 ? atoi(word[2]) : 0, second = words > 3 ? atoi(word[3]) : 0;
  if (strcmp(mode, "threads") == 0) {
    run_threads(first, second, 1);
  } else if (strcmp(mode, "many") == 0) {
    run_threads(first, second, 0);
  } else if (strcmp(mode, "module") == 0) {
    return run_module(word[2], second);
  } else if (strcmp(mode, "signals") == 0) {
    struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    signal(SIGALRM, on_timer);
    setitimer(ITIMER_REAL, &often, NULL);
    call_leaf(first);
    setitimer(ITIMER_REAL, &never, NULL);
  } else {
    call_leaf(first);
    if (strcmp(mode, "fork") == 0) {
      pid_t child = fork();
      if (child == 0) {
        call_leaf(first);
        exit(0);
      }
      waitpid(child, NULL, 0);
    }
    if (strcmp(mode, "abort") == 0) abort();
    if (strcmp(mode, "kill") == 0) raise(SIGKILL);
    if (strcmp(mode, "wait") == 0) {
      printf("ready\n");
      fflush(stdout);
      for (;;) pause();
    }
  }
  return words > 4 ? atoi(word[4]) : 0;
}
