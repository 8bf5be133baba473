// CRC32C: the polynomial of Castagnoli, 0x1EDC6F41, in its reflected form 0x82F63B78, with initial
// value and final inversion all ones (RFC 3720). Three forms: SSE4.2, ARMv8 CRC, and a table.
#include "region.h"
#include <string.h>
#if defined(__aarch64__)
#include <sys/auxv.h>
#endif

// The table is linear: the entry of a byte is the exclusive or of the entries of its bits.
#define BIT(i, b, entry) (((i) & (b)) ? (entry) : 0u)
#define E1(i)                                                                          \
  BIT(i, 1, 0xF26B8303u) ^ BIT(i, 2, 0xE13B70F7u) ^ BIT(i, 4, 0xC79A971Fu) ^           \
      BIT(i, 8, 0x8AD958CFu) ^ BIT(i, 16, 0x105EC76Fu) ^ BIT(i, 32, 0x20BD8EDEu) ^     \
      BIT(i, 64, 0x417B1DBCu) ^ BIT(i, 128, 0x82F63B78u)
#define E4(i) E1(i), E1((i) + 1), E1((i) + 2), E1((i) + 3)
#define E16(i) E4(i), E4((i) + 4), E4((i) + 8), E4((i) + 12)
#define E64(i) E16(i), E16((i) + 16), E16((i) + 32), E16((i) + 48)
static const uint32_t table[256] = {E64(0), E64(64), E64(128), E64(192)};

uint32_t platform_crc32c_table(uint32_t crc, const void *bytes, size_t byte_count) {
  const unsigned char *next = bytes;
  crc = ~crc;
  for (size_t i = 0; i < byte_count; i++) crc = table[(crc ^ next[i]) & 0xFF] ^ (crc >> 8);
  return ~crc;
}

#if defined(__x86_64__)
#define WORD_STEP(crc, word) (uint32_t)__builtin_ia32_crc32di((crc), (word))
#define BYTE_STEP(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
#define HAVE_INSTRUCTION __builtin_cpu_supports("sse4.2")
#define INSTRUCTION_TARGET __attribute__((target("sse4.2")))
#elif defined(__aarch64__)
#define WORD_STEP(crc, word) __builtin_arm_crc32cd((crc), (word))
#define BYTE_STEP(crc, byte) __builtin_arm_crc32cb((crc), (byte))
#define HAVE_INSTRUCTION (getauxval(AT_HWCAP) & (1ul << 7)) /* HWCAP_CRC32 */
#define INSTRUCTION_TARGET __attribute__((target("crc")))
#endif
#if defined(WORD_STEP)
INSTRUCTION_TARGET
static uint32_t crc32c_run(uint32_t crc, const unsigned char *next, size_t byte_count) {
  for (; byte_count >= 8; byte_count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, sizeof word);
    crc = WORD_STEP(crc, word);
  }
  for (; byte_count > 0; byte_count--) crc = BYTE_STEP(crc, *next++);
  return crc;
}

// The instruction takes one word a cycle and answers after three: three runs side by side keep it
// busy. A run starts from zero and is joined to the one before by shifting that one's checksum over
// as many zero bytes, which is linear: the exclusive or of what each of its bits becomes.
enum { RUN_BYTES = 1024 };
static const uint32_t shifted_by_run[32] = {
    0xFE314258u, 0xF98EF241u, 0xF6F19273u, 0xE80F5217u, 0xD5F2D2DFu, 0xAE09D34Fu, 0x59FFD06Fu,
    0xB3FFA0DEu, 0x6213374Du, 0xC4266E9Au, 0x8DA0ABC5u, 0x1EAD217Bu, 0x3D5A42F6u, 0x7AB485ECu,
    0xF5690BD8u, 0xEF3E6141u, 0xDB90B473u, 0xB2CD1E17u, 0x60764ADFu, 0xC0EC95BEu, 0x84355D8Du,
    0x0D86CDEBu, 0x1B0D9BD6u, 0x361B37ACu, 0x6C366F58u, 0xD86CDEB0u, 0xB535CB91u, 0x6F87E1D3u,
    0xDF0FC3A6u, 0xBBF3F1BDu, 0x720B958Bu, 0xE4172B16u,
};

static uint32_t shift_by_run(uint32_t crc) {
  uint32_t shifted = 0;
  for (int bit = 0; bit < 32; bit++) shifted ^= shifted_by_run[bit] & (0u - ((crc >> bit) & 1u));
  return shifted;
}

INSTRUCTION_TARGET
static uint32_t crc32c_by_instruction(uint32_t crc, const void *bytes, size_t byte_count) {
  const unsigned char *next = bytes;
  crc = ~crc;
  for (; byte_count >= 3 * RUN_BYTES; byte_count -= 3 * RUN_BYTES, next += 3 * RUN_BYTES) {
    uint32_t second = 0, third = 0;
    for (size_t i = 0; i < RUN_BYTES; i += 8) {
      uint64_t words[3];
      memcpy(&words[0], next + i, 8);
      memcpy(&words[1], next + RUN_BYTES + i, 8);
      memcpy(&words[2], next + 2 * RUN_BYTES + i, 8);
      crc = WORD_STEP(crc, words[0]);
      second = WORD_STEP(second, words[1]);
      third = WORD_STEP(third, words[2]);
    }
    crc = shift_by_run(shift_by_run(crc) ^ second) ^ third;
  }
  return ~crc32c_run(crc, next, byte_count);
}
#endif

uint32_t platform_crc32c(uint32_t crc, const void *bytes, size_t byte_count) {
#if defined(WORD_STEP)
  if (HAVE_INSTRUCTION) return crc32c_by_instruction(crc, bytes, byte_count);
#endif
  return platform_crc32c_table(crc, bytes, byte_count);
}
