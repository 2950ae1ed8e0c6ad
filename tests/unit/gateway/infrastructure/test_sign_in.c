// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/sign_in.h"

#include "gateway/domain/base64url.h"
#include "gateway/infrastructure/tenant_keys.h"
#include "tests/support/suite.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

TCase *lq_test_sign_in(void);

#define NOW 1500

static char folder[64];
static lq_event_loop_t *loop;
static lq_sign_in_t *sign_in;
static struct lq_gateway_options options;
static struct lq_token_keys keys;
static char revoked[64];
static struct lq_error_message message;

static void on_revoked(void *context, const char *tenant, const char *key_id)
{
    (void)context;
    snprintf(revoked, sizeof revoked, "%s/%s", tenant, key_id);
}

/* As lqctl does: into place as a whole. */
static void write_keys(const char *tenant, const struct lq_token_keys *written, mode_t mode)
{
    char path[160];
    char new_path[160];
    char *text = lq_token_document_write_keys(written);

    snprintf(path, sizeof path, "%s/tenants/%s.json", folder, tenant);
    snprintf(new_path, sizeof new_path, "%s/tenants/new", folder);
    FILE *file = fopen(new_path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(chmod(new_path, mode), 0);
    ck_assert_int_eq(rename(new_path, path), 0);
    free(text);
}

static void open_one(lq_sign_in_t **opened)
{
    struct lq_sign_in_setting setting = {
        .folder = folder, .audience = "cluster", .options = &options, .on_revoked = on_revoked};

    ck_assert_int_eq(lq_sign_in_open(&setting, loop, opened, &message), LQ_OK);
}

static void set_up(void)
{
    snprintf(folder, sizeof folder, "/tmp/lq-sign-in.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    options = (struct lq_gateway_options){.ticket_s = 30, .tickets_max = 3};
    ck_assert_int_eq(lq_event_loop_open(&loop, &message), LQ_OK);
    open_one(&sign_in);
    keys.count = 2;
    lq_token_signature_make_key(LQ_TOKEN_EDDSA, 0, &keys.keys[0]);
    lq_token_signature_make_key(LQ_TOKEN_HS256, 0, &keys.keys[1]);
    write_keys("demo", &keys, 0600);
    revoked[0] = '\0';
}

static void empty_folder(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    DIR *listing = opendir(path);
    const struct dirent *entry;

    while ((entry = readdir(listing)) != NULL) {
        if (entry->d_name[0] != '.' || entry->d_name[1] == 't') {
            unlinkat(dirfd(listing), entry->d_name, 0);
        }
    }
    closedir(listing);
    rmdir(path);
}

static void tear_down(void)
{
    char path[128];

    lq_sign_in_close(&sign_in);
    lq_event_loop_close(&loop);
    empty_folder("tenants");
    empty_folder("tickets");
    snprintf(path, sizeof path, "%s/player.key", folder);
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static struct lq_token_claims usual(void)
{
    struct lq_token_claims claims = {.tenant = "demo",
                                     .subject = "alice",
                                     .sessions = {"*"},
                                     .session_count = 1,
                                     .rights = LQ_RIGHT_PLAY,
                                     .issued_at_s = 1000,
                                     .not_before_s = 1000,
                                     .expires_at_s = 2000};

    return claims;
}

static void make_token(const struct lq_token_claims *claims, const struct lq_token_key *key,
                       char token[LQ_TOKEN_BYTES_MAX + 1])
{
    ck_assert_int_eq(lq_token_document_sign(claims, "cluster", key, token), LQ_OK);
}

static enum lq_result judge(lq_sign_in_t *judge_of, const char *token, struct lq_signed_in *who)
{
    return lq_sign_in_token(judge_of, lq_view_text(token), NOW, who, &message);
}

START_TEST(test_token)
{
    char token[LQ_TOKEN_BYTES_MAX + 1];
    struct lq_signed_in who;
    struct lq_token_claims claims = usual();

    for (uint32_t index = 0; index < 2; index++) {
        make_token(&claims, &keys.keys[index], token);
        ck_assert_int_eq(judge(sign_in, token, &who), LQ_OK);
        ck_assert_str_eq(who.key_id, keys.keys[index].id);
        ck_assert_mem_eq(&who.claims, &claims, sizeof claims);
    }
}
END_TEST

static uint64_t counted(size_t offset)
{
    struct lq_sign_in_counts counts;
    uint64_t value;

    lq_sign_in_counts(sign_in, &counts);
    memcpy(&value, (char *)&counts + offset, sizeof value);
    return value;
}
#define COUNTED(name) counted(offsetof(struct lq_sign_in_counts, name))

/* What RFC 8725 warns of, and a key of somebody else. */
START_TEST(test_refused)
{
    char token[LQ_TOKEN_BYTES_MAX + 1];
    struct lq_signed_in who;
    struct lq_token_claims claims = usual();
    struct lq_token_key key = keys.keys[0];
    struct lq_token_keys others = {.count = 1};

    /* HS256 with the public key of EdDSA as the secret, under its id. */
    key.algorithm = LQ_TOKEN_HS256;
    memcpy(key.secret, key.public_key, sizeof key.public_key);
    key.secret_bytes = sizeof key.public_key;
    make_token(&claims, &key, token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_ERR_PERMISSION);
    ck_assert_uint_eq(COUNTED(forged), 1);

    /* A key of another tenant, for this one. */
    lq_token_signature_make_key(LQ_TOKEN_EDDSA, 0, &others.keys[0]);
    write_keys("other", &others, 0600);
    make_token(&claims, &others.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_ERR_PERMISSION);
    ck_assert_uint_eq(COUNTED(unknown_key), 1);
    snprintf(claims.tenant, sizeof claims.tenant, "other");
    make_token(&claims, &others.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_OK);

    /* Another key under the id of this one. */
    claims = usual();
    snprintf(others.keys[0].id, sizeof others.keys[0].id, "%s", keys.keys[0].id);
    make_token(&claims, &others.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_ERR_PERMISSION);
    ck_assert_uint_eq(COUNTED(forged), 2);

    /* A tenant that nobody knows; no signature at all. */
    snprintf(claims.tenant, sizeof claims.tenant, "nobody");
    make_token(&claims, &keys.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_ERR_PERMISSION);
    ck_assert_int_eq(judge(sign_in, "e30.e30.", &who), LQ_ERR_PERMISSION);
    ck_assert_int_eq(judge(sign_in, "", &who), LQ_ERR_PERMISSION);
    ck_assert_uint_eq(COUNTED(malformed), 2);

    claims = usual();
    claims.expires_at_s = NOW - LQ_TOKEN_LEEWAY_S;
    make_token(&claims, &keys.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_ERR_PERMISSION);
    ck_assert_uint_eq(COUNTED(expired), 1);
}
END_TEST

/* Signed rightly, with another algorithm in its header. */
START_TEST(test_header_lies)
{
    static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"%s\"}";
    char token[LQ_TOKEN_BYTES_MAX + 1];
    char lie[LQ_TOKEN_BYTES_MAX + 1];
    char text[128];
    uint8_t signature[LQ_TOKEN_SIGNATURE_BYTES_MAX];
    struct lq_signed_in who;
    struct lq_token_claims claims = usual();

    make_token(&claims, &keys.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_OK);
    const char *payload = strchr(token, '.');
    size_t payload_bytes = (size_t)(strrchr(token, '.') - payload);
    snprintf(text, sizeof text, header, keys.keys[0].id);
    size_t used = lq_base64url_encode(lq_view_text(text), lie);
    memcpy(lie + used, payload, payload_bytes);
    used += payload_bytes;
    size_t bytes = lq_token_signature_sign(&keys.keys[0], lq_view_of(lie, used), signature);
    lie[used] = '.';
    lq_base64url_encode(lq_view_of(signature, bytes), lie + used + 1);
    ck_assert_int_eq(judge(sign_in, lie, &who), LQ_ERR_PERMISSION);
    ck_assert_uint_eq(COUNTED(forged), 1);
}
END_TEST

static struct lq_http_request request_of(const char *authorization, const char *protocols,
                                         const char *query)
{
    struct lq_http_request request = {.method = LQ_HTTP_GET};

    if (authorization != NULL) {
        request.authorization = lq_view_text(authorization);
    }
    if (protocols != NULL) {
        request.websocket_protocol = lq_view_text(protocols);
    }
    if (query != NULL) {
        request.query = lq_view_text(query);
    }
    return request;
}

static enum lq_result ask(const char *authorization, const char *protocols, const char *query)
{
    struct lq_signed_in who;
    struct lq_http_request request = request_of(authorization, protocols, query);

    return lq_sign_in_request(sign_in, &request, NOW, &who, &message);
}

START_TEST(test_places)
{
    char token[LQ_TOKEN_BYTES_MAX + 1];
    char header[LQ_TOKEN_BYTES_MAX + 64];
    char protocols[LQ_TOKEN_BYTES_MAX + 64];
    char query[LQ_TOKEN_BYTES_MAX + 64];
    struct lq_token_claims claims = usual();

    make_token(&claims, &keys.keys[0], token);
    snprintf(header, sizeof header, "bearer  %s", token);
    snprintf(protocols, sizeof protocols, "v1.json.ledgerquest, bearer.%s", token);
    ck_assert_int_eq(ask(header, NULL, NULL), LQ_OK);
    ck_assert_int_eq(ask(NULL, protocols, NULL), LQ_OK);
    ck_assert_int_eq(ask(header, "v1.json.ledgerquest", "room=1"), LQ_OK);
    ck_assert_int_eq(ask(NULL, "v1.json.ledgerquest", NULL), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(ask(NULL, NULL, NULL), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(ask(header, protocols, NULL), LQ_ERR_PERMISSION);
    /* A resume token is a credential too, and beside another one it is one too many. */
    ck_assert_int_eq(ask(NULL, "v1.json.ledgerquest, resume.AAAA", NULL), LQ_ERR_NOT_FOUND);
    ck_assert_int_eq(ask(header, "v1.json.ledgerquest, resume.AAAA", NULL), LQ_ERR_PERMISSION);
    ck_assert_int_eq(ask(NULL, "v1.json.ledgerquest, resume.AAAA, resume.AAAA", NULL),
                     LQ_ERR_PERMISSION);
    ck_assert_int_eq(ask(NULL, "v1.json.ledgerquest, resume.AAAA", "ticket=AAAA"),
                     LQ_ERR_PERMISSION);
    snprintf(protocols, sizeof protocols, "v1.json.ledgerquest, resume.AAAA, bearer.%s", token);
    ck_assert_int_eq(ask(NULL, protocols, NULL), LQ_ERR_PERMISSION);
    snprintf(header, sizeof header, "Basic %s", token);
    ck_assert_int_eq(ask(header, NULL, NULL), LQ_ERR_PERMISSION);
    snprintf(header, sizeof header, "%s", token);
    ck_assert_int_eq(ask(header, NULL, NULL), LQ_ERR_PERMISSION);
    static const char *const names[] = {"token", "access_token", "jwt", "ticket"};
    for (size_t index = 0; index < 4; index++) {
        snprintf(query, sizeof query, "%s=%s", names[index], token);
        ck_assert_int_eq(ask(NULL, NULL, query), LQ_ERR_PERMISSION);
    }
}
END_TEST

START_TEST(test_ticket)
{
    char token[LQ_TOKEN_BYTES_MAX + 1];
    char ticket[4][LQ_TICKET_TEXT_BYTES];
    char query[64];
    struct lq_signed_in who;
    struct lq_signed_in again;
    struct lq_token_claims claims = usual();

    claims.expires_at_s = (int64_t)4e9; /* the sweep goes by the clock */
    make_token(&claims, &keys.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_OK);
    for (uint32_t index = 0; index < 3; index++) {
        ck_assert_int_eq(lq_sign_in_ticket(sign_in, &who, (int64_t)3.9e9, ticket[index], &message),
                         LQ_OK);
    }
    ck_assert_int_eq(lq_sign_in_ticket(sign_in, &who, (int64_t)3.9e9, ticket[3], &message),
                     LQ_ERR_FULL);
    snprintf(query, sizeof query, "ticket=%s", ticket[0]);
    struct lq_http_request request = request_of(NULL, NULL, query);
    ck_assert_int_eq(lq_sign_in_request(sign_in, &request, (int64_t)3.9e9 + 29, &again, &message),
                     LQ_OK);
    ck_assert_mem_eq(&again.claims, &who.claims, sizeof who.claims);
    ck_assert_str_eq(again.key_id, who.key_id);
    ck_assert_mem_eq(again.player, who.player, LQ_PLAYER_BYTES);
    ck_assert_int_eq(lq_sign_in_request(sign_in, &request, (int64_t)3.9e9 + 29, &again, &message),
                     LQ_ERR_PERMISSION);
    ck_assert_int_eq(lq_sign_in_ticket(sign_in, &who, (int64_t)3.9e9, ticket[3], &message), LQ_OK);

    /* Too late; and of a key that was revoked meanwhile. */
    snprintf(query, sizeof query, "ticket=%s", ticket[1]);
    request = request_of(NULL, NULL, query);
    ck_assert_int_eq(lq_sign_in_request(sign_in, &request, (int64_t)3.9e9 + 30, &again, &message),
                     LQ_ERR_PERMISSION);
    keys.keys[0] = keys.keys[1];
    keys.count = 1;
    write_keys("demo", &keys, 0600);
    for (int turn = 0; turn < 100 && revoked[0] == '\0'; turn++) {
        lq_event_loop_turn(loop, 50 * UINT64_C(1000000));
    }
    snprintf(query, sizeof query, "demo/%s", who.key_id);
    ck_assert_str_eq(revoked, query);
    snprintf(query, sizeof query, "ticket=%s", ticket[2]);
    request = request_of(NULL, NULL, query);
    ck_assert_int_eq(lq_sign_in_request(sign_in, &request, (int64_t)3.9e9, &again, &message),
                     LQ_ERR_PERMISSION);
    ck_assert_int_eq(judge(sign_in, token, &again), LQ_ERR_PERMISSION);
}
END_TEST

/* The same number in every process, another for every name. */
START_TEST(test_player)
{
    char token[LQ_TOKEN_BYTES_MAX + 1];
    struct lq_signed_in first;
    struct lq_signed_in second;
    struct lq_token_claims claims = usual();
    lq_sign_in_t *other = NULL;

    open_one(&other);
    make_token(&claims, &keys.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &first), LQ_OK);
    ck_assert_int_eq(judge(other, token, &second), LQ_OK);
    ck_assert_mem_eq(first.player, second.player, LQ_PLAYER_BYTES);
    snprintf(claims.subject, sizeof claims.subject, "alicf");
    make_token(&claims, &keys.keys[1], token);
    ck_assert_int_eq(judge(other, token, &second), LQ_OK);
    ck_assert_mem_ne(first.player, second.player, LQ_PLAYER_BYTES);
    lq_sign_in_close(&other);
}
END_TEST

/* A file that others may read has no keys. */
START_TEST(test_open_file)
{
    char token[LQ_TOKEN_BYTES_MAX + 1];
    struct lq_signed_in who;
    struct lq_token_claims claims = usual();

    write_keys("demo", &keys, 0644);
    make_token(&claims, &keys.keys[0], token);
    ck_assert_int_eq(judge(sign_in, token, &who), LQ_ERR_PERMISSION);
}
END_TEST

TCase *lq_test_sign_in(void)
{
    TCase *tcase = tcase_create("sign_in");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_token);
    tcase_add_test(tcase, test_refused);
    tcase_add_test(tcase, test_header_lies);
    tcase_add_test(tcase, test_places);
    tcase_add_test(tcase, test_ticket);
    tcase_add_test(tcase, test_player);
    tcase_add_test(tcase, test_open_file);
    return tcase;
}
