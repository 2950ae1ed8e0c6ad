// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/sign_in.h"

#include "base/alloc.h"
#include "base/contract.h"
#include "gateway/domain/compact_jws.h"
#include "gateway/infrastructure/private_file.h"
#include "gateway/infrastructure/tenant_keys.h"
#include "store/seal/digest.h"
#include "store/seal/key_file.h"

#include <stdio.h>
#include <stdlib.h>

struct lq_sign_in {
    const char *audience;
    uint64_t ticket_s;
    char tenants[LQ_PRIVATE_FILE_PATH_BYTES];
    char tickets_folder[LQ_PRIVATE_FILE_PATH_BYTES];
    uint8_t player_key[LQ_SEAL_KEY_BYTES];
    lq_tenant_keys_t *keys;
    lq_ticket_store_t *tickets;
    struct lq_sign_in_counts counts;
};

static enum lq_result make_folders(lq_sign_in_t *sign_in, const char *folder,
                                   struct lq_error_message *message)
{
    int bytes =
        snprintf(sign_in->tickets_folder, sizeof sign_in->tickets_folder, "%s/tickets", folder);

    snprintf(sign_in->tenants, sizeof sign_in->tenants, "%s/tenants", folder);
    if (bytes + 64 > LQ_PRIVATE_FILE_PATH_BYTES) {
        lq_error_message_set(message, "%s: path too long", folder);
        return LQ_ERR_INVALID;
    }
    enum lq_result result = lq_private_file_make_folder(folder, message);
    if (result == LQ_OK) {
        result = lq_private_file_make_folder(sign_in->tenants, message);
    }
    if (result == LQ_OK) {
        result = lq_private_file_make_folder(sign_in->tickets_folder, message);
    }
    return result;
}

/* Whoever makes it first; all read what is there then. */
static enum lq_result read_player_key(lq_sign_in_t *sign_in, const char *folder,
                                      struct lq_error_message *message)
{
    char path[LQ_PRIVATE_FILE_PATH_BYTES];

    snprintf(path, sizeof path, "%s/player.key", folder);
    enum lq_result result = lq_key_file_read(path, sign_in->player_key, message);
    if (result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    result = lq_key_file_create(path, message);
    return result == LQ_OK || result == LQ_ERR_EXISTS
               ? lq_key_file_read(path, sign_in->player_key, message)
               : result;
}

enum lq_result lq_sign_in_open(const struct lq_sign_in_setting *setting, lq_event_loop_t *loop,
                               lq_sign_in_t **sign_in, struct lq_error_message *message)
{
    lq_sign_in_t *opened = lq_alloc(1, sizeof *opened);
    struct lq_tenant_keys_events events = {setting->on_revoked, setting->context};

    opened->audience = setting->audience;
    opened->ticket_s = setting->options->ticket_s;
    enum lq_result result = make_folders(opened, setting->folder, message);
    if (result == LQ_OK) {
        result = read_player_key(opened, setting->folder, message);
    }
    if (result != LQ_OK) {
        free(opened);
        return result;
    }
    opened->keys = lq_tenant_keys_open(opened->tenants, loop, &events);
    opened->tickets = lq_ticket_store_open(opened->tickets_folder, setting->audience,
                                           setting->options->tickets_max, loop);
    *sign_in = opened;
    return LQ_OK;
}

void lq_sign_in_close(lq_sign_in_t **sign_in)
{
    if (*sign_in != NULL) {
        lq_tenant_keys_close(&(*sign_in)->keys);
        lq_ticket_store_close(&(*sign_in)->tickets);
        lq_key_file_forget((*sign_in)->player_key);
        free(*sign_in);
        *sign_in = NULL;
    }
}

static enum lq_result refuse(uint64_t *count, struct lq_error_message *message, const char *why)
{
    (*count)++;
    if (why != NULL) {
        lq_error_message_set(message, "%s", why);
    }
    return LQ_ERR_PERMISSION;
}

static void number_player(const lq_sign_in_t *sign_in, struct lq_signed_in *who)
{
    char text[LQ_TENANT_NAME_BYTES_MAX + 1 + LQ_TOKEN_SUBJECT_BYTES_MAX];
    uint8_t digest[LQ_HASH_BYTES];
    size_t tenant_bytes = strlen(who->claims.tenant) + 1; /* with its NUL: names end there */
    size_t subject_bytes = strlen(who->claims.subject);

    memcpy(text, who->claims.tenant, tenant_bytes);
    memcpy(text + tenant_bytes, who->claims.subject, subject_bytes);
    lq_digest_keyed(digest, sign_in->player_key, lq_view_of(text, tenant_bytes + subject_bytes));
    memcpy(who->player, digest, LQ_PLAYER_BYTES);
}

/* The signature is judged before anything of the payload is believed, but for the tenant: it says
 * where the key is looked for, and a key of another tenant is not there. */
static enum lq_result judge_token(lq_sign_in_t *sign_in, const struct lq_compact_jws *jws,
                                  int64_t now_s, struct lq_signed_in *who,
                                  struct lq_error_message *message)
{
    struct lq_sign_in_counts *counts = &sign_in->counts;
    struct lq_token_header header;

    if (lq_token_document_header(lq_view_of(jws->header, jws->header_bytes), &header, message) !=
            LQ_OK ||
        lq_token_document_claims(lq_view_of(jws->payload, jws->payload_bytes), sign_in->audience,
                                 &who->claims, message) != LQ_OK) {
        return refuse(&counts->malformed, message, NULL);
    }
    const struct lq_token_key *key =
        lq_tenant_keys_find(sign_in->keys, who->claims.tenant, header.key_id);
    if (key == NULL) {
        return refuse(&counts->unknown_key, message, "no such key of this tenant");
    }
    if (key->algorithm != header.algorithm) {
        return refuse(&counts->forged, message, "not the algorithm of the key");
    }
    if (!lq_token_signature_verify(key, jws->signed_text,
                                   lq_view_of(jws->signature, jws->signature_bytes))) {
        return refuse(&counts->forged, message, "a wrong signature");
    }
    enum lq_result result = lq_token_claims_judge(&who->claims, now_s);
    if (result != LQ_OK) {
        return refuse(&counts->expired, message,
                      result == LQ_ERR_TIMEOUT ? "expired" : "not valid yet");
    }
    snprintf(who->key_id, sizeof who->key_id, "%s", header.key_id);
    number_player(sign_in, who);
    counts->signed_in++;
    return LQ_OK;
}

enum lq_result lq_sign_in_token(lq_sign_in_t *sign_in, struct lq_view token, int64_t now_s,
                                struct lq_signed_in *who, struct lq_error_message *message)
{
    struct lq_compact_jws jws;

    if (lq_compact_jws_read(token, &jws) != LQ_OK) {
        return refuse(&sign_in->counts.malformed, message, "no token in compact form");
    }
    return judge_token(sign_in, &jws, now_s, who, message);
}

static enum lq_result judge_ticket(lq_sign_in_t *sign_in, struct lq_view text, int64_t now_s,
                                   struct lq_signed_in *who, struct lq_error_message *message)
{
    struct lq_sign_in_counts *counts = &sign_in->counts;
    struct lq_ticket_document ticket;

    enum lq_result result = lq_ticket_store_redeem(sign_in->tickets, text, now_s, &ticket, message);
    if (result != LQ_OK) {
        bool has_words = result != LQ_ERR_NOT_FOUND && result != LQ_ERR_TIMEOUT;
        return refuse(&counts->ticket_unknown, message,
                      has_words ? NULL : "a ticket that is unknown, used or expired");
    }
    if (lq_tenant_keys_find(sign_in->keys, ticket.claims.tenant, ticket.key_id) == NULL) {
        return refuse(&counts->unknown_key, message, "a ticket of a key that was revoked");
    }
    if (lq_token_claims_judge(&ticket.claims, now_s) != LQ_OK) {
        return refuse(&counts->expired, message, "a ticket of a token that has expired");
    }
    who->claims = ticket.claims;
    snprintf(who->key_id, sizeof who->key_id, "%s", ticket.key_id);
    number_player(sign_in, who);
    counts->signed_in++;
    return LQ_OK;
}

/* Credentials of a request; data NULL: not there. */
struct credentials {
    struct lq_view token, ticket, resume;
    uint32_t count;
    bool is_misplaced;
};

/* An item that begins with `prefix` (which has its point) is a credential: what stands behind. */
static void take_item(struct lq_view item, const char *prefix, struct lq_view *credential,
                      struct credentials *found)
{
    size_t bytes = strlen(prefix);

    if (item.bytes >= bytes && memcmp(item.data, prefix, bytes) == 0) {
        *credential = lq_view_of(item.data + bytes, item.bytes - bytes);
        found->count++;
    }
}

static void find_in_protocols(struct lq_view list, struct credentials *found)
{
    struct lq_view item;

    for (uint32_t index = 0; (item = lq_http_request_item(list, index)).data != NULL; index++) {
        take_item(item, "bearer.", &found->token, found);
        take_item(item, "resume.", &found->resume, found);
    }
}

static void find_in_header(struct lq_view value, struct credentials *found)
{
    struct lq_view scheme;

    if (value.data == NULL) {
        return;
    }
    found->count++;
    if (lq_http_request_cut(&value, ' ', &scheme) &&
        lq_http_request_words_equal(scheme, lq_view_text("bearer"))) {
        found->token = lq_http_request_trim(value);
    } else {
        found->is_misplaced = true;
    }
}

static void find_in_query(struct lq_view query, struct credentials *found)
{
    static const char *const forbidden[] = {"token", "access_token", "id_token",
                                            "jwt",   "bearer",       "authorization"};

    for (size_t index = 0; index < sizeof forbidden / sizeof forbidden[0]; index++) {
        found->is_misplaced =
            found->is_misplaced || lq_http_request_parameter(query, forbidden[index]).data != NULL;
    }
    found->ticket = lq_http_request_parameter(query, "ticket");
    found->count += found->ticket.data != NULL ? 1 : 0;
}

enum lq_result lq_sign_in_request(lq_sign_in_t *sign_in, const struct lq_http_request *request,
                                  int64_t now_s, struct lq_signed_in *who,
                                  struct lq_error_message *message)
{
    struct credentials found = {.count = 0};

    find_in_header(request->authorization, &found);
    find_in_protocols(request->websocket_protocol, &found);
    find_in_query(request->query, &found);
    if (found.is_misplaced || found.count > 1) {
        return refuse(&sign_in->counts.malformed, message,
                      "a credential where none may be, or more than one");
    }
    if (found.resume.data != NULL) {
        return LQ_ERR_NOT_FOUND; /* alone: whoever made it judges it */
    }
    if (found.count == 0) {
        (void)refuse(&sign_in->counts.missing, message, "no credential");
        return LQ_ERR_NOT_FOUND;
    }
    return found.ticket.data != NULL ? judge_ticket(sign_in, found.ticket, now_s, who, message)
                                     : lq_sign_in_token(sign_in, found.token, now_s, who, message);
}

int64_t lq_sign_in_ticket_life(const lq_sign_in_t *sign_in, const struct lq_signed_in *who,
                               int64_t now_s)
{
    int64_t left_s = who->claims.expires_at_s - now_s;

    return left_s < (int64_t)sign_in->ticket_s ? left_s : (int64_t)sign_in->ticket_s;
}

enum lq_result lq_sign_in_ticket(lq_sign_in_t *sign_in, const struct lq_signed_in *who,
                                 int64_t now_s, char ticket[LQ_TICKET_TEXT_BYTES],
                                 struct lq_error_message *message)
{
    struct lq_ticket_document document = {
        .claims = who->claims, .expires_at_s = now_s + lq_sign_in_ticket_life(sign_in, who, now_s)};

    snprintf(document.key_id, sizeof document.key_id, "%s", who->key_id);
    enum lq_result result = lq_ticket_store_make(sign_in->tickets, &document, ticket, message);
    sign_in->counts.tickets_made += result == LQ_OK ? 1 : 0;
    sign_in->counts.tickets_full += result == LQ_ERR_FULL ? 1 : 0;
    return result;
}

void lq_sign_in_counts(const lq_sign_in_t *sign_in, struct lq_sign_in_counts *counts)
{
    *counts = sign_in->counts;
}

bool lq_sign_in_key_known(const lq_sign_in_t *sign_in, const char *tenant, const char *key_id)
{
    return lq_tenant_keys_find(sign_in->keys, tenant, key_id) != NULL;
}

/* By a key derived from that of players' numbers, so that no hash is ever one of the other kind. */
void lq_sign_in_mac(const lq_sign_in_t *sign_in, struct lq_view bytes, uint8_t *hash)
{
    uint8_t key[LQ_HASH_BYTES];

    lq_digest_keyed(key, sign_in->player_key, lq_view_text("resume tokens"));
    lq_digest_keyed(hash, key, bytes);
    lq_key_file_forget(key);
}

bool lq_sign_in_mac_is_right(const lq_sign_in_t *sign_in, struct lq_view bytes, const uint8_t *hash)
{
    uint8_t right[LQ_HASH_BYTES];
    uint8_t difference = 0;

    lq_sign_in_mac(sign_in, bytes, right);
    for (size_t at = 0; at < sizeof right; at++) {
        difference |= (uint8_t)(right[at] ^ hash[at]);
    }
    return difference == 0;
}
