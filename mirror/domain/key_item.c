// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/key_item.h"

#include "base/little_endian.h"

#include <assert.h>

static_assert(LQ_KEY_ITEM_DIGEST_AT + LQ_HASH_BYTES == LQ_KEY_ITEM_HEADER_BYTES, "comes last");

enum lq_result lq_key_item_add(struct lq_key_item *item, struct lq_view wrapped, uint8_t *body,
                               size_t body_max)
{
    LQ_ASSERT(wrapped.bytes > 0);
    LQ_ASSERT(wrapped.bytes <= LQ_KEY_ITEM_KEY_BYTES_MAX);
    LQ_ASSERT(body_max <= LQ_SEGMENT_BODY_BYTES_MAX);
    LQ_ASSERT(item->body_bytes <= body_max);
    if (body_max - item->body_bytes < LQ_KEY_ITEM_KEY_EXTRA_BYTES + wrapped.bytes) {
        return LQ_ERR_FULL;
    }
    lq_put_u32(body + item->body_bytes, (uint32_t)wrapped.bytes);
    memcpy(body + item->body_bytes + LQ_KEY_ITEM_KEY_EXTRA_BYTES, wrapped.data, wrapped.bytes);
    item->body_bytes += LQ_KEY_ITEM_KEY_EXTRA_BYTES + (uint32_t)wrapped.bytes;
    item->key_count++;
    return LQ_OK;
}

static void digest_both(lq_digest_fn digest, const uint8_t *header, struct lq_view body,
                        uint8_t own[LQ_HASH_BYTES])
{
    uint8_t message[LQ_KEY_ITEM_DIGEST_AT + LQ_HASH_BYTES];

    memcpy(message, header, LQ_KEY_ITEM_DIGEST_AT);
    digest(message + LQ_KEY_ITEM_DIGEST_AT, body);
    digest(own, lq_view_of(message, sizeof message));
}

void lq_key_item_encode(const struct lq_key_item *item, lq_digest_fn digest, const uint8_t *body,
                        uint8_t to[LQ_KEY_ITEM_HEADER_BYTES])
{
    LQ_ASSERT(item->tenant_number > 0);
    LQ_ASSERT(item->counter > 0);
    lq_put_u16(to, LQ_KEY_ITEM_VERSION);
    lq_put_u16(to + 2, 0);
    lq_put_u32(to + 4, item->partition);
    lq_put_u64(to + 8, item->tenant_number);
    lq_put_u64(to + 16, item->counter);
    lq_put_u32(to + 24, item->key_count);
    lq_put_u32(to + 28, item->body_bytes);
    digest_both(digest, to, lq_view_of(body, item->body_bytes), to + LQ_KEY_ITEM_DIGEST_AT);
}

enum lq_result lq_key_item_next(struct lq_view *rest, struct lq_view *wrapped)
{
    if (rest->bytes == 0) {
        return LQ_ERR_NOT_FOUND;
    }
    if (rest->bytes < LQ_KEY_ITEM_KEY_EXTRA_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    size_t bytes = lq_get_u32(rest->data);
    size_t room = rest->bytes - LQ_KEY_ITEM_KEY_EXTRA_BYTES;
    if (bytes == 0 || bytes > room || bytes > LQ_KEY_ITEM_KEY_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    *wrapped = lq_view_of(rest->data + LQ_KEY_ITEM_KEY_EXTRA_BYTES, bytes);
    *rest = lq_view_of(wrapped->data + bytes, room - bytes);
    return LQ_OK;
}

enum lq_result lq_key_item_decode(struct lq_view header, struct lq_view body, lq_digest_fn digest,
                                  struct lq_key_item *item)
{
    const uint8_t *at = header.data;
    struct lq_key_item read;
    struct lq_view rest = body;
    struct lq_view wrapped;
    uint8_t own[LQ_HASH_BYTES];
    uint32_t count = 0;

    if (header.bytes < 2) {
        return LQ_ERR_CORRUPT;
    }
    if (lq_get_u16(at) != LQ_KEY_ITEM_VERSION) {
        return LQ_ERR_VERSION;
    }
    if (header.bytes != LQ_KEY_ITEM_HEADER_BYTES || lq_get_u16(at + 2) != 0) {
        return LQ_ERR_CORRUPT;
    }
    digest_both(digest, at, body, own);
    read.partition = lq_get_u32(at + 4);
    read.tenant_number = lq_get_u64(at + 8);
    read.counter = lq_get_u64(at + 16);
    read.key_count = lq_get_u32(at + 24);
    read.body_bytes = lq_get_u32(at + 28);
    if (memcmp(own, at + LQ_KEY_ITEM_DIGEST_AT, sizeof own) != 0 || read.tenant_number == 0 ||
        read.counter == 0 || read.body_bytes != body.bytes) {
        return LQ_ERR_CORRUPT;
    }
    while (lq_key_item_next(&rest, &wrapped) == LQ_OK) {
        count++;
    }
    if (rest.bytes > 0 || count != read.key_count) {
        return LQ_ERR_CORRUPT;
    }
    *item = read;
    return LQ_OK;
}
