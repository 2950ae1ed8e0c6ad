// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/letter_shelf.h"

#include "base/alloc.h"

#include <endian.h>
#include <stdlib.h>

#define ARENA_BYTES ((size_t)LQ_LETTER_BYTES_MAX * 2)
#define CAUSE_SHOWN_BYTES 256u

void lq_letter_shelf_open(struct lq_letter_shelf *shelf, lq_broker_store_t *store)
{
    shelf->store = store;
    shelf->arena = (struct lq_arena){lq_alloc(1, ARENA_BYTES), ARENA_BYTES, 0};
    shelf->value = lq_alloc(1, LQ_LETTER_BYTES_MAX);
    shelf->encoded = lq_alloc(1, LQ_LETTER_BYTES_MAX);
}

void lq_letter_shelf_close(struct lq_letter_shelf *shelf)
{
    free(shelf->arena.memory);
    free(shelf->value);
    free(shelf->encoded);
}

static struct lq_view letter_key(uint64_t *to, uint64_t id)
{
    *to = htobe64(id);
    return lq_view_of(to, sizeof *to);
}

enum lq_result lq_letter_shelf_decode(struct lq_letter_shelf *shelf, struct lq_view encoded)
{
    const char *where;

    lq_arena_reset(&shelf->arena);
    return lq_letter_decode(encoded, &shelf->arena, &shelf->letter, &where);
}

enum lq_result lq_letter_shelf_read(struct lq_letter_shelf *shelf, uint64_t id)
{
    uint64_t key;
    struct lq_view value;
    enum lq_result result =
        lq_broker_store_get(shelf->store, LQ_BROKER_TABLE_LETTERS, letter_key(&key, id),
                            shelf->value, LQ_LETTER_BYTES_MAX, &value);

    return result == LQ_OK ? lq_letter_shelf_decode(shelf, value) : result;
}

enum lq_result lq_letter_shelf_write(struct lq_letter_shelf *shelf)
{
    uint64_t key;
    size_t bytes;
    enum lq_result result =
        lq_letter_encode(&shelf->letter, shelf->encoded, LQ_LETTER_BYTES_MAX, &bytes);

    if (result != LQ_OK) {
        return result;
    }
    return lq_broker_store_put(shelf->store, LQ_BROKER_TABLE_LETTERS,
                               letter_key(&key, shelf->letter.id),
                               lq_view_of(shelf->encoded, bytes));
}

enum lq_result lq_letter_shelf_delete(struct lq_letter_shelf *shelf, uint64_t id)
{
    uint64_t key;

    return lq_broker_store_delete(shelf->store, LQ_BROKER_TABLE_LETTERS, letter_key(&key, id));
}

enum lq_result lq_letter_shelf_each(struct lq_letter_shelf *shelf, uint64_t from_id,
                                    lq_broker_store_each_fn each, void *context)
{
    uint64_t key;

    return lq_broker_store_each(shelf->store, LQ_BROKER_TABLE_LETTERS, letter_key(&key, from_id),
                                each, context);
}

struct lq_view lq_letter_shelf_keep(struct lq_arena *arena, struct lq_view bytes)
{
    uint8_t *copy = bytes.bytes > 0 ? lq_arena_take(arena, bytes.bytes) : NULL;

    if (copy == NULL) {
        return lq_view_of(NULL, 0);
    }
    memcpy(copy, bytes.data, bytes.bytes);
    return lq_view_of(copy, bytes.bytes);
}

struct lq_view lq_letter_shelf_shorten(struct lq_view cause)
{
    if (cause.bytes > CAUSE_SHOWN_BYTES) {
        cause.bytes = CAUSE_SHOWN_BYTES;
        while (cause.bytes > 0 && (cause.data[cause.bytes] & 0xC0) == 0x80) {
            cause.bytes--;
        }
    }
    return cause;
}
