// What every compiled litmus test has in common, as C: types, placing, the tally, and the four
// functions that the frame calls. The frame itself (`BatchFrame`) is the catalogue's.
//
//   results:  abandons of each process │ values of each term, by instance

enum LitmusFrameSource {
  /// Distinct outcomes that a process can tell apart; more are counted as overflow.
  static let outcomeCapacity = 240
  /// What loops may take in one batch: much longer than another process is off its CPU, unless
  /// the machine is very busy.
  static let budgetNanoseconds = 50_000_000
  /// Values of at most so many terms are counted in a table, if they are all small.
  static let packedTerms = 6

  /// Bytes of the results of a test.
  static func resultBytes(processes: Int, terms: Int) -> Int {
    (processes + terms) * TortureLayout.instances * 8
  }

  /// Types and helpers that the generated functions use.
  static let declarations = """
    #include <sched.h>
    #include <stdint.h>
    #include <string.h>
    #include <time.h>

    #define EXPORTED __attribute__((visibility("default")))

    enum {
      INSTANCES = \(TortureLayout.instances),
      OUTCOMES = \(outcomeCapacity),
      PACKED = \(packedTerms),
      PATIENCE = 1000, // rounds of loops between two looks at the clock
      BUDGET = \(budgetNanoseconds), // nanoseconds of loops in a batch before instances are given up
      PITCH = \(TortureLayout.pitch)
    };

    /// Where the locations of the instances lie.
    struct layout {
      char *base;
      long stride;
    };

    static inline void *place(const struct layout *layout, long location, long instance) {
      return layout->base + location * PITCH + instance * layout->stride;
    }

    /// Whether loops have had their time in this batch; if not, another PATIENCE rounds follow.
    /// Whoever has looped that long may be keeping the one it waits for from running.
    static __attribute__((noinline, unused)) int is_over(long *patience, long *deadline) {
      struct timespec now;
      sched_yield();
      clock_gettime(CLOCK_MONOTONIC, &now);
      const long time = now.tv_sec * 1000000000L + now.tv_nsec;
      if (!*deadline) *deadline = time + BUDGET;
      *patience = PATIENCE;
      return time > *deadline;
    }

    static inline __attribute__((unused)) long encode(const struct layout *layout, long instance,
                                                      long value) {
      for (long location = 0; location < LOCATIONS; location++)
        if (value == (long)place(layout, location, instance))
          return \(LitmusProgram.addressBase)L + location;
      return value;
    }
    """

  /// What the frame calls, and the tally behind it.
  static let functions = """
    struct record { uint64_t count; int64_t values[TERMS ? TERMS : 1]; };

    static struct tally {
      uint64_t packed[4][1 << (2 * PACKED)]; // counts of outcomes whose values are all 0…3, four lanes
      struct record others[OUTCOMES];
      uint64_t other_count, overflow, abandoned;
    } tallies[PROCESSES];

    static void add(struct tally *tally, const long *values, uint64_t count) {
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

    EXPORTED void litmus_reset(char *base, long stride, int location, long from, long to) {
      const struct layout layout = {base, stride};
      reset(&layout, location, from, to);
    }

    EXPORTED void litmus_run(char *base, long stride, char *shared, int process, long first) {
      const struct layout layout = {base, stride};
      long *abandons = (long *)shared;
      run_process(process, &layout, abandons + PROCESSES * INSTANCES,
                  abandons + process * INSTANCES, first);
    }

    EXPORTED void litmus_tally(char *base, long stride, char *shared, int process, long from,
                               long to) {
      const struct layout layout = {base, stride};
      struct tally *tally = &tallies[process];
      long *abandons = (long *)shared;
      const long *results = abandons + PROCESSES * INSTANCES;
      for (long instance = from; instance < to; instance++) {
        long values[TERMS ? TERMS : 1];
        long abandoned = 0;
        for (int p = 0; p < PROCESSES; p++) abandoned |= abandons[p * INSTANCES + instance];
        if (__builtin_expect(abandoned != 0, 0)) {
          for (int p = 0; p < PROCESSES; p++) abandons[p * INSTANCES + instance] = 0;
          tally->abandoned++;
          continue;
        }
        outcome(&layout, results, instance, values);
        long all = 0;
        unsigned packed = 0;
        for (int t = 0; t < TERMS; t++) {
          all |= values[t];
          packed |= ((unsigned)values[t] & 3) << (2 * t & 15);
        }
        if (__builtin_expect(TERMS <= PACKED && (all & ~(long)3) == 0, 1))
          tally->packed[instance & 3][packed & ((1 << 2 * PACKED) - 1)]++;
        else
          add(tally, values, 1);
      }
    }

    /// Writes abandoned, overflow and the number of records, then the records.
    EXPORTED void litmus_report(int process, uint64_t *out, uint64_t *records) {
      struct tally *tally = &tallies[process];
      for (unsigned packed = 0; packed < 1u << (2 * (TERMS < PACKED ? TERMS : PACKED)); packed++) {
        uint64_t total = 0;
        for (int lane = 0; lane < 4; lane++) total += tally->packed[lane][packed];
        if (!total) continue;
        long values[TERMS ? TERMS : 1];
        values[0] = 0;
        for (int t = 0; t < TERMS; t++) values[t] = packed >> (2 * t & 15) & 3;
        add(tally, values, total);
      }
      out[0] = tally->abandoned;
      out[1] = tally->overflow;
      out[2] = tally->other_count;
      memcpy(records, tally->others, tally->other_count * sizeof(struct record));
    }
    """
}
