#include "CCompression.h"

#include <lz4frame.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

// Memory that grows up to a limit.
typedef struct output {
    uint8_t *bytes;
    size_t size;
    size_t capacity;
    size_t limit;
} output;

// Room for more bytes, some at least; false at the limit.
static bool grow(output *out) {
    if (out->size < out->capacity) return true;
    if (out->capacity >= out->limit) return false;
    size_t capacity = out->capacity * 2 < out->limit ? out->capacity * 2 : out->limit;
    uint8_t *bytes = realloc(out->bytes, capacity);
    if (!bytes) return false;
    out->bytes = bytes;
    out->capacity = capacity;
    return true;
}

static bool begin(output *out, size_t wanted, size_t limit) {
    if (wanted < 4096) wanted = 4096;
    // A byte more, so that what fills the limit is told from what goes past it.
    out->limit = limit + 1;
    out->size = 0;
    out->capacity = wanted < out->limit ? wanted : out->limit;
    out->bytes = malloc(out->capacity);
    return out->bytes != NULL;
}

static bool unpack_gzip(const uint8_t *bytes, size_t length, output *out) {
    z_stream stream;
    memset(&stream, 0, sizeof(stream));
    // The window's greatest size, and the header of gzip or zlib.
    if (inflateInit2(&stream, 15 + 32) != Z_OK) return false;
    stream.next_in = (Bytef *)bytes;
    stream.avail_in = (uInt)length;
    int code = Z_OK;
    while (code == Z_OK && grow(out)) {
        size_t room = out->capacity - out->size;
        stream.next_out = out->bytes + out->size;
        stream.avail_out = (uInt)room;
        code = inflate(&stream, Z_NO_FLUSH);
        out->size += room - stream.avail_out;
    }
    inflateEnd(&stream);
    return code == Z_STREAM_END;
}

static bool unpack_lz4(const uint8_t *bytes, size_t length, output *out) {
    LZ4F_decompressionContext_t context = NULL;
    if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION))) return false;
    size_t at = 0, left = 1;
    while (left != 0 && grow(out)) {
        size_t room = out->capacity - out->size, given = length - at;
        left = LZ4F_decompress(context, out->bytes + out->size, &room, bytes + at, &given, NULL);
        if (LZ4F_isError(left) || (room == 0 && given == 0 && left != 0)) break;
        at += given;
        out->size += room;
    }
    LZ4F_freeDecompressionContext(context);
    return left == 0;
}

static bool unpack_zstd(const uint8_t *bytes, size_t length, output *out) {
    ZSTD_DStream *stream = ZSTD_createDStream();
    if (!stream) return false;
    ZSTD_inBuffer in = {bytes, length, 0};
    size_t left = 1;
    while (left != 0 && grow(out)) {
        ZSTD_outBuffer part = {out->bytes + out->size, out->capacity - out->size, 0};
        size_t taken = in.pos;
        left = ZSTD_decompressStream(stream, &part, &in);
        if (ZSTD_isError(left) || (part.pos == 0 && in.pos == taken && left != 0)) break;
        out->size += part.pos;
    }
    ZSTD_freeDStream(stream);
    return left == 0;
}

// MARK: Snappy

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// The size of a raw block when unpacked, a little-endian number of seven bits a byte before it.
static const uint8_t *block_size(const uint8_t *at, const uint8_t *end, size_t *size) {
    *size = 0;
    for (int shift = 0; shift < 35 && at < end; shift += 7) {
        *size |= (size_t)(*at & 0x7f) << shift;
        if (!(*at++ & 0x80)) return at;
    }
    return NULL;
}

static bool reserve(output *out, size_t size) {
    if (size > out->limit - out->size) return false;
    while (out->capacity - out->size < size) {
        size_t held = out->size;
        out->size = out->capacity;
        bool grown = grow(out);
        out->size = held;
        if (!grown) return false;
    }
    return true;
}

// Copies bytes that were written before, which may reach into those that are being written.
static void repeat(uint8_t *target, size_t distance, size_t count) {
    const uint8_t *source = target - distance;
    if (distance >= count) {
        memcpy(target, source, count);
    } else {
        for (size_t i = 0; i < count; i++) target[i] = source[i];
    }
}

// The low bits of an element's first byte say what it is: 0 bytes as they are, 1 to 3 a repetition with a distance of one byte
// and a bit of the first, of two, of four.
static bool unpack_block(const uint8_t *at, const uint8_t *end, output *out) {
    size_t size = 0;
    at = block_size(at, end, &size);
    if (!at || !reserve(out, size)) return false;
    uint8_t *const start = out->bytes + out->size;
    size_t written = 0;
    while (at < end) {
        const uint8_t tag = *at++;
        size_t count = (size_t)(tag >> 2) + 1, distance = 0;
        const size_t more = (tag & 3) == 0 ? (count > 60 ? count - 60 : 0) : (tag & 3) == 3 ? 4 : (size_t)(tag & 3);
        if (more > (size_t)(end - at)) return false;
        size_t number = 0;
        for (size_t i = 0; i < more; i++) number |= (size_t)at[i] << (8 * i);
        at += more;
        if ((tag & 3) == 0) {
            if (more) count = number + 1;
            if (count > (size_t)(end - at) || count > size - written) return false;
            memcpy(start + written, at, count);
            at += count;
        } else {
            distance = (tag & 3) == 1 ? number | (size_t)(tag >> 5) << 8 : number;
            if ((tag & 3) == 1) count = (size_t)(tag >> 2 & 7) + 4;
            if (distance == 0 || distance > written || count > size - written) return false;
            repeat(start + written, distance, count);
        }
        written += count;
    }
    out->size += written;
    return written == size;
}

static bool unpack_snappy(const uint8_t *bytes, size_t length, output *out) {
    static const uint8_t magic[8] = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
    const uint8_t *at = bytes, *const end = bytes + length;
    if (length < 16 || memcmp(bytes, magic, sizeof(magic)) != 0) return unpack_block(at, end, out);
    // Behind the magic two version numbers, then blocks behind their lengths.
    at += 16;
    while (end - at >= 4) {
        size_t block = big_endian(at);
        at += 4;
        if (block > (size_t)(end - at) || !unpack_block(at, at + block, out)) return false;
        at += block;
    }
    return at == end;
}

// MARK: all kinds

uint8_t *ccompression_unpack(ccompression_kind kind, const uint8_t *bytes, size_t length, size_t limit, size_t *size) {
    output out;
    if (length > UINT32_MAX || !begin(&out, length * 4, limit)) return NULL;
    bool good = false;
    switch (kind) {
    case CCOMPRESSION_GZIP: good = unpack_gzip(bytes, length, &out); break;
    case CCOMPRESSION_SNAPPY: good = unpack_snappy(bytes, length, &out); break;
    case CCOMPRESSION_LZ4: good = unpack_lz4(bytes, length, &out); break;
    case CCOMPRESSION_ZSTD: good = unpack_zstd(bytes, length, &out); break;
    }
    if (good && out.size <= limit) {
        *size = out.size;
        return out.bytes;
    }
    free(out.bytes);
    return NULL;
}

void ccompression_free(uint8_t *bytes) { free(bytes); }
