/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of a stored record: [version u8][fields, little endian][crc32 of all before, u32]. Texts
 * are [length u8 or u16][bytes]. docs/STORE.md describes every record.
 */
#ifndef EVCP_CORE_RECORD_H
#define EVCP_CORE_RECORD_H

#include "limits.h"
#include "store.h"

#define EVCP__RECORD_VERSION 1

/* Builds a record in place. Overflow and over-long texts make `failed` true; seal reports it. */
struct evcp__writer {
    size_t size;
    bool failed;
    uint8_t bytes[EVCP__RECORD_MAX];
};

void evcp__write_begin(struct evcp__writer *w);
void evcp__write_u8(struct evcp__writer *w, uint8_t v);
void evcp__write_u16(struct evcp__writer *w, uint16_t v);
void evcp__write_u32(struct evcp__writer *w, uint32_t v);
void evcp__write_u64(struct evcp__writer *w, uint64_t v);
void evcp__write_i64(struct evcp__writer *w, int64_t v);
/* At most 65535 bytes, stored as [u16 length][bytes]. NULL is stored as the empty text. */
void evcp__write_text(struct evcp__writer *w, const char *text);
/* Appends the checksum. EVCP_OK, or EVCP_EFULL if the record did not fit. */
EVCP__MUST_CHECK int evcp__write_seal(struct evcp__writer *w, struct evcp__slice *record);

/* Reads a record. Reading past the end, or a text that does not fit, makes `failed` true. */
struct evcp__cursor {
    const uint8_t *at;
    const uint8_t *end;
    bool failed;
};

/* EVCP_OK, EVCP_ECORRUPT (length or checksum), EVCP_EVERSION (newer format). */
EVCP__MUST_CHECK int evcp__read_begin(struct evcp__cursor *r, struct evcp__slice record);
uint8_t evcp__read_u8(struct evcp__cursor *r);
uint16_t evcp__read_u16(struct evcp__cursor *r);
uint32_t evcp__read_u32(struct evcp__cursor *r);
uint64_t evcp__read_u64(struct evcp__cursor *r);
int64_t evcp__read_i64(struct evcp__cursor *r);
/* Copies into out (zero-terminated); failed if longer than out_size - 1 or containing NUL. */
void evcp__read_text(struct evcp__cursor *r, char *out, size_t out_size);
/* EVCP_OK if everything was read and nothing failed, else EVCP_ECORRUPT. */
EVCP__MUST_CHECK int evcp__read_end(const struct evcp__cursor *r);

uint32_t evcp__crc32(const void *data, size_t size);

/* Keys of numbers, big endian so that byte order is number order. */
void evcp__key_u64(uint64_t v, uint8_t out[8]);
uint64_t evcp__key_to_u64(const void *bytes);

#endif
