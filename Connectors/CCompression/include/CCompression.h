#ifndef MILLRACE_CCOMPRESSION_H
#define MILLRACE_CCOMPRESSION_H

// What record batches are compressed with, unpacked into memory of bounded size: zlib, LZ4 and Zstandard by their libraries,
// Snappy here.

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

typedef enum ccompression_kind {
    CCOMPRESSION_GZIP = 1,
    CCOMPRESSION_SNAPPY = 2, // raw, or in the blocks that Java clients write
    CCOMPRESSION_LZ4 = 3,    // frames
    CCOMPRESSION_ZSTD = 4,
} ccompression_kind;

/// Unpacks `length` bytes. NULL when they are not of the kind, are not whole, or become more than `limit` bytes; else memory
/// for `ccompression_free`, its bytes counted in `size`.
uint8_t *ccompression_unpack(ccompression_kind kind, const uint8_t *bytes, size_t length, size_t limit, size_t *size);
void ccompression_free(uint8_t *bytes);

#if defined(__cplusplus)
}
#endif
#endif
