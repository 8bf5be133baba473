// A client in C++17: handles owned by objects, several tracing threads, a lambda that drains.
//
//     client anonymous|memfd|named|file [name or path]
#include <tracer_shm.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

int failures = 0, passes = 0;

void check(bool good, const char *what) {
  if (good) {
    passes++;
  } else {
    failures++;
    std::printf("FAILED: %s\n", what);
  }
}

template <typename Handle, TracerShmStatus (*end)(Handle *)>
struct End {
  void operator()(Handle *handle) const { check(end(handle) == TRACER_SHM_OK, "the end of a handle"); }
};
using Region = std::unique_ptr<TracerShm, End<TracerShm, tracer_shm_destroy>>;
using Thread = std::unique_ptr<TracerShmThread, End<TracerShmThread, tracer_shm_detach>>;
using Controller = std::unique_ptr<TracerShmController, End<TracerShmController, tracer_shm_release>>;

struct Event {
  std::uint64_t thread, number;
};

constexpr std::uint16_t eventType = 3;
constexpr std::uint64_t threadCount = 3, eventCount = 10000;

using Frames = std::map<std::uint64_t, std::uint64_t>;  // events by thread

int takeFrame(void *context, const TracerShmFrame *frame) noexcept {
  auto &next = *static_cast<Frames *>(context);
  std::uint64_t position = 0;
  TracerShmRecord record;
  while (tracer_shm_next_record(frame, &position, &record) == TRACER_SHM_OK) {
    Event event;
    if (record.type != eventType || record.length != sizeof event) return 1;
    std::memcpy(&event, record.payload, sizeof event);
    if (event.number != next[event.thread]) return 1;
    next[event.thread] = event.number + 1;
  }
  return 0;
}

}  // namespace

int main(int count, char **words) {
  const std::string kind = count > 1 ? words[1] : "";
  TracerShmOptions options = TRACER_SHM_OPTIONS_INIT;
  const std::map<std::string, TracerShmKind> kinds = {{"anonymous", TRACER_SHM_ANONYMOUS},
                                                      {"memfd", TRACER_SHM_MEMFD},
                                                      {"named", TRACER_SHM_NAMED},
                                                      {"file", TRACER_SHM_FILE}};
  if (kinds.count(kind) == 0) {
    std::fprintf(stderr, "usage: client anonymous|memfd|named|file [name or path]\n");
    return 64;
  }
  options.kind = kinds.at(kind);
  options.name = count > 2 ? words[2] : nullptr;

  TracerShm *made = nullptr;
  check(tracer_shm_create(&options, &made) == TRACER_SHM_OK, "create");
  const Region region(made);
  {
    TracerShmController *controlled = nullptr;
    check(tracer_shm_control(region.get(), &controlled) == TRACER_SHM_OK, "control");
    const Controller controller(controlled);

    std::atomic<std::uint64_t> refused{0};
    std::vector<std::thread> threads;
    for (std::uint64_t index = 0; index < threadCount; index++) {
      threads.emplace_back([&, index] {
        TracerShmThread *attached = nullptr;
        if (tracer_shm_attach(region.get(), &attached) != TRACER_SHM_OK) {
          refused++;
          return;
        }
        const Thread thread(attached);
        for (std::uint64_t number = 0; number < eventCount; number++) {
          const Event event{index, number};
          if (tracer_shm_write_index(thread.get(), eventType, &event, sizeof event) !=
              TRACER_SHM_OK)
            refused++;
        }
      });
    }
    Frames next;
    TracerShmDrained drained{};
    drained.size = sizeof drained;
    std::uint64_t records = 0, ended = 0;
    while (ended < threadCount) {
      if (tracer_shm_drain(controller.get(), 0, takeFrame, &next, &drained) != TRACER_SHM_OK) {
        check(false, "drain");
        break;
      }
      records += drained.records;
      ended += drained.threads_ended;
      if (drained.frames == 0) tracer_shm_wait(controller.get(), 100'000'000);
    }
    for (auto &thread : threads) thread.join();
    check(refused == 0, "nothing was refused");
    check(records == threadCount * eventCount, "all records came");
    for (std::uint64_t index = 0; index < threadCount; index++)
      check(next[index] == eventCount, "in order, thread by thread");
  }
  std::printf("%s: %d passed, %d failed\n", kind.c_str(), passes, failures);
  return failures == 0 ? 0 : 1;
}
