// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Tokens from outside, and the documents in them: what is taken has the shape that is promised, and
 * written again it is read as the same. The first byte chooses. */
#include "base/contract.h"
#include "gateway/domain/compact_jws.h"
#include "gateway/infrastructure/token_document.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_claims(struct lq_view json)
{
    struct lq_token_claims claims;
    struct lq_error_message message;
    const char *wrong = NULL;

    if (lq_token_document_claims(json, "cluster", &claims, &message) == LQ_OK) {
        struct lq_ticket_document ticket = {.claims = claims, .key_id = "k", .expires_at_s = 1};
        struct lq_ticket_document again;
        LQ_ASSERT(lq_token_claims_check(&claims, &wrong) == LQ_OK);
        char *text = lq_token_document_write_ticket(&ticket, "cluster");
        LQ_ASSERT(lq_token_document_read_ticket(lq_view_text(text), "cluster", &again, &message) ==
                  LQ_OK);
        LQ_ASSERT(memcmp(&again.claims, &claims, sizeof claims) == 0);
        free(text);
        (void)lq_token_claims_judge(&claims, 1000);
        (void)lq_token_claims_allow(&claims, LQ_RIGHT_PLAY, lq_view_text("s1"));
    }
}

static void fuzz_keys(struct lq_view json)
{
    struct lq_token_keys keys;
    struct lq_token_keys again;
    struct lq_error_message message;

    if (lq_token_document_read_keys(json, &keys, &message) == LQ_OK) {
        char *text = lq_token_document_write_keys(&keys);
        LQ_ASSERT(lq_token_document_read_keys(lq_view_text(text), &again, &message) == LQ_OK);
        LQ_ASSERT(again.count == keys.count);
        free(text);
    }
}

static void fuzz_token(struct lq_view token)
{
    struct lq_compact_jws jws;
    struct lq_token_header header;
    struct lq_token_claims claims;
    struct lq_error_message message;

    if (lq_compact_jws_read(token, &jws) == LQ_OK) {
        LQ_ASSERT(jws.signature_bytes > 0);
        LQ_ASSERT(jws.signed_text.bytes < token.bytes);
        (void)!lq_token_document_header(lq_view_of(jws.header, jws.header_bytes), &header,
                                        &message);
        (void)!lq_token_document_claims(lq_view_of(jws.payload, jws.payload_bytes), "cluster",
                                        &claims, &message);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lq_token_header header;
    struct lq_error_message message;

    if (size == 0) {
        return 0;
    }
    struct lq_view rest = lq_view_of(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        fuzz_token(rest);
        break;
    case 1:
        fuzz_claims(rest);
        break;
    case 2:
        fuzz_keys(rest);
        break;
    default:
        if (lq_token_document_header(rest, &header, &message) == LQ_OK) {
            LQ_ASSERT(lq_token_document_key_id_valid(lq_view_text(header.key_id)));
        }
    }
    return 0;
}
