// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/commands.h"
#include "cli/durable_file.h"
#include "cli/json_output.h"
#include "cli/text_output.h"
#include "cli/token_folder.h"

#include "base/clock.h"
#include "gateway/domain/base64url.h"
#include "gateway/infrastructure/tenant_keys.h"

#include <inttypes.h>
#include <stdlib.h>

/* One change of a tenant's file: the file is locked, read, changed and replaced. */
struct key_change {
    const struct lq_invocation *invocation;
    const char *tenant;
    struct lq_token_folder folder;
    struct lq_token_keys keys;
    struct lq_durable_file file;
};

static json_t *describe(const struct lq_token_key *key, bool with_secret)
{
    char text[2 * LQ_TOKEN_SECRET_BYTES_MAX];
    json_t *object = json_pack("{s:s,s:s,s:I,s:b}", "kid", key->id, "alg",
                               lq_token_signature_name(key->algorithm), "created",
                               (json_int_t)key->created_s, "signs", key->secret_bytes > 0);

    if (key->algorithm == LQ_TOKEN_EDDSA) {
        lq_base64url_encode(lq_view_of(key->public_key, sizeof key->public_key), text);
        json_object_set_new(object, "public", json_string(text));
    }
    if (with_secret && key->secret_bytes > 0) {
        lq_base64url_encode(lq_view_of(key->secret, key->secret_bytes), text);
        json_object_set_new(object, "secret", json_string(text));
    }
    return object;
}

static void print_key(const char *tenant, const struct lq_token_key *key, bool with_secret)
{
    char text[2 * LQ_TOKEN_SECRET_BYTES_MAX];
    char time[32];

    printf("%s  %-5s  %s  %s\n", key->id, lq_token_signature_name(key->algorithm),
           lq_text_output_time((uint64_t)key->created_s * LQ_NS_PER_S, time), tenant);
    if (key->algorithm == LQ_TOKEN_EDDSA) {
        lq_base64url_encode(lq_view_of(key->public_key, sizeof key->public_key), text);
        printf("  public %s%s\n", text, key->secret_bytes == 0 ? "  (verifies only)" : "");
    }
    if (with_secret && key->secret_bytes > 0) {
        lq_base64url_encode(lq_view_of(key->secret, key->secret_bytes), text);
        printf("  secret %s\n", text);
    }
}

static enum lq_exit_code begin_change(struct key_change *change)
{
    char path[LQ_PRIVATE_FILE_PATH_BYTES];
    struct lq_error_message message = {""};

    if (lq_tenant_keys_path(change->folder.tenants, change->tenant, path, sizeof path) != LQ_OK) {
        lq_text_output_error("%s: path too long", change->folder.tenants);
        return LQ_EXIT_USAGE;
    }
    enum lq_result result = lq_durable_file_begin(&change->file, path, true, &message);
    if (result != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return result == LQ_ERR_BUSY ? LQ_EXIT_TRY_AGAIN : LQ_EXIT_FAILED;
    }
    enum lq_exit_code code =
        lq_token_folder_read_keys(&change->folder, change->tenant, &change->keys);
    if (code != LQ_EXIT_OK) {
        lq_durable_file_abandon(&change->file);
    }
    return code;
}

static enum lq_exit_code end_change(struct key_change *change)
{
    struct lq_error_message message = {""};

    if (change->invocation->dry_run) {
        lq_durable_file_abandon(&change->file);
        return LQ_EXIT_OK;
    }
    char *text = lq_token_document_write_keys(&change->keys);
    fprintf(change->file.stream, "%s\n", text);
    free(text);
    if (lq_durable_file_commit(&change->file, &message) != LQ_OK) {
        lq_text_output_error("%s", message.text);
        return LQ_EXIT_FAILED;
    }
    return LQ_EXIT_OK;
}

/* The public half of a key that somebody else keeps. */
static bool take_public(const char *text, struct lq_token_key *key)
{
    size_t bytes = 0;

    if (key->algorithm != LQ_TOKEN_EDDSA) {
        lq_text_output_error("--public is of an EdDSA key: one of HS256 has no public half");
        return false;
    }
    memset(key->secret, 0, sizeof key->secret);
    key->secret_bytes = 0;
    if (lq_base64url_decode(lq_view_text(text), key->public_key, sizeof key->public_key, &bytes) !=
            LQ_OK ||
        bytes != sizeof key->public_key) {
        lq_text_output_error("--public is the x of an Ed25519 key: 43 digits of base64url");
        return false;
    }
    return true;
}

/* The key that --algorithm and --public ask for. */
static bool make_key(const struct lq_invocation *invocation, struct lq_token_key *key)
{
    const char *name = lq_invocation_value(invocation, "algorithm");
    const char *public_text = lq_invocation_value(invocation, "public");
    enum lq_token_algorithm algorithm =
        name == NULL ? LQ_TOKEN_EDDSA : lq_token_signature_algorithm(lq_view_text(name));

    if (algorithm == 0) {
        lq_text_output_error("--algorithm is EdDSA or HS256, not %.64s", name);
        return false;
    }
    lq_token_signature_make_key(algorithm, (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S), key);
    return public_text == NULL || take_public(public_text, key);
}

/* A tenant has a key once: revoked by one id it would go on by the other. */
static bool may_be_added(const struct key_change *change, const struct lq_token_key *key)
{
    if (change->keys.count == LQ_TOKEN_KEYS_MAX) {
        lq_text_output_error("%s has %u keys, and more there may not be: revoke one",
                             change->tenant, LQ_TOKEN_KEYS_MAX);
        return false;
    }
    for (uint32_t index = 0; index < change->keys.count; index++) {
        const struct lq_token_key *other = &change->keys.keys[index];
        if (key->algorithm == LQ_TOKEN_EDDSA && other->algorithm == LQ_TOKEN_EDDSA &&
            memcmp(other->public_key, key->public_key, sizeof key->public_key) == 0) {
            lq_text_output_error("%s has this key already, as %s", change->tenant, other->id);
            return false;
        }
    }
    return true;
}

/* With --dry-run there is no key: no id and no secret are shown that will never be one. */
static void print_added(const struct key_change *change, const struct lq_token_key *key)
{
    const struct lq_invocation *invocation = change->invocation;

    if (invocation->json) {
        lq_json_output_print("token.key.add",
                             json_pack("{s:s,s:b,s:o}", "tenant", change->tenant, "dry_run",
                                       (int)invocation->dry_run, "key",
                                       invocation->dry_run ? json_null() : describe(key, true)));
        return;
    }
    if (invocation->dry_run) {
        printf("would add a key to %s  %s\n", change->tenant,
               lq_token_signature_name(key->algorithm));
        return;
    }
    print_key(change->tenant, key, true);
    if (key->secret_bytes > 0) {
        lq_text_output_note(invocation, "its secret is not shown again");
    }
}

static enum lq_exit_code add_key(struct key_change *change)
{
    struct lq_token_key key;

    if (!make_key(change->invocation, &key)) {
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = begin_change(change);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (!may_be_added(change, &key)) {
        lq_durable_file_abandon(&change->file);
        return LQ_EXIT_FAILED;
    }
    change->keys.keys[change->keys.count] = key;
    change->keys.count++;
    code = end_change(change);
    if (code == LQ_EXIT_OK) {
        print_added(change, &key);
    }
    return code;
}

static enum lq_exit_code list_keys(struct key_change *change)
{
    enum lq_exit_code code =
        lq_token_folder_read_keys(&change->folder, change->tenant, &change->keys);
    json_t *list = json_array();

    for (uint32_t index = 0; code == LQ_EXIT_OK && index < change->keys.count; index++) {
        if (change->invocation->json) {
            json_array_append_new(list, describe(&change->keys.keys[index], false));
        } else {
            print_key(change->tenant, &change->keys.keys[index], false);
        }
    }
    if (code == LQ_EXIT_OK && change->invocation->json) {
        lq_json_output_print("token.key.list",
                             json_pack("{s:s,s:O}", "tenant", change->tenant, "keys", list));
    } else if (code == LQ_EXIT_OK && change->keys.count == 0) {
        lq_text_output_note(change->invocation, "%s has no keys", change->tenant);
    }
    json_decref(list);
    return code;
}

/* Out of the list; false: there is none of that id. */
static bool take_out(struct lq_token_keys *keys, const char *key_id)
{
    for (uint32_t index = 0; index < keys->count; index++) {
        if (strcmp(keys->keys[index].id, key_id) == 0) {
            keys->count--;
            memmove(&keys->keys[index], &keys->keys[index + 1],
                    (keys->count - index) * sizeof keys->keys[0]);
            return true;
        }
    }
    return false;
}

static enum lq_exit_code revoke_key(struct key_change *change, const char *key_id)
{
    enum lq_exit_code code = begin_change(change);

    if (code != LQ_EXIT_OK) {
        return code;
    }
    if (!take_out(&change->keys, key_id)) {
        lq_text_output_error("%s has no key %.64s", change->tenant, key_id);
        lq_durable_file_abandon(&change->file);
        return LQ_EXIT_NOT_FOUND;
    }
    if (!change->invocation->dry_run &&
        !lq_text_output_confirm(change->invocation,
                                "revoke %s: its tokens end, and who is connected by them?",
                                key_id)) {
        lq_durable_file_abandon(&change->file);
        return LQ_EXIT_FAILED;
    }
    code = end_change(change);
    if (code == LQ_EXIT_OK && change->invocation->json) {
        lq_json_output_print("token.key.revoke",
                             json_pack("{s:s,s:s,s:b}", "tenant", change->tenant, "kid", key_id,
                                       "dry_run", change->invocation->dry_run));
    } else if (code == LQ_EXIT_OK) {
        printf("%s %s\n", change->invocation->dry_run ? "would revoke" : "revoked", key_id);
    }
    return code;
}

/* ACTION TENANT [KEY] */
static enum lq_exit_code run_action(struct key_change *change, const char *action)
{
    const struct lq_invocation *invocation = change->invocation;
    bool is_add = strcmp(action, "add") == 0;
    bool is_revoke = strcmp(action, "revoke") == 0;

    if (!is_add && !is_revoke && strcmp(action, "list") != 0) {
        lq_text_output_error("token key: add, list or revoke, not %.64s", action);
        return LQ_EXIT_USAGE;
    }
    if (invocation->argument_count != (is_revoke ? 3 : 2)) {
        lq_text_output_error("token key %s wants %s", action, is_revoke ? "TENANT KEY" : "TENANT");
        return LQ_EXIT_USAGE;
    }
    if (!is_add && (lq_invocation_value(invocation, "algorithm") != NULL ||
                    lq_invocation_value(invocation, "public") != NULL)) {
        lq_text_output_error("--algorithm and --public are for token key add");
        return LQ_EXIT_USAGE;
    }
    change->tenant = invocation->arguments[1];
    if (!lq_tenant_name_valid(lq_view_text(change->tenant))) {
        lq_text_output_error("%.64s is no name of a tenant", change->tenant);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_token_folder_open(invocation, &change->folder);
    if (code != LQ_EXIT_OK) {
        return code;
    }
    return is_add      ? add_key(change)
           : is_revoke ? revoke_key(change, invocation->arguments[2])
                       : list_keys(change);
}

enum lq_exit_code lq_token_key_run(const struct lq_invocation *invocation)
{
    struct key_change change = {.invocation = invocation};

    if (invocation->argument_count < 2) {
        lq_text_output_error("token key wants add, list or revoke, and TENANT");
        return LQ_EXIT_USAGE;
    }
    return run_action(&change, invocation->arguments[0]);
}
