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
__attribute__((target("sse4.2")))
#elif defined(__aarch64__)
#define WORD_STEP(crc, word) __builtin_arm_crc32cd((crc), (word))
#define BYTE_STEP(crc, byte) __builtin_arm_crc32cb((crc), (byte))
#define HAVE_INSTRUCTION (getauxval(AT_HWCAP) & (1ul << 7)) /* HWCAP_CRC32 */
__attribute__((target("crc")))
#endif
#if defined(WORD_STEP)
static uint32_t crc32c_by_instruction(uint32_t crc, const void *bytes, size_t byte_count) {
  const unsigned char *next = bytes;
  crc = ~crc;
  for (; byte_count >= 8; byte_count -= 8, next += 8) {
    uint64_t word;
    memcpy(&word, next, sizeof word);
    crc = WORD_STEP(crc, word);
  }
  for (; byte_count > 0; byte_count--) crc = BYTE_STEP(crc, *next++);
  return ~crc;
}
#endif

uint32_t platform_crc32c(uint32_t crc, const void *bytes, size_t byte_count) {
#if defined(WORD_STEP)
  if (HAVE_INSTRUCTION) return crc32c_by_instruction(crc, bytes, byte_count);
#endif
  return platform_crc32c_table(crc, bytes, byte_count);
}
