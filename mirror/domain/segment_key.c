// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/segment_key.h"

#include <inttypes.h>
#include <stdio.h>

enum { NUMBER_DIGITS = 20, SLOT_DIGITS = 1, PIECE_DIGITS = 3 };

void lq_segment_key_stream(struct lq_view tenant, uint32_t partition, struct lq_segment_key *key)
{
    *key = (struct lq_segment_key){0};
    if (tenant.bytes == 0) {
        snprintf(key->pk, sizeof key->pk, "P#%" PRIu32, partition);
        return;
    }
    LQ_ASSERT(lq_tenant_name_valid(tenant));
    snprintf(key->pk, sizeof key->pk, "T#%.*s#P#%" PRIu32, (int)tenant.bytes,
             (const char *)tenant.data, partition);
}

void lq_segment_key_of_keys(struct lq_view tenant, struct lq_segment_key *key)
{
    LQ_ASSERT(lq_tenant_name_valid(tenant));
    *key = (struct lq_segment_key){.sk = "K"};
    snprintf(key->pk, sizeof key->pk, "T#%.*s", (int)tenant.bytes, (const char *)tenant.data);
}

void lq_segment_key_of_state(uint32_t partition, struct lq_segment_key *key)
{
    *key = (struct lq_segment_key){.sk = "M"};
    snprintf(key->pk, sizeof key->pk, "P#%" PRIu32, partition);
}

void lq_segment_key_set_number(struct lq_segment_key *key, uint64_t number)
{
    LQ_ASSERT(number > 0);
    snprintf(key->sk, sizeof key->sk, "L#%020" PRIu64, number);
}

void lq_segment_key_set_base(struct lq_segment_key *key, uint64_t session_number, uint32_t slot,
                             uint32_t piece)
{
    LQ_ASSERT(session_number > 0);
    LQ_ASSERT(slot < LQ_SEGMENT_KEY_BASE_SLOTS);
    LQ_ASSERT(piece <= LQ_SEGMENT_KEY_BASE_PIECES_MAX);
    snprintf(key->sk, sizeof key->sk, "B#%020" PRIu64 "#%01" PRIu32 "%03" PRIu32, session_number,
             slot % 10, piece % 1000);
}

static bool take_text(struct lq_view *rest, const char *text)
{
    size_t bytes = strlen(text);

    if (rest->bytes < bytes || memcmp(rest->data, text, bytes) != 0) {
        return false;
    }
    *rest = lq_view_of(rest->data + bytes, rest->bytes - bytes);
    return true;
}

/* Exactly so many digits, or with 0 as many as there are: then none of them a leading zero. */
static bool take_number(struct lq_view *rest, size_t digits, uint64_t max, uint64_t *number)
{
    size_t count = 0;

    *number = 0;
    while (count < rest->bytes && rest->data[count] >= '0' && rest->data[count] <= '9' &&
           (digits == 0 || count < digits)) {
        uint64_t digit = rest->data[count] - (uint64_t)'0';
        if (digit > max || *number > (max - digit) / 10) {
            return false;
        }
        *number = *number * 10 + digit;
        count++;
    }
    bool padded = digits == 0 && count > 1 && rest->data[0] == '0';
    if (count == 0 || (digits > 0 && count != digits) || padded) {
        return false;
    }
    *rest = lq_view_of(rest->data + count, rest->bytes - count);
    return true;
}

enum lq_result lq_segment_key_read_stream(struct lq_view pk, struct lq_view *tenant,
                                          uint32_t *partition)
{
    struct lq_view rest = pk;
    struct lq_view name = lq_view_of(pk.data, 0);
    uint64_t number = 0;

    if (take_text(&rest, "T#")) {
        const uint8_t *end = memchr(rest.data, '#', rest.bytes);
        if (end == NULL) {
            return LQ_ERR_CORRUPT;
        }
        name = lq_view_of(rest.data, (size_t)(end - rest.data));
        rest = lq_view_of(end + 1, rest.bytes - name.bytes - 1);
        if (!lq_tenant_name_valid(name)) {
            return LQ_ERR_CORRUPT;
        }
    }
    if (!take_text(&rest, "P#") || !take_number(&rest, 0, UINT32_MAX, &number) || rest.bytes > 0) {
        return LQ_ERR_CORRUPT;
    }
    *tenant = name;
    *partition = (uint32_t)number;
    return LQ_OK;
}

enum lq_result lq_segment_key_read_number(struct lq_view sk, uint64_t *number)
{
    struct lq_view rest = sk;
    uint64_t read = 0;

    if (!take_text(&rest, "L#") || !take_number(&rest, NUMBER_DIGITS, UINT64_MAX, &read) ||
        rest.bytes > 0 || read == 0) {
        return LQ_ERR_CORRUPT;
    }
    *number = read;
    return LQ_OK;
}

enum lq_result lq_segment_key_read_base(struct lq_view sk, uint64_t *session_number, uint32_t *slot,
                                        uint32_t *piece)
{
    struct lq_view rest = sk;
    uint64_t session = 0;
    uint64_t slot_read = 0;
    uint64_t piece_read = 0;

    if (!take_text(&rest, "B#") || !take_number(&rest, NUMBER_DIGITS, UINT64_MAX, &session) ||
        !take_text(&rest, "#") ||
        !take_number(&rest, SLOT_DIGITS, LQ_SEGMENT_KEY_BASE_SLOTS - 1, &slot_read) ||
        !take_number(&rest, PIECE_DIGITS, LQ_SEGMENT_KEY_BASE_PIECES_MAX, &piece_read) ||
        rest.bytes > 0 || session == 0) {
        return LQ_ERR_CORRUPT;
    }
    *session_number = session;
    *slot = (uint32_t)slot_read;
    *piece = (uint32_t)piece_read;
    return LQ_OK;
}
