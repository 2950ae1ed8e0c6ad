// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/resume_token.h"

#include "base/little_endian.h"

#define VERSION 1
#define FIXED_BYTES 27 /* up to the count of patterns */
#define BYTES_MAX (LQ_RESUME_TOKEN_BYTES_MAX - LQ_RESUME_TOKEN_HASH_BYTES)

static bool put_text(uint8_t *to, size_t *bytes, const char *text)
{
    size_t length = strlen(text);

    LQ_ASSERT(length < 256);
    if (*bytes + 1 + length > BYTES_MAX) {
        return false;
    }
    to[(*bytes)++] = (uint8_t)length;
    memcpy(to + *bytes, text, length);
    *bytes += length;
    return true;
}

enum lq_result lq_resume_token_encode(const struct lq_resume_token *token, uint8_t *to,
                                      size_t *bytes)
{
    const struct lq_token_claims *claims = &token->claims;

    LQ_ASSERT(claims->session_count <= LQ_TOKEN_SESSIONS_MAX);
    to[0] = VERSION;
    lq_put_u64(to + 1, (uint64_t)claims->expires_at_s);
    memcpy(to + 9, token->player, sizeof token->player);
    lq_put_u64(to + 17, token->incarnation);
    to[25] = (uint8_t)claims->rights;
    to[26] = (uint8_t)claims->session_count;
    *bytes = FIXED_BYTES;
    bool fits = put_text(to, bytes, claims->tenant) && put_text(to, bytes, token->session) &&
                put_text(to, bytes, token->key_id) && put_text(to, bytes, claims->subject);
    for (uint32_t at = 0; fits && at < claims->session_count; at++) {
        fits = put_text(to, bytes, claims->sessions[at]);
    }
    return fits ? LQ_OK : LQ_ERR_LIMIT;
}

static bool take_text(struct lq_view from, size_t *at, char *to, size_t to_bytes)
{
    if (*at >= from.bytes) {
        return false;
    }
    size_t length = from.data[(*at)++];
    if (length > from.bytes - *at || length >= to_bytes ||
        memchr(from.data + *at, 0, length) != NULL) {
        return false;
    }
    memcpy(to, from.data + *at, length);
    to[length] = '\0';
    *at += length;
    return true;
}

enum lq_result lq_resume_token_decode(struct lq_view from, struct lq_resume_token *token)
{
    struct lq_token_claims *claims = &token->claims;
    size_t at = FIXED_BYTES;

    *token = (struct lq_resume_token){.incarnation = 0};
    if (from.bytes < FIXED_BYTES || from.data[0] != VERSION ||
        from.data[26] > LQ_TOKEN_SESSIONS_MAX) {
        return LQ_ERR_MALFORMED;
    }
    claims->expires_at_s = (int64_t)lq_get_u64(from.data + 1);
    memcpy(token->player, from.data + 9, sizeof token->player);
    token->incarnation = lq_get_u64(from.data + 17);
    claims->rights = from.data[25];
    claims->session_count = from.data[26];
    bool is_whole = take_text(from, &at, claims->tenant, sizeof claims->tenant) &&
                    take_text(from, &at, token->session, sizeof token->session) &&
                    take_text(from, &at, token->key_id, sizeof token->key_id) &&
                    take_text(from, &at, claims->subject, sizeof claims->subject);
    for (uint32_t index = 0; is_whole && index < claims->session_count; index++) {
        is_whole = take_text(from, &at, claims->sessions[index], sizeof claims->sessions[index]);
    }
    return is_whole && at == from.bytes ? LQ_OK : LQ_ERR_MALFORMED;
}
