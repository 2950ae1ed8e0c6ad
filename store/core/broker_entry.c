// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/broker_entry.h"

#include "base/little_endian.h"

enum { TEXTS_MAX = 5, TEXT_EXTRA_BYTES = 2, QUOTA_NUMBERS_BYTES = 16, QUIET = 0x80 };

/* The texts that a body begins with, in their order. */
static uint32_t list_texts(enum lq_broker_entry_kind kind, struct lq_broker_entry_body *body,
                           struct lq_view *texts[TEXTS_MAX])
{
    switch (kind) {
    case LQ_BROKER_ENTRY_EPOCH:
    case LQ_BROKER_ENTRY_AGAIN:
        return 0;
    case LQ_BROKER_ENTRY_TOLD:
        texts[0] = &body->after;
        texts[1] = &body->key;
        return 2;
    case LQ_BROKER_ENTRY_PUT:
    case LQ_BROKER_ENTRY_DELETE:
        texts[0] = &body->key;
        return 1;
    case LQ_BROKER_ENTRY_ACTION:
        texts[0] = &body->tenant;
        texts[1] = &body->session;
        texts[2] = &body->action;
        texts[3] = &body->operator_name;
        texts[4] = &body->detail;
        return TEXTS_MAX;
    case LQ_BROKER_ENTRY_QUOTA:
        texts[0] = &body->tenant;
        texts[1] = &body->quota;
        return 2;
    }
    LQ_ASSERT(false);
    return 0;
}

/* What stands behind the texts. */
static size_t rest_bytes(enum lq_broker_entry_kind kind, const struct lq_broker_entry_body *body)
{
    switch (kind) {
    case LQ_BROKER_ENTRY_PUT:
    case LQ_BROKER_ENTRY_TOLD:
        return body->value.bytes;
    case LQ_BROKER_ENTRY_QUOTA:
        return QUOTA_NUMBERS_BYTES;
    case LQ_BROKER_ENTRY_ACTION:
        return body->reason.bytes > 0 ? TEXT_EXTRA_BYTES + body->reason.bytes : 0;
    case LQ_BROKER_ENTRY_EPOCH:
    case LQ_BROKER_ENTRY_DELETE:
    case LQ_BROKER_ENTRY_AGAIN:
        return 0;
    }
    LQ_ASSERT(false);
    return 0;
}

size_t lq_broker_entry_bytes(enum lq_broker_entry_kind kind,
                             const struct lq_broker_entry_body *body)
{
    struct lq_broker_entry_body listed = *body;
    struct lq_view *texts[TEXTS_MAX];
    uint32_t count = list_texts(kind, &listed, texts);
    size_t bytes = LQ_BROKER_ENTRY_HEADER_BYTES + rest_bytes(kind, body);

    for (uint32_t index = 0; index < count; index++) {
        bytes += TEXT_EXTRA_BYTES + texts[index]->bytes;
    }
    return bytes;
}

static bool has_table(enum lq_broker_entry_kind kind)
{
    return kind == LQ_BROKER_ENTRY_PUT || kind == LQ_BROKER_ENTRY_DELETE ||
           kind == LQ_BROKER_ENTRY_TOLD;
}

/* Of the others there is no event anyway. */
static bool may_be_quiet(enum lq_broker_entry_kind kind)
{
    return kind == LQ_BROKER_ENTRY_PUT || kind == LQ_BROKER_ENTRY_DELETE ||
           kind == LQ_BROKER_ENTRY_ACTION || kind == LQ_BROKER_ENTRY_QUOTA;
}

/* Whether the fields are those that an entry of this kind has. */
static bool is_sound(const struct lq_broker_entry *entry)
{
    if (entry->sequence == 0 || entry->epoch == 0 ||
        entry->body_bytes > LQ_BROKER_ENTRY_BYTES_MAX - LQ_BROKER_ENTRY_HEADER_BYTES) {
        return false;
    }
    if (entry->is_quiet && !may_be_quiet(entry->kind)) {
        return false;
    }
    if (entry->is_sealed) {
        return entry->table == LQ_BROKER_TABLE_LETTERS &&
               (entry->kind == LQ_BROKER_ENTRY_PUT || entry->kind == LQ_BROKER_ENTRY_TOLD);
    }
    return has_table(entry->kind) ? lq_broker_table_is_told_of(entry->table) : entry->table == 0;
}

/* How long its texts may be. */
static bool texts_fit(enum lq_broker_entry_kind kind, const struct lq_broker_entry_body *body)
{
    struct lq_broker_entry_body listed = *body;
    struct lq_view *texts[TEXTS_MAX];
    uint32_t count = list_texts(kind, &listed, texts);

    if (kind == LQ_BROKER_ENTRY_TOLD && body->key.bytes == 0) {
        return body->after.bytes <= LQ_BROKER_KEY_BYTES_MAX && body->value.bytes == 0;
    }
    if (has_table(kind)) {
        return body->key.bytes > 0 && body->key.bytes <= LQ_BROKER_KEY_BYTES_MAX &&
               body->after.bytes <= LQ_BROKER_KEY_BYTES_MAX &&
               body->value.bytes <= LQ_BROKER_VALUE_BYTES_MAX;
    }
    for (uint32_t index = 0; index < count; index++) {
        if (texts[index]->bytes > LQ_BROKER_ENTRY_TEXT_BYTES_MAX) {
            return false;
        }
    }
    return body->reason.bytes <= LQ_BROKER_ENTRY_TEXT_BYTES_MAX;
}

static void write_header(const struct lq_broker_entry *entry, uint8_t *to)
{
    lq_put_u16(to, LQ_BROKER_ENTRY_VERSION);
    to[2] = (uint8_t)entry->kind;
    to[3] = (uint8_t)(entry->table | (entry->is_quiet ? QUIET : 0));
    lq_put_u32(to + 4, entry->body_bytes);
    lq_put_u64(to + 8, entry->sequence);
    lq_put_u64(to + 16, entry->epoch);
    lq_put_u64(to + 24, entry->wall_ns);
}

static uint8_t *put_text(uint8_t *at, struct lq_view text)
{
    lq_put_u16(at, (uint16_t)text.bytes);
    if (text.bytes > 0) {
        memcpy(at + TEXT_EXTRA_BYTES, text.data, text.bytes);
    }
    return at + TEXT_EXTRA_BYTES + text.bytes;
}

void lq_broker_entry_write(struct lq_broker_entry *entry, const struct lq_broker_entry_body *body,
                           uint8_t *to)
{
    struct lq_broker_entry_body listed = *body;
    struct lq_view *texts[TEXTS_MAX];
    uint32_t count = list_texts(entry->kind, &listed, texts);
    uint8_t *at = to + LQ_BROKER_ENTRY_HEADER_BYTES;

    LQ_ASSERT(!entry->is_sealed);
    LQ_ASSERT(texts_fit(entry->kind, body));
    entry->body_bytes =
        (uint32_t)(lq_broker_entry_bytes(entry->kind, body) - LQ_BROKER_ENTRY_HEADER_BYTES);
    LQ_ASSERT(is_sound(entry));
    write_header(entry, to);
    for (uint32_t index = 0; index < count; index++) {
        at = put_text(at, *texts[index]);
    }
    if (entry->kind == LQ_BROKER_ENTRY_QUOTA) {
        lq_put_u64(at, body->limit);
        lq_put_u64(at + 8, body->refused);
    } else if (entry->kind == LQ_BROKER_ENTRY_ACTION && body->reason.bytes > 0) {
        (void)put_text(at, body->reason);
    } else if (rest_bytes(entry->kind, body) > 0) {
        memcpy(at, body->value.data, body->value.bytes);
    }
}

void lq_broker_entry_set_quiet(uint8_t *entry)
{
    LQ_ASSERT(may_be_quiet(entry[2]));
    entry[3] |= QUIET;
}

enum lq_result lq_broker_entry_read_header(struct lq_view from, struct lq_broker_entry *entry)
{
    const uint8_t *at = from.data;

    if (from.bytes < LQ_BROKER_ENTRY_HEADER_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    uint16_t version = lq_get_u16(at);
    if (version != LQ_BROKER_ENTRY_VERSION && version != LQ_BROKER_ENTRY_VERSION_SEALED) {
        return LQ_ERR_VERSION;
    }
    if (at[2] < LQ_BROKER_ENTRY_EPOCH || at[2] > LQ_BROKER_ENTRY_KIND_LAST) {
        return LQ_ERR_CORRUPT;
    }
    *entry = (struct lq_broker_entry){.kind = at[2],
                                      .table = at[3] & ~QUIET,
                                      .is_quiet = (at[3] & QUIET) != 0,
                                      .body_bytes = lq_get_u32(at + 4),
                                      .sequence = lq_get_u64(at + 8),
                                      .epoch = lq_get_u64(at + 16),
                                      .wall_ns = lq_get_u64(at + 24),
                                      .is_sealed = version == LQ_BROKER_ENTRY_VERSION_SEALED};
    return is_sound(entry) ? LQ_OK : LQ_ERR_CORRUPT;
}

/* Take a text from the front of `rest`. */
static bool take_text(struct lq_view *rest, struct lq_view *text)
{
    if (rest->bytes < TEXT_EXTRA_BYTES) {
        return false;
    }
    size_t bytes = lq_get_u16(rest->data);
    if (bytes > rest->bytes - TEXT_EXTRA_BYTES) {
        return false;
    }
    *text = lq_view_of(rest->data + TEXT_EXTRA_BYTES, bytes);
    *rest = lq_view_of(text->data + bytes, rest->bytes - TEXT_EXTRA_BYTES - bytes);
    return true;
}

/* The rest behind the texts, all of it. */
static bool take_rest(enum lq_broker_entry_kind kind, struct lq_view rest,
                      struct lq_broker_entry_body *body)
{
    if (kind == LQ_BROKER_ENTRY_PUT || kind == LQ_BROKER_ENTRY_TOLD) {
        body->value = rest;
    } else if (kind == LQ_BROKER_ENTRY_QUOTA && rest.bytes == QUOTA_NUMBERS_BYTES) {
        body->limit = lq_get_u64(rest.data);
        body->refused = lq_get_u64(rest.data + 8);
    } else if (kind == LQ_BROKER_ENTRY_ACTION && rest.bytes > 0) {
        return take_text(&rest, &body->reason) && body->reason.bytes > 0 && rest.bytes == 0;
    } else {
        return rest.bytes == 0 && kind != LQ_BROKER_ENTRY_QUOTA;
    }
    return true;
}

/* Whose the value is, and the value, as it is sealed; all of the rest. `text_bytes`: of the body,
 * before it. */
static bool take_sealed(const struct lq_broker_entry *entry, size_t text_bytes, struct lq_view rest,
                        struct lq_broker_entry_body *body)
{
    if (rest.bytes < LQ_BROKER_ENTRY_OWNER_BYTES || body->key.bytes == 0 ||
        entry->body_bytes <= text_bytes) {
        return false;
    }
    size_t value_bytes = entry->body_bytes - text_bytes; /* in clear */
    body->tenant_number = lq_get_u64(rest.data);
    body->key_generation = lq_get_u32(rest.data + 8);
    body->value = lq_view_of(rest.data + LQ_BROKER_ENTRY_OWNER_BYTES,
                             rest.bytes - LQ_BROKER_ENTRY_OWNER_BYTES);
    if (body->key_generation == 0) {
        return body->value.bytes == 0;
    }
    return body->tenant_number > 0 && value_bytes <= LQ_BROKER_VALUE_BYTES_MAX &&
           body->value.bytes == value_bytes + LQ_BROKER_ENTRY_BOX_EXTRA_BYTES;
}

enum lq_result lq_broker_entry_read(struct lq_view from, struct lq_broker_entry *entry,
                                    struct lq_broker_entry_body *body)
{
    struct lq_view *texts[TEXTS_MAX];
    enum lq_result result = lq_broker_entry_read_header(from, entry);

    *body = (struct lq_broker_entry_body){.limit = 0};
    if (result != LQ_OK) {
        return result;
    }
    struct lq_view rest = lq_view_of(from.data + LQ_BROKER_ENTRY_HEADER_BYTES,
                                     from.bytes - LQ_BROKER_ENTRY_HEADER_BYTES);
    uint32_t count = list_texts(entry->kind, body, texts);
    if (!entry->is_sealed && rest.bytes != entry->body_bytes) {
        return LQ_ERR_CORRUPT;
    }
    for (uint32_t index = 0; index < count; index++) {
        if (!take_text(&rest, texts[index])) {
            return LQ_ERR_CORRUPT;
        }
    }
    if (entry->is_sealed) {
        size_t text_bytes = (size_t)(rest.data - from.data) - LQ_BROKER_ENTRY_HEADER_BYTES;
        return take_sealed(entry, text_bytes, rest, body) &&
                       body->key.bytes <= LQ_BROKER_KEY_BYTES_MAX &&
                       body->after.bytes <= LQ_BROKER_KEY_BYTES_MAX
                   ? LQ_OK
                   : LQ_ERR_CORRUPT;
    }
    return take_rest(entry->kind, rest, body) && texts_fit(entry->kind, body) ? LQ_OK
                                                                              : LQ_ERR_CORRUPT;
}
