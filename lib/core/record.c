/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored records: writing, reading, checksum. Nothing read from a record is trusted before the
 * checksum was compared, and nothing is read past its end.
 */
#include "record.h"

#include <string.h>

#define CRC_BYTES 4u

/*
 * CRC-32 (IEEE 802.3, reflected). The table is linear over XOR, so that every entry follows from
 * the eight entries of the powers of two and the compiler builds it.
 */
#define CRC_BIT(i, bit, value) (((i) & (bit)) != 0 ? (value) : 0u)
#define CRC_ENTRY(i)                                                                               \
    (CRC_BIT(i, 0x01u, 0x77073096u) ^ CRC_BIT(i, 0x02u, 0xEE0E612Cu) ^                             \
     CRC_BIT(i, 0x04u, 0x076DC419u) ^ CRC_BIT(i, 0x08u, 0x0EDB8832u) ^                             \
     CRC_BIT(i, 0x10u, 0x1DB71064u) ^ CRC_BIT(i, 0x20u, 0x3B6E20C8u) ^                             \
     CRC_BIT(i, 0x40u, 0x76DC4190u) ^ CRC_BIT(i, 0x80u, 0xEDB88320u))
#define CRC_4(i)  CRC_ENTRY(i), CRC_ENTRY((i) + 1u), CRC_ENTRY((i) + 2u), CRC_ENTRY((i) + 3u)
#define CRC_16(i) CRC_4(i), CRC_4((i) + 4u), CRC_4((i) + 8u), CRC_4((i) + 12u)
#define CRC_64(i) CRC_16(i), CRC_16((i) + 16u), CRC_16((i) + 32u), CRC_16((i) + 48u)

static const uint32_t crc_table[256] = {CRC_64(0u), CRC_64(64u), CRC_64(128u), CRC_64(192u)};

uint32_t evcp__crc32(const void *data, size_t size)
{
    const uint8_t *p = data;
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        crc = crc_table[(crc ^ p[i]) & 0xFFu] ^ (crc >> 8);
    }
    return crc ^ 0xFFFFFFFFu;
}

/* ---- writing ----------------------------------------------------------------------------- */

static uint8_t *claim(struct evcp__writer *w, size_t count)
{
    if (w->failed || count > sizeof(w->bytes) - w->size) {
        w->failed = true;
        return NULL;
    }
    uint8_t *at = w->bytes + w->size;
    w->size += count;
    return at;
}

static void write_little(struct evcp__writer *w, uint64_t v, size_t count)
{
    uint8_t *at = claim(w, count);
    if (at == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        at[i] = (uint8_t)(v >> (8 * i));
    }
}

void evcp__write_begin(struct evcp__writer *w)
{
    w->size = 0;
    w->failed = false;
    evcp__write_u8(w, EVCP__RECORD_VERSION);
}

void evcp__write_u8(struct evcp__writer *w, uint8_t v)
{
    write_little(w, v, 1);
}

void evcp__write_u16(struct evcp__writer *w, uint16_t v)
{
    write_little(w, v, 2);
}

void evcp__write_u32(struct evcp__writer *w, uint32_t v)
{
    write_little(w, v, 4);
}

void evcp__write_u64(struct evcp__writer *w, uint64_t v)
{
    write_little(w, v, 8);
}

void evcp__write_i64(struct evcp__writer *w, int64_t v)
{
    write_little(w, (uint64_t)v, 8);
}

void evcp__write_text(struct evcp__writer *w, const char *text)
{
    size_t length = text == NULL ? 0 : strlen(text);
    if (length > UINT16_MAX) {
        w->failed = true;
        return;
    }
    evcp__write_u16(w, (uint16_t)length);
    uint8_t *at = claim(w, length);
    if (at != NULL && length > 0) {
        memcpy(at, text, length);
    }
}

int evcp__write_seal(struct evcp__writer *w, struct evcp__slice *record)
{
    if (!w->failed) {
        evcp__write_u32(w, evcp__crc32(w->bytes, w->size));
    }
    if (w->failed) {
        return EVCP_EFULL;
    }
    record->data = w->bytes;
    record->size = w->size;
    return EVCP_OK;
}

/* ---- reading ----------------------------------------------------------------------------- */

static const uint8_t *take(struct evcp__cursor *r, size_t count)
{
    if (r->failed || count > (size_t)(r->end - r->at)) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *at = r->at;
    r->at += count;
    return at;
}

static uint64_t read_little(struct evcp__cursor *r, size_t count)
{
    const uint8_t *at = take(r, count);
    uint64_t v = 0;
    for (size_t i = 0; at != NULL && i < count; i++) {
        v |= (uint64_t)at[i] << (8 * i);
    }
    return v;
}

int evcp__read_begin(struct evcp__cursor *r, struct evcp__slice record)
{
    r->at = r->end = NULL;
    r->failed = true;
    if (record.data == NULL || record.size < 1 + CRC_BYTES) {
        return EVCP_ECORRUPT;
    }
    const uint8_t *bytes = record.data;
    struct evcp__cursor crc = {bytes + record.size - CRC_BYTES, bytes + record.size, false};
    if (evcp__read_u32(&crc) != evcp__crc32(bytes, record.size - CRC_BYTES)) {
        return EVCP_ECORRUPT;
    }
    if (bytes[0] != EVCP__RECORD_VERSION) {
        return bytes[0] > EVCP__RECORD_VERSION ? EVCP_EVERSION : EVCP_ECORRUPT;
    }
    r->at = bytes + 1;
    r->end = bytes + record.size - CRC_BYTES;
    r->failed = false;
    return EVCP_OK;
}

uint8_t evcp__read_u8(struct evcp__cursor *r)
{
    return (uint8_t)read_little(r, 1);
}

uint16_t evcp__read_u16(struct evcp__cursor *r)
{
    return (uint16_t)read_little(r, 2);
}

uint32_t evcp__read_u32(struct evcp__cursor *r)
{
    return (uint32_t)read_little(r, 4);
}

uint64_t evcp__read_u64(struct evcp__cursor *r)
{
    return read_little(r, 8);
}

int64_t evcp__read_i64(struct evcp__cursor *r)
{
    return (int64_t)read_little(r, 8);
}

void evcp__read_text(struct evcp__cursor *r, char *out, size_t out_size)
{
    out[0] = '\0';
    size_t length = evcp__read_u16(r);
    const uint8_t *at = take(r, length);
    if (at == NULL) {
        return;
    }
    if (length >= out_size || memchr(at, '\0', length) != NULL) {
        r->failed = true;
        return;
    }
    memcpy(out, at, length);
    out[length] = '\0';
}

int evcp__read_end(const struct evcp__cursor *r)
{
    return !r->failed && r->at == r->end ? EVCP_OK : EVCP_ECORRUPT;
}

/* ---- keys -------------------------------------------------------------------------------- */

void evcp__key_u64(uint64_t v, uint8_t out[8])
{
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(v >> (56 - 8 * i));
    }
}

uint64_t evcp__key_to_u64(const void *bytes)
{
    const uint8_t *p = bytes;
    uint64_t v = 0;
    for (size_t i = 0; i < 8; i++) {
        v = v << 8 | p[i];
    }
    return v;
}
