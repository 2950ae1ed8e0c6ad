// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/ledger_key.h"

#include "base/little_endian.h"
#include "store/core/retention.h"

#include <endian.h>

enum { KIND_TENANT = 1, KIND_SESSION = 2 };
enum { RETENTION_AT = 24 }; /* of a tenant's value */

static void put_big_endian_u64(uint8_t *to, uint64_t value)
{
    value = htobe64(value);
    memcpy(to, &value, sizeof value);
}

size_t lq_ledger_key_tenant(struct lq_view tenant, uint8_t to[LQ_LEDGER_KEY_NAME_BYTES_MAX])
{
    if (!lq_tenant_name_valid(tenant)) {
        return 0;
    }
    to[0] = KIND_TENANT;
    memcpy(to + 1, tenant.data, tenant.bytes);
    return 1 + tenant.bytes;
}

size_t lq_ledger_key_session(struct lq_session_names names,
                             uint8_t to[LQ_LEDGER_KEY_NAME_BYTES_MAX])
{
    if (!lq_tenant_name_valid(names.tenant) || !lq_session_name_valid(names.session)) {
        return 0;
    }
    to[0] = KIND_SESSION;
    memcpy(to + 1, names.tenant.data, names.tenant.bytes);
    to[1 + names.tenant.bytes] = 0;
    memcpy(to + 2 + names.tenant.bytes, names.session.data, names.session.bytes);
    return 2 + names.tenant.bytes + names.session.bytes;
}

enum lq_result lq_ledger_key_read_name(struct lq_view key, struct lq_session_names *names)
{
    if (key.bytes < 2 || key.bytes > LQ_LEDGER_KEY_NAME_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    names->tenant = lq_view_of(key.data + 1, key.bytes - 1);
    names->session = lq_view_of(key.data + key.bytes, 0);
    if (key.data[0] == KIND_TENANT) {
        return lq_tenant_name_valid(names->tenant) ? LQ_OK : LQ_ERR_CORRUPT;
    }
    const uint8_t *nul = memchr(key.data + 1, 0, key.bytes - 1);
    if (key.data[0] != KIND_SESSION || nul == NULL) {
        return LQ_ERR_CORRUPT;
    }
    names->tenant.bytes = (size_t)(nul - names->tenant.data);
    names->session = lq_view_of(nul + 1, (size_t)(key.data + key.bytes - nul - 1));
    return lq_tenant_name_valid(names->tenant) && lq_session_name_valid(names->session)
               ? LQ_OK
               : LQ_ERR_CORRUPT;
}

void lq_ledger_key_frame(uint64_t session_number, uint64_t frame,
                         uint8_t to[LQ_LEDGER_KEY_FRAME_BYTES])
{
    LQ_ASSERT(session_number > 0);
    put_big_endian_u64(to, session_number);
    put_big_endian_u64(to + 8, frame);
}

void lq_ledger_key_generation(uint64_t tenant_number, uint32_t generation,
                              uint8_t to[LQ_LEDGER_KEY_GENERATION_BYTES])
{
    uint32_t big_endian = htobe32(generation);

    LQ_ASSERT(tenant_number > 0);
    put_big_endian_u64(to, tenant_number);
    memcpy(to + 8, &big_endian, sizeof big_endian);
}

enum lq_result lq_ledger_key_read_generation(struct lq_view key, uint64_t *tenant_number,
                                             uint32_t *generation)
{
    if (key.bytes != LQ_LEDGER_KEY_GENERATION_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(tenant_number, key.data, sizeof *tenant_number);
    memcpy(generation, key.data + 8, sizeof *generation);
    *tenant_number = be64toh(*tenant_number);
    *generation = be32toh(*generation);
    return LQ_OK;
}

size_t lq_ledger_key_put_tenant(const struct lq_tenant_value *value,
                                uint8_t to[LQ_TENANT_VALUE_BYTES_MAX])
{
    LQ_ASSERT(value->number > 0);
    lq_put_u64(to, value->number);
    lq_put_u64(to + 8, value->execution.epoch);
    lq_put_u64(to + 16, value->execution.counter);
    if (!value->has_retention) {
        return LQ_TENANT_VALUE_BYTES;
    }
    LQ_ASSERT(lq_retention_valid(value->retention_s));
    lq_put_u64(to + RETENTION_AT, value->retention_s);
    return LQ_TENANT_VALUE_BYTES_MAX;
}

enum lq_result lq_ledger_key_get_tenant(struct lq_view from, struct lq_tenant_value *value)
{
    if (from.bytes != LQ_TENANT_VALUE_BYTES && from.bytes != LQ_TENANT_VALUE_BYTES_MAX) {
        return LQ_ERR_CORRUPT;
    }
    value->number = lq_get_u64(from.data);
    value->execution.epoch = lq_get_u64(from.data + 8);
    value->execution.counter = lq_get_u64(from.data + 16);
    value->has_retention = from.bytes == LQ_TENANT_VALUE_BYTES_MAX;
    value->retention_s = value->has_retention ? lq_get_u64(from.data + RETENTION_AT) : 0;
    return value->number > 0 && lq_retention_valid(value->retention_s) ? LQ_OK : LQ_ERR_CORRUPT;
}

void lq_ledger_key_put_session(const struct lq_session_value *value,
                               uint8_t to[LQ_SESSION_VALUE_BYTES])
{
    LQ_ASSERT(value->number > 0);
    LQ_ASSERT(value->tenant_number > 0);
    lq_put_u64(to, value->number);
    lq_put_u64(to + 8, value->tenant_number);
}

enum lq_result lq_ledger_key_get_session(struct lq_view from, struct lq_session_value *value)
{
    if (from.bytes != LQ_SESSION_VALUE_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    value->number = lq_get_u64(from.data);
    value->tenant_number = lq_get_u64(from.data + 8);
    return value->number > 0 && value->tenant_number > 0 ? LQ_OK : LQ_ERR_CORRUPT;
}

void lq_ledger_key_put_letter(const struct lq_letter_value *value,
                              uint8_t to[LQ_LETTER_VALUE_BYTES])
{
    LQ_ASSERT(value->session_number > 0);
    lq_put_u64(to, value->session_number);
    lq_put_u64(to + 8, value->frame);
}

enum lq_result lq_ledger_key_get_letter(struct lq_view from, struct lq_letter_value *value)
{
    if (from.bytes != LQ_LETTER_VALUE_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    value->session_number = lq_get_u64(from.data);
    value->frame = lq_get_u64(from.data + 8);
    return value->session_number > 0 ? LQ_OK : LQ_ERR_CORRUPT;
}

void lq_ledger_key_put_cursor(struct lq_feed_position position, uint8_t to[LQ_CURSOR_VALUE_BYTES])
{
    lq_put_u64(to, position.ledger_sequence);
    lq_put_u64(to + 8, position.outbox_sequence);
}

enum lq_result lq_ledger_key_get_cursor(struct lq_view from, struct lq_feed_position *position)
{
    if (from.bytes != LQ_CURSOR_VALUE_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    position->ledger_sequence = lq_get_u64(from.data);
    position->outbox_sequence = lq_get_u64(from.data + 8);
    return LQ_OK;
}

enum lq_result lq_ledger_key_read_frame(struct lq_view key, uint64_t *session_number,
                                        uint64_t *frame)
{
    if (key.bytes != LQ_LEDGER_KEY_FRAME_BYTES) {
        return LQ_ERR_CORRUPT;
    }
    memcpy(session_number, key.data, sizeof *session_number);
    memcpy(frame, key.data + 8, sizeof *frame);
    *session_number = be64toh(*session_number);
    *frame = be64toh(*frame);
    return LQ_OK;
}
