/* What the C programs of these tests share: checks that count, and a summary that the runner adds
 * up. A check that fails says where, with what, and the program goes on to the next. */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>
#include <tracer_shm.h>

static int checks_passed, checks_failed;

static int check_at(int line, int good, const char *what) {
  if (good) {
    checks_passed++;
  } else {
    checks_failed++;
    printf("line %d: FAILED: %s\n", line, what);
  }
  return good;
}

#define CHECK(condition) check_at(__LINE__, (condition) != 0, #condition)

/* A call has to return this very status. */
#define EXPECT(status, call)                                                             \
  do {                                                                                   \
    TracerShmStatus found_ = (call);                                                     \
    if (!check_at(__LINE__, found_ == (status), #call " is " #status))                   \
      printf("  it is %d: %s\n", (int)found_, tracer_shm_status_text(found_));           \
  } while (0)

static int finish_checks(const char *name) {
  printf("%s: %d passed, %d failed\n", name, checks_passed, checks_failed);
  return checks_failed == 0 ? 0 : 1;
}

#endif
