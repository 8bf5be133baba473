// The C frame of a compiled litmus test: control words, layout, rendezvous, batches, tally.
//
//   region:  control page │ one page of counts per process │ abandons, results │ locations
//
//   process p, each batch:   meet ─▶ (skew) run all instances ─▶ meet ─▶ tally and reset a share
//
// No barrier stands between instances: two per batch of 256 cost under one percent. Where
// instances of different processes lie (dense words, a quarter line, a line each), who resets
// what, and how much later one process starts, are drawn anew for each batch from the seed: which
// of them shows a weak outcome depends on processor and test. A batch's instances are tallied
// once each, so that every weak outcome counted is a distinct one.

enum TortureRuntime {
  /// Instances per batch: the dense layout then keeps a batch in the first-level cache, where the
  /// rate of weak outcomes was best (tried: 64, 128, 256, 1,024). A power of two.
  static let instances = 256
  /// Distinct outcomes that a process can tell apart; more are counted as `overflow`.
  static let outcomeCapacity = 240
  /// Sizes in bytes of the parts of a region.
  static let pageBytes = 4096
  static let countsBytesPerProcess = 64 * 1024

  /// Words of the control page.
  enum Control {
    static let stop = 0
    static let maximumBatches = 1
    static let durationNanoseconds = 2
    static let seed = 3
    static let spins = 4
  }

  /// Words of a process's counts.
  enum Counts {
    static let batches = 0
    static let abandoned = 1
    static let overflow = 2
    static let outcomes = 3
    static let runNanoseconds = 4
    static let totalNanoseconds = 5
    /// From here: for each outcome its count and the values of the terms.
    static let records = 8
  }

  /// Bytes of a region for a test.
  static func regionBytes(processes: Int, locations: Int, terms: Int) -> Int {
    let results = (processes + terms) * instances * 8
    let wordsPerLocation = (instances + 1) * 64
    let pages = pageBytes
    let total =
      pageBytes + processes * countsBytesPerProcess + results + locations * wordsPerLocation
    return (total + 2 * pages - 1) / pages * pages + pages
  }

  /// Types and helpers that the generated functions use.
  static let declarations = """
    #define _GNU_SOURCE
    #include <sched.h>
    #include <stdint.h>
    #include <string.h>
    #include <time.h>

    enum {
      INSTANCES = \(instances),
      OUTCOMES = \(outcomeCapacity),
      PATIENCE = 1000000, // rounds of waiting loops in one instance before it is given up
      PAGE = \(pageBytes),
      COUNTS_BYTES = \(countsBytesPerProcess),
      LINE = 64
    };

    /// Where the locations of the instances lie.
    struct layout {
      char *base;
      long stride;
    };

    static inline word_t *place(const struct layout *layout, long location, long instance) {
      // One line more than needed between locations: their sets in the caches differ.
      return (word_t *)(layout->base + location * (INSTANCES + 1) * LINE
                        + instance * layout->stride);
    }

    static inline __attribute__((unused)) long encode(const struct layout *layout, long instance,
                                                      long value) {
      for (long location = 0; location < LOCATIONS; location++)
        if (value == (long)place(layout, location, instance))
          return \(LitmusProgram.addressBase)L + location;
      return value;
    }
    """

  /// The worker: runs batches until told to stop.
  static let worker = """
    struct record { uint64_t count; int64_t values[TERMS ? TERMS : 1]; };

    struct tally {
      uint64_t packed[4][1 << 12]; // counts of outcomes whose values are all 0…3, four lanes
      struct record others[OUTCOMES];
      uint64_t other_count, overflow, abandoned;
    };

    static uint64_t now(void) {
      struct timespec t;
      clock_gettime(CLOCK_MONOTONIC, &t);
      return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
    }

    static inline void relax(void) {
    #if defined(__x86_64__)
      __builtin_ia32_pause();
    #elif defined(__aarch64__)
      __asm__ volatile("isb" ::: "memory");
    #endif
    }

    /// Waits until all processes have come this far. Spins only where each has a processor.
    static void meet(uint64_t *control, int process, uint64_t phase, int spins) {
      uint64_t *lines = control + LINE; // eight words apart, behind the control words
      __atomic_store_n(&lines[process * 8], phase, __ATOMIC_RELEASE);
      for (int other = 0; other < PROCESSES; other++)
        while (__atomic_load_n(&lines[other * 8], __ATOMIC_ACQUIRE) < phase)
          if (spins) relax(); else sched_yield();
    }

    static void add(struct tally *tally, const word_t *values, uint64_t count) {
      for (uint64_t i = 0; i < tally->other_count; i++) {
        int same = 1;
        for (int t = 0; t < TERMS; t++) same &= tally->others[i].values[t] == values[t];
        if (same) { tally->others[i].count += count; return; }
      }
      if (tally->other_count == OUTCOMES) { tally->overflow += count; return; }
      struct record *record = &tally->others[tally->other_count++];
      record->count = count;
      for (int t = 0; t < TERMS; t++) record->values[t] = values[t];
    }

    static void count(struct tally *tally, const struct layout *layout, const word_t *results,
                      word_t *abandons, long from, long to) {
      for (long instance = from; instance < to; instance++) {
        word_t values[TERMS ? TERMS : 1];
        word_t abandoned = 0;
        for (int p = 0; p < PROCESSES; p++) {
          abandoned |= abandons[p * INSTANCES + instance];
        }
        if (__builtin_expect(abandoned != 0, 0)) {
          for (int p = 0; p < PROCESSES; p++) abandons[p * INSTANCES + instance] = 0;
          tally->abandoned++;
          continue;
        }
        outcome(layout, results, instance, values);
        word_t all = 0;
        unsigned packed = 0;
        for (int t = 0; t < TERMS; t++) {
          all |= values[t];
          packed |= ((unsigned)values[t] & 3) << (2 * t & 15);
        }
        if (__builtin_expect(TERMS <= 6 && (all & ~(word_t)3) == 0, 1))
          tally->packed[instance & 3][packed & 4095]++;
        else
          add(tally, values, 1);
      }
    }

    static uint64_t draw(uint64_t *state) { // xorshift64*, Vigna 2016
      *state ^= *state >> 12; *state ^= *state << 25; *state ^= *state >> 27;
      return *state * 0x2545F4914F6CDD1Du;
    }

    static struct tally tallies[PROCESSES];

    __attribute__((visibility("default")))
    int litmus_work(char *region, int process) {
      uint64_t *control = (uint64_t *)region;
      uint64_t *out = (uint64_t *)(region + PAGE + process * COUNTS_BYTES);
      word_t *abandons = (word_t *)(region + PAGE + PROCESSES * COUNTS_BYTES);
      word_t *results = abandons + PROCESSES * INSTANCES;
      uintptr_t end = (uintptr_t)(results + TERMS * INSTANCES);
      struct layout layout = {.base = (char *)((end + PAGE - 1) & ~(uintptr_t)(PAGE - 1))};
      struct tally *tally = &tallies[process];
      const int spins = (int)control[4];
      uint64_t random = control[3] | 1, phase = 0, batch = 0, run_time = 0;
      const uint64_t start = now();
      for (;; batch++) {
        // The same draws in every process: nothing about a batch needs to be agreed upon.
        const uint64_t drawn = draw(&random);
        static const long strides[8] = {sizeof(word_t), sizeof(word_t), sizeof(word_t),
                                        sizeof(word_t), 16, 16, 16, LINE};
        layout.stride = strides[drawn & 7];
        const long from = process * INSTANCES / PROCESSES;
        const long to = (process + 1) * INSTANCES / PROCESSES;
        if (drawn >> 3 & 1) {
          for (int location = 0; location < LOCATIONS; location++)
            reset(&layout, location, from, to);
        } else {
          // Whole locations: their lines begin in one process's cache.
          for (int location = 0; location < LOCATIONS; location++)
            if ((location + (drawn >> 4 & 1)) % PROCESSES == (unsigned)process)
              reset(&layout, location, 0, INSTANCES);
        }
        meet(control, process, ++phase, spins);
        const uint64_t stop = __atomic_load_n(&control[0], __ATOMIC_RELAXED);
        if (stop && batch >= stop) break;
        // One process starts a little later, or some instances ahead.
        if ((int)(drawn >> 5 & 7) == process)
          for (uint64_t wait = drawn >> 8 & 127; wait > 0; wait--) __asm__ volatile("");
        const long first = (drawn >> 16 & 3) == 0 ? (long)((drawn >> 18 & 15) * process) : 0;
        const uint64_t before = (batch & 63) == 0 ? now() : 0;
        run_process(process, &layout, results, abandons + process * INSTANCES, first);
        if (before) run_time += (now() - before) * 64;
        meet(control, process, ++phase, spins);
        count(tally, &layout, results, abandons, from, to);
        // What is tallied must not be reset by somebody who is further on already.
        if (SHOWS_LOCATIONS) meet(control, process, ++phase, spins);
        if (process == 0 && (batch & 255) == 255 && !control[0]
            && (batch + 2 >= control[1] || now() - start >= control[2]))
          // Everybody reads this after the next meeting.
          __atomic_store_n(&control[0], batch + 2, __ATOMIC_RELAXED);
      }
      for (unsigned packed = 0; packed < 1u << (2 * (TERMS < 6 ? TERMS : 6)); packed++) {
        uint64_t total = 0;
        for (int lane = 0; lane < 4; lane++) total += tally->packed[lane][packed];
        if (!total) continue;
        word_t values[TERMS ? TERMS : 1];
        values[0] = 0;
        for (int t = 0; t < TERMS; t++) values[t] = packed >> (2 * t & 15) & 3;
        add(tally, values, total);
      }
      out[0] = batch;
      out[1] = tally->abandoned;
      out[2] = tally->overflow;
      out[3] = tally->other_count;
      out[4] = run_time;
      out[5] = now() - start;
      memcpy(out + 8, tally->others, tally->other_count * sizeof(struct record));
      return 0;
    }
    """
}
