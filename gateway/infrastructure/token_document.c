// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/infrastructure/token_document.h"

#include "base/contract.h"
#include "gateway/domain/base64url.h"
#include "gateway/domain/compact_jws.h"

#include <jansson.h>
#include <stdlib.h>

enum { DEPTH_MAX = 8, AUDIENCES_MAX = 16 };

static enum lq_result say(struct lq_error_message *message, const char *what)
{
    lq_error_message_set(message, "%s", what);
    return LQ_ERR_MALFORMED;
}

/* jansson goes down with the text, so its depth is bounded before. */
static bool is_shallow(struct lq_view json)
{
    size_t depth = 0;
    bool in_string = false;

    for (size_t index = 0; index < json.bytes; index++) {
        char byte = (char)json.data[index];
        if (in_string && byte == '\\') {
            index++;
        } else if (byte == '"') {
            in_string = !in_string;
        } else if (!in_string && (byte == '{' || byte == '[')) {
            depth++;
            if (depth > DEPTH_MAX) {
                return false;
            }
        } else if (!in_string && (byte == '}' || byte == ']') && depth > 0) {
            depth--;
        }
    }
    return true;
}

/* NULL: not one object; `error` may be NULL. */
static json_t *load_at(struct lq_view json, json_error_t *error)
{
    if (json.bytes > LQ_TOKEN_DOCUMENT_BYTES_MAX || !is_shallow(json)) {
        return NULL;
    }
    json_t *root = json_loadb((const char *)json.data, json.bytes, JSON_REJECT_DUPLICATES, error);
    if (root != NULL && !json_is_object(root)) {
        json_decref(root);
        return NULL;
    }
    return root;
}

static json_t *load(struct lq_view json)
{
    return load_at(json, NULL);
}

/* False: it is not there, no string, or longer than bytes_max with its NUL. */
static bool copy_text(const json_t *object, const char *name, char *to, size_t bytes_max)
{
    const json_t *value = json_object_get(object, name);
    size_t bytes = json_string_length(value);

    if (!json_is_string(value) || bytes >= bytes_max ||
        memchr(json_string_value(value), 0, bytes)) {
        return false;
    }
    memcpy(to, json_string_value(value), bytes + 1);
    return true;
}

static bool copy_number(const json_t *object, const char *name, int64_t *to)
{
    const json_t *value = json_object_get(object, name);

    *to = json_integer_value(value);
    return json_is_integer(value);
}

bool lq_token_document_key_id_valid(struct lq_view id)
{
    if (id.bytes == 0 || id.bytes > LQ_TOKEN_KEY_ID_BYTES_MAX) {
        return false;
    }
    for (size_t index = 0; index < id.bytes; index++) {
        uint8_t byte = id.data[index];
        if (!(byte >= '0' && byte <= '9') && !(byte >= 'A' && byte <= 'Z') &&
            !(byte >= 'a' && byte <= 'z') && byte != '.' && byte != '_' && byte != '-') {
            return false;
        }
    }
    return true;
}

static enum lq_result read_header(const json_t *root, struct lq_token_header *header,
                                  struct lq_error_message *message)
{
    char text[16];

    if (json_object_get(root, "crit") != NULL || json_object_get(root, "b64") != NULL) {
        return say(message, "a header that must be understood and is not");
    }
    if (json_object_get(root, "typ") != NULL &&
        (!copy_text(root, "typ", text, sizeof text) || strcmp(text, "JWT") != 0)) {
        return say(message, "typ is not JWT");
    }
    if (!copy_text(root, "kid", header->key_id, sizeof header->key_id) ||
        !lq_token_document_key_id_valid(lq_view_text(header->key_id))) {
        return say(message, "no kid");
    }
    if (!copy_text(root, "alg", text, sizeof text)) {
        return say(message, "no alg");
    }
    header->algorithm = lq_token_signature_algorithm(lq_view_text(text));
    return LQ_OK;
}

enum lq_result lq_token_document_header(struct lq_view json, struct lq_token_header *header,
                                        struct lq_error_message *message)
{
    json_t *root = load(json);
    enum lq_result result =
        root == NULL ? say(message, "the header is no object") : read_header(root, header, message);

    json_decref(root);
    return result;
}

static bool read_sessions(const json_t *list, struct lq_token_claims *claims)
{
    size_t count = json_array_size(list);

    if (!json_is_array(list) || count > LQ_TOKEN_SESSIONS_MAX) {
        return false;
    }
    for (size_t index = 0; index < count; index++) {
        const json_t *item = json_array_get(list, index);
        size_t bytes = json_string_length(item);
        if (!json_is_string(item) || bytes >= sizeof claims->sessions[0] ||
            strlen(json_string_value(item)) != bytes) {
            return false;
        }
        memcpy(claims->sessions[index], json_string_value(item), bytes + 1);
    }
    claims->session_count = (uint32_t)count;
    return true;
}

static bool read_rights(const json_t *list, uint32_t *rights)
{
    *rights = 0;
    if (!json_is_array(list) || json_array_size(list) > 2) {
        return false;
    }
    for (size_t index = 0; index < json_array_size(list); index++) {
        const char *word = json_string_value(json_array_get(list, index));
        uint32_t right = word == NULL                 ? 0
                         : strcmp(word, "play") == 0  ? LQ_RIGHT_PLAY
                         : strcmp(word, "watch") == 0 ? LQ_RIGHT_WATCH
                                                      : 0;
        if (right == 0 || (*rights & right) != 0) {
            return false;
        }
        *rights |= right;
    }
    return true;
}

/* aud is one text, or a list with it. */
static bool is_for(const json_t *audiences, const char *audience)
{
    if (json_is_string(audiences)) {
        return strcmp(json_string_value(audiences), audience) == 0 &&
               json_string_length(audiences) == strlen(audience);
    }
    if (!json_is_array(audiences) || json_array_size(audiences) > AUDIENCES_MAX) {
        return false;
    }
    bool found = false;
    for (size_t index = 0; index < json_array_size(audiences); index++) {
        const json_t *item = json_array_get(audiences, index);
        if (!json_is_string(item)) {
            return false;
        }
        found = found || is_for(item, audience);
    }
    return found;
}

static enum lq_result read_claims(const json_t *root, const char *audience,
                                  struct lq_token_claims *claims, struct lq_error_message *message)
{
    char issuer[LQ_TENANT_NAME_BYTES_MAX + 1];
    const char *wrong = NULL;

    memset(claims, 0, sizeof *claims);
    if (!copy_text(root, "tenant", claims->tenant, sizeof claims->tenant)) {
        return say(message, "no tenant");
    }
    if (!copy_text(root, "iss", issuer, sizeof issuer) || strcmp(issuer, claims->tenant) != 0) {
        return say(message, "iss is not the tenant");
    }
    if (!is_for(json_object_get(root, "aud"), audience)) {
        return say(message, "aud is not this cluster");
    }
    if (!copy_text(root, "sub", claims->subject, sizeof claims->subject)) {
        return say(message, "no sub");
    }
    if (!copy_number(root, "iat", &claims->issued_at_s) ||
        !copy_number(root, "nbf", &claims->not_before_s) ||
        !copy_number(root, "exp", &claims->expires_at_s)) {
        return say(message, "iat, nbf and exp are not all there as whole numbers");
    }
    if (!read_sessions(json_object_get(root, "sessions"), claims) ||
        !read_rights(json_object_get(root, "rights"), &claims->rights)) {
        return say(message, "sessions or rights are not what they may be");
    }
    return lq_token_claims_check(claims, &wrong) == LQ_OK ? LQ_OK : say(message, wrong);
}

enum lq_result lq_token_document_claims(struct lq_view json, const char *audience,
                                        struct lq_token_claims *claims,
                                        struct lq_error_message *message)
{
    json_t *root = load(json);
    enum lq_result result = root == NULL ? say(message, "the payload is no object")
                                         : read_claims(root, audience, claims, message);

    json_decref(root);
    return result;
}

static json_t *pack_claims(const struct lq_token_claims *claims, const char *audience)
{
    json_t *sessions = json_array();
    json_t *rights = json_array();

    for (uint32_t index = 0; index < claims->session_count; index++) {
        json_array_append_new(sessions, json_string(claims->sessions[index]));
    }
    if ((claims->rights & LQ_RIGHT_PLAY) != 0) {
        json_array_append_new(rights, json_string("play"));
    }
    if ((claims->rights & LQ_RIGHT_WATCH) != 0) {
        json_array_append_new(rights, json_string("watch"));
    }
    json_t *packed =
        json_pack("{s:s,s:s,s:s,s:s,s:o,s:o,s:I,s:I,s:I}", "iss", claims->tenant, "aud", audience,
                  "sub", claims->subject, "tenant", claims->tenant, "sessions", sessions, "rights",
                  rights, "iat", (json_int_t)claims->issued_at_s, "nbf",
                  (json_int_t)claims->not_before_s, "exp", (json_int_t)claims->expires_at_s);
    LQ_ASSERT(packed != NULL);
    return packed;
}

/* Takes `root`. */
static char *write_text(json_t *root)
{
    char *text = json_dumps(root, JSON_COMPACT);

    LQ_ASSERT(text != NULL);
    json_decref(root);
    return text;
}

enum lq_result lq_token_document_sign(const struct lq_token_claims *claims, const char *audience,
                                      const struct lq_token_key *key,
                                      char token[LQ_TOKEN_BYTES_MAX + 1])
{
    uint8_t signature[LQ_TOKEN_SIGNATURE_BYTES_MAX];
    char *header =
        write_text(json_pack("{s:s,s:s,s:s}", "alg", lq_token_signature_name(key->algorithm), "kid",
                             key->id, "typ", "JWT"));
    char *payload = write_text(pack_claims(claims, audience));
    size_t bytes = lq_base64url_digits(strlen(header)) + 1 + lq_base64url_digits(strlen(payload));
    enum lq_result result =
        bytes + 1 + lq_base64url_digits(LQ_TOKEN_SIGNATURE_BYTES_MAX) <= LQ_TOKEN_BYTES_MAX
            ? LQ_OK
            : LQ_ERR_LIMIT;

    if (result == LQ_OK) {
        size_t used = lq_base64url_encode(lq_view_text(header), token);
        token[used] = '.';
        used++;
        used += lq_base64url_encode(lq_view_text(payload), token + used);
        size_t signed_bytes = lq_token_signature_sign(key, lq_view_of(token, used), signature);
        token[used] = '.';
        lq_base64url_encode(lq_view_of(signature, signed_bytes), token + used + 1);
    }
    free(header);
    free(payload);
    return result;
}

char *lq_token_document_write_ticket(const struct lq_ticket_document *ticket, const char *audience)
{
    return write_text(json_pack("{s:s,s:I,s:o}", "kid", ticket->key_id, "expires",
                                (json_int_t)ticket->expires_at_s, "claims",
                                pack_claims(&ticket->claims, audience)));
}

enum lq_result lq_token_document_read_ticket(struct lq_view json, const char *audience,
                                             struct lq_ticket_document *ticket,
                                             struct lq_error_message *message)
{
    json_t *root = load(json);
    enum lq_result result = LQ_OK;

    if (root == NULL || !copy_text(root, "kid", ticket->key_id, sizeof ticket->key_id) ||
        !copy_number(root, "expires", &ticket->expires_at_s)) {
        result = say(message, "the ticket's file is damaged");
    } else {
        result = read_claims(json_object_get(root, "claims"), audience, &ticket->claims, message);
    }
    json_decref(root);
    return result;
}

static bool read_bytes(const json_t *object, const char *name, uint8_t *to, size_t bytes_max,
                       size_t *bytes)
{
    const json_t *value = json_object_get(object, name);

    *bytes = 0;
    return value == NULL ||
           (json_is_string(value) &&
            lq_base64url_decode(lq_view_of(json_string_value(value), json_string_length(value)), to,
                                bytes_max, bytes) == LQ_OK);
}

/* The member that is missing or not what it may be; NULL: none. */
static const char *read_key(const json_t *object, struct lq_token_key *key)
{
    char algorithm[16];
    size_t public_bytes = 0;

    memset(key, 0, sizeof *key);
    if (!copy_text(object, "kid", key->id, sizeof key->id) ||
        !lq_token_document_key_id_valid(lq_view_text(key->id))) {
        return "kid";
    }
    if (!copy_text(object, "alg", algorithm, sizeof algorithm)) {
        return "alg";
    }
    key->algorithm = lq_token_signature_algorithm(lq_view_text(algorithm));
    if (key->algorithm != LQ_TOKEN_EDDSA && key->algorithm != LQ_TOKEN_HS256) {
        return "alg";
    }
    if (!copy_number(object, "created", &key->created_s)) {
        return "created";
    }
    bool has_public = key->algorithm == LQ_TOKEN_EDDSA;
    if (!read_bytes(object, "public", key->public_key, sizeof key->public_key, &public_bytes) ||
        public_bytes != (has_public ? LQ_TOKEN_PUBLIC_BYTES : 0)) {
        return "public";
    }
    bool is_read =
        read_bytes(object, "secret", key->secret, sizeof key->secret, &key->secret_bytes);
    bool fits = has_public
                    ? key->secret_bytes == 0 || key->secret_bytes == LQ_TOKEN_SECRET_BYTES_LEAST
                    : key->secret_bytes >= LQ_TOKEN_SECRET_BYTES_LEAST;
    return is_read && fits ? NULL : "secret";
}

static enum lq_result read_keys(const json_t *root, struct lq_token_keys *keys,
                                struct lq_error_message *message)
{
    const json_t *list = json_object_get(root, "keys");
    int64_t version = 0;

    keys->count = 0;
    if (!copy_number(root, "version", &version) || version != 1) {
        return say(message, "a file of keys of another version");
    }
    if (!json_is_array(list) || json_array_size(list) > LQ_TOKEN_KEYS_MAX) {
        return say(message, "no keys, or too many");
    }
    for (size_t index = 0; index < json_array_size(list); index++) {
        struct lq_token_key *key = &keys->keys[index];
        const char *wrong = read_key(json_array_get(list, index), key);
        for (size_t before = 0; wrong == NULL && before < index; before++) {
            wrong = strcmp(keys->keys[before].id, key->id) == 0 ? "kid (twice)" : NULL;
        }
        if (wrong != NULL) {
            lq_error_message_set(message, "keys[%zu].%s is missing or not what it may be", index,
                                 wrong);
            return LQ_ERR_MALFORMED;
        }
    }
    keys->count = (uint32_t)json_array_size(list);
    return LQ_OK;
}

enum lq_result lq_token_document_read_keys(struct lq_view json, struct lq_token_keys *keys,
                                           struct lq_error_message *message)
{
    json_error_t error = {.text = ""};
    json_t *root = load_at(json, &error);
    enum lq_result result = LQ_ERR_MALFORMED;

    if (root != NULL) {
        result = read_keys(root, keys, message);
    } else if (error.text[0] == '\0') {
        lq_error_message_set(message, "no JSON object: too large, too deep, or another value");
    } else {
        lq_error_message_set(message, "no JSON object: line %d, column %d", error.line,
                             error.column);
    }

    json_decref(root);
    return result;
}

static void add_bytes(json_t *object, const char *name, struct lq_view bytes)
{
    char text[2 * LQ_TOKEN_SECRET_BYTES_MAX];

    lq_base64url_encode(bytes, text);
    json_object_set_new(object, name, json_string(text));
}

char *lq_token_document_write_keys(const struct lq_token_keys *keys)
{
    json_t *list = json_array();

    for (uint32_t index = 0; index < keys->count; index++) {
        const struct lq_token_key *key = &keys->keys[index];
        json_t *object = json_pack("{s:s,s:s,s:I}", "kid", key->id, "alg",
                                   lq_token_signature_name(key->algorithm), "created",
                                   (json_int_t)key->created_s);
        if (key->algorithm == LQ_TOKEN_EDDSA) {
            add_bytes(object, "public", lq_view_of(key->public_key, sizeof key->public_key));
        }
        if (key->secret_bytes > 0) {
            add_bytes(object, "secret", lq_view_of(key->secret, key->secret_bytes));
        }
        json_array_append_new(list, object);
    }
    return write_text(json_pack("{s:i,s:o}", "version", 1, "keys", list));
}
