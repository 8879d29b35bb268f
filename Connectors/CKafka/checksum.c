#include "CKafka.h"

#include <string.h>

// CRC-32C (Castagnoli), reflected: by the processor's own instruction where there is one, else by table.

static const uint32_t polynomial = 0x82f63b78;

static uint32_t by_table(uint32_t crc, const uint8_t *bytes, size_t length) {
    static uint32_t table[256];
    static _Atomic int ready;
    if (!ready) {
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t value = byte;
            for (int bit = 0; bit < 8; bit++) value = value & 1 ? value >> 1 ^ polynomial : value >> 1;
            // Whoever comes first or at the same time writes the same.
            table[byte] = value;
        }
        ready = 1;
    }
    for (size_t i = 0; i < length; i++) crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    return crc;
}

#if defined(__x86_64__)
#include <nmmintrin.h>

__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t length) {
    uint64_t state = crc;
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        state = _mm_crc32_u64(state, word);
    }
    crc = (uint32_t)state;
    for (; length; bytes++, length--) crc = _mm_crc32_u8(crc, *bytes);
    return crc;
}

static bool has_instruction(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__) && defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>

static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t length) {
    for (; length >= 8; bytes += 8, length -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        crc = __crc32cd(crc, word);
    }
    for (; length; bytes++, length--) crc = __crc32cb(crc, *bytes);
    return crc;
}

static bool has_instruction(void) { return true; }
#else
static uint32_t by_instruction(uint32_t crc, const uint8_t *bytes, size_t length) {
    return by_table(crc, bytes, length);
}

static bool has_instruction(void) { return false; }
#endif

uint32_t ckafka_crc32c(const uint8_t *bytes, size_t length) {
    return ~(has_instruction() ? by_instruction(~0u, bytes, length) : by_table(~0u, bytes, length));
}
