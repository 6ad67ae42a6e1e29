/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this file a sound LMDB environment? LMDB trusts its file: a page that is missing or damaged
 * ends in SIGBUS, in an assertion or in a wild read. This walk over all trees reads the file
 * itself and trusts nothing. Format: LMDB 0.9, data version 1, the machine's own word size and
 * byte order.
 */
#define _DEFAULT_SOURCE 1 /* pread, flock, lstat */

#include "store_lmdb.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC        0xBEEFC0DEu
#define DATA_VERSION 1u
#define WORD         sizeof(size_t)
#define HEAD_SIZE    (WORD + 8) /* of a page: number, padding, flags, lower, upper */
#define NODE_SIZE    8u         /* of a node: two halves of a size, flags, key size */
#define DB_SIZE      (8 + 5 * WORD)
#define META_SIZE    (8 + 2 * WORD + 2 * DB_SIZE + 2 * WORD)
#define PAGE_MIN     512u
#define PAGE_MAX     65536u
#define DEPTH_MAX    32u

#define PAGE_BRANCH   0x01u
#define PAGE_LEAF     0x02u
#define PAGE_OVERFLOW 0x04u
#define PAGE_META     0x08u
#define PAGE_KINDS    0x6Fu /* all that tell pages apart; the rest is bookkeeping in memory */

#define TREE_FLAGS_MASK 0x7Fu /* kinds of keys and duplicates, fixed address */
#define TREE_FLAGS_FREE 0x08u /* of the free list: integer keys */

#define NODE_OVERFLOW 0x01u
#define NODE_TREE     0x02u
#define NODE_KNOWN    0x03u

struct tree {
    uint16_t flags;
    uint16_t depth;
    size_t root;
};

struct meta {
    uint32_t version;
    size_t page_size;
    size_t last_page;
    size_t txn;
    struct tree free;
    struct tree main;
};

struct walk {
    int fd;
    size_t page_size;
    size_t last_page;
    uint8_t *seen;   /* bit per page */
    uint8_t *levels; /* one page per level of both walks: a tree in the main tree */
    bool failed_io;
};

struct node {
    size_t key_size;
    unsigned flags;
    size_t data_size; /* leaf */
    size_t child;     /* branch */
    const uint8_t *data;
    size_t data_room; /* bytes of the page behind the key */
};

enum walk_role { ROLE_FREE, ROLE_MAIN, ROLE_LIST };

static uint16_t load16(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static uint32_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static size_t load_word(const uint8_t *p)
{
    size_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static size_t node_low_word(const uint8_t *node)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return (size_t)load16(node + 2) | (size_t)load16(node) << 16;
#else
    return (size_t)load16(node) | (size_t)load16(node + 2) << 16;
#endif
}

/* ---- pages ------------------------------------------------------------------------------- */

static bool read_at(int fd, void *out, size_t size, uint64_t offset, bool *failed_io)
{
    uint8_t *to = out;
    while (size > 0) {
        ssize_t n = pread(fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            *failed_io = n < 0;
            return false;
        }
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return true;
}

/* False if the page is out of range or has been seen before: every page has one owner. */
static bool claim(struct walk *w, size_t page)
{
    if (page < 2 || page > w->last_page) {
        return false;
    }
    uint8_t bit = (uint8_t)(1u << (page % 8));
    if ((w->seen[page / 8] & bit) != 0) {
        return false;
    }
    w->seen[page / 8] |= bit;
    return true;
}

static bool read_page(struct walk *w, size_t page, uint8_t *out)
{
    return claim(w, page) &&
           read_at(w->fd, out, w->page_size, (uint64_t)page * w->page_size, &w->failed_io) &&
           load_word(out) == page;
}

/* The pages behind the first of an overflow run need to be owned and present, no more. */
static bool claim_overflow(struct walk *w, size_t first, size_t data_size)
{
    uint8_t head[HEAD_SIZE];
    uint64_t at = (uint64_t)first * w->page_size;
    if (!claim(w, first) || !read_at(w->fd, head, sizeof(head), at, &w->failed_io)) {
        return false;
    }
    size_t pages = load32(head + WORD + 4);
    if (load_word(head) != first || (load16(head + WORD + 2) & PAGE_KINDS) != PAGE_OVERFLOW ||
        pages == 0 || pages > w->last_page - first + 1 ||
        data_size > pages * w->page_size - HEAD_SIZE) {
        return false;
    }
    for (size_t i = 1; i < pages; i++) {
        if (!claim(w, first + i)) {
            return false;
        }
    }
    uint8_t last;
    return read_at(w->fd, &last, 1, at + HEAD_SIZE + data_size - (data_size > 0), &w->failed_io);
}

/* ---- nodes ------------------------------------------------------------------------------- */

static size_t node_count(const uint8_t *page)
{
    return (size_t)(load16(page + WORD + 4) - HEAD_SIZE) / 2;
}

static bool page_head_sound(const struct walk *w, const uint8_t *page, unsigned kind)
{
    size_t lower = load16(page + WORD + 4);
    size_t upper = load16(page + WORD + 6);
    return (load16(page + WORD + 2) & PAGE_KINDS) == kind && lower >= HEAD_SIZE &&
           lower % 2 == HEAD_SIZE % 2 && lower <= upper && upper <= w->page_size;
}

static bool node_at(const struct walk *w, const uint8_t *page, size_t index, struct node *out)
{
    size_t at = load16(page + HEAD_SIZE + 2 * index);
    if (at < load16(page + WORD + 6) || at + NODE_SIZE > w->page_size) {
        return false;
    }
    const uint8_t *node = page + at;
    out->flags = load16(node + 4);
    out->key_size = load16(node + 6);
    size_t room = w->page_size - at - NODE_SIZE;
    if (out->key_size > room) {
        return false;
    }
    out->data_size = out->child = node_low_word(node);
#if SIZE_MAX > UINT32_MAX
    out->child |= (size_t)out->flags << 32;
#endif
    out->data = node + NODE_SIZE + out->key_size;
    out->data_room = room - out->key_size;
    return true;
}

/* ---- trees ------------------------------------------------------------------------------- */

static bool walk_tree(struct walk *w, const struct tree *t, enum walk_role role);

static struct tree tree_from(const uint8_t *bytes)
{
    return (struct tree){load16(bytes + 4), load16(bytes + 6), load_word(bytes + 8 + 4 * WORD)};
}

/* A record of the free list: [count][page numbers, descending]. */
static bool free_record_sound(struct walk *w, const uint8_t *data, size_t size)
{
    size_t count = size < WORD ? 0 : load_word(data);
    if (size < WORD || count > size / WORD - 1) {
        return false;
    }
    for (size_t i = 1; i <= count; i++) {
        if (!claim(w, load_word(data + i * WORD))) {
            return false;
        }
    }
    return true;
}

static bool free_overflow_sound(struct walk *w, size_t first, size_t size)
{
    uint8_t *data = size <= (w->last_page + 1) * WORD ? malloc(size) : NULL;
    bool sound =
        data != NULL &&
        read_at(w->fd, data, size, (uint64_t)first * w->page_size + HEAD_SIZE, &w->failed_io) &&
        free_record_sound(w, data, size);
    free(data);
    return sound;
}

static bool leaf_node_sound(struct walk *w, const struct node *n, enum walk_role role)
{
    if ((n->flags & ~NODE_KNOWN) != 0) {
        return false;
    }
    if ((n->flags & NODE_OVERFLOW) != 0) {
        size_t first = n->data_room < WORD ? 0 : load_word(n->data);
        return (n->flags & NODE_TREE) == 0 && claim_overflow(w, first, n->data_size) &&
               (role != ROLE_FREE || free_overflow_sound(w, first, n->data_size));
    }
    if (n->data_size > n->data_room) {
        return false;
    }
    if ((n->flags & NODE_TREE) != 0) {
        if (role != ROLE_MAIN || n->data_size != DB_SIZE) {
            return false;
        }
        struct tree list = tree_from(n->data);
        return list.flags == 0 && walk_tree(w, &list, ROLE_LIST);
    }
    return role != ROLE_FREE || free_record_sound(w, n->data, n->data_size);
}

static bool walk_page(struct walk *w, size_t page, unsigned level, unsigned depth,
                      enum walk_role role)
{
    size_t slot = level + (role == ROLE_LIST ? DEPTH_MAX : 0);
    uint8_t *bytes = w->levels + slot * w->page_size;
    bool leaf = level + 1 == depth;
    if (!read_page(w, page, bytes) || !page_head_sound(w, bytes, leaf ? PAGE_LEAF : PAGE_BRANCH)) {
        return false;
    }
    size_t count = node_count(bytes);
    if (count < (leaf || role == ROLE_FREE ? 1u : 2u)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct node n;
        if (!node_at(w, bytes, i, &n)) {
            return false;
        }
        if (leaf ? !leaf_node_sound(w, &n, role) : !walk_page(w, n.child, level + 1, depth, role)) {
            return false;
        }
    }
    return true;
}

static bool walk_tree(struct walk *w, const struct tree *t, enum walk_role role)
{
    if (t->root == SIZE_MAX) {
        return true; /* an empty tree */
    }
    return t->depth > 0 && t->depth <= DEPTH_MAX && walk_page(w, t->root, 0, t->depth, role);
}

/* ---- the file ---------------------------------------------------------------------------- */

static enum evcp__file_state read_meta(int fd, uint64_t offset, struct meta *out)
{
    uint8_t bytes[HEAD_SIZE + META_SIZE];
    bool failed_io = false;
    if (!read_at(fd, bytes, sizeof(bytes), offset, &failed_io)) {
        return failed_io ? EVCP__FILE_ERROR : EVCP__FILE_DAMAGED;
    }
    const uint8_t *m = bytes + HEAD_SIZE;
    if ((load16(bytes + WORD + 2) & PAGE_META) == 0 || load32(m) != MAGIC) {
        return EVCP__FILE_DAMAGED;
    }
    const uint8_t *trees = m + 8 + 2 * WORD;
    out->version = load32(m + 4);
    out->page_size = load32(trees);
    out->free = tree_from(trees);
    out->main = tree_from(trees + DB_SIZE);
    out->last_page = load_word(trees + 2 * DB_SIZE);
    out->txn = load_word(trees + 2 * DB_SIZE + WORD);
    bool sound = out->page_size >= PAGE_MIN && out->page_size <= PAGE_MAX &&
                 (out->page_size & (out->page_size - 1)) == 0 && out->main.flags == 0 &&
                 (out->free.flags & TREE_FLAGS_MASK) == TREE_FLAGS_FREE && out->last_page >= 1 &&
                 out->last_page < SIZE_MAX / out->page_size;
    return sound ? EVCP__FILE_SOUND : EVCP__FILE_DAMAGED;
}

static enum evcp__file_state walk_trees(struct walk *w, const struct meta *m)
{
    w->seen = calloc(w->last_page / 8 + 1, 1);
    w->levels = malloc(2 * DEPTH_MAX * w->page_size);
    if (w->seen == NULL || w->levels == NULL) {
        errno = ENOMEM;
        return EVCP__FILE_ERROR;
    }
    if (walk_tree(w, &m->free, ROLE_FREE) && walk_tree(w, &m->main, ROLE_MAIN)) {
        return EVCP__FILE_SOUND;
    }
    return w->failed_io ? EVCP__FILE_ERROR : EVCP__FILE_DAMAGED;
}

static enum evcp__file_state read_metas(int fd, struct meta metas[2])
{
    enum evcp__file_state state = read_meta(fd, 0, &metas[0]);
    if (state == EVCP__FILE_SOUND) {
        state = read_meta(fd, metas[0].page_size, &metas[1]);
    }
    if (state != EVCP__FILE_SOUND) {
        return state;
    }
    if (metas[0].version == DATA_VERSION && metas[1].version == DATA_VERSION) {
        return EVCP__FILE_SOUND;
    }
    /* A later LMDB writes its version in both; in one of them it is damage. */
    bool newer = metas[0].version > DATA_VERSION && metas[0].version == metas[1].version;
    return newer ? EVCP__FILE_NEWER : EVCP__FILE_DAMAGED;
}

static enum evcp__file_state check_open_file(int fd, uint64_t size, struct meta *newest)
{
    struct meta metas[2];
    enum evcp__file_state state = read_metas(fd, metas);
    if (state != EVCP__FILE_SOUND) {
        return state;
    }
    *newest = metas[metas[1].txn > metas[0].txn];
    /* Free pages at the end may never have been written, so that the file may be shorter than its
     * last page; but more pages than bytes are rubbish. */
    if (newest->page_size != metas[0].page_size || newest->last_page > size) {
        return EVCP__FILE_DAMAGED;
    }
    struct walk w = {fd, newest->page_size, newest->last_page, NULL, NULL, false};
    state = walk_trees(&w, newest);
    free(w.seen);
    free(w.levels);
    return state;
}

enum evcp__file_state evcp__lmdb_check(const char *path, uint64_t *page_size, uint64_t *last_page)
{
    *page_size = 0;
    *last_page = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT ? EVCP__FILE_ABSENT : EVCP__FILE_ERROR;
    }
    struct stat st;
    struct meta newest = {0};
    enum evcp__file_state state = EVCP__FILE_ERROR;
    if (fstat(fd, &st) == 0) {
        state = st.st_size == 0 ? EVCP__FILE_ABSENT
                                : check_open_file(fd, (uint64_t)st.st_size, &newest);
    }
    if (state == EVCP__FILE_SOUND) {
        *page_size = newest.page_size;
        *last_page = newest.last_page;
    }
    int error = errno;
    close(fd);
    errno = error;
    return state;
}
