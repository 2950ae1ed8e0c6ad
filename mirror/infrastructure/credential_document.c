// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/credential_document.h"

#include <jansson.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void free_wiped(void *memory)
{
    if (memory != NULL) {
        explicit_bzero(memory, malloc_usable_size(memory));
        free(memory);
    }
}

void lq_credential_document_prepare(void)
{
    json_set_alloc_funcs(malloc, free_wiped);
}

bool lq_credential_document_read_time(const char *text, uint64_t *time_s)
{
    struct tm date = {0};
    int end = 0, hours = 0, minutes = 0;
    char sign = 'Z';

    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &date.tm_year, &date.tm_mon, &date.tm_mday,
               &date.tm_hour, &date.tm_min, &date.tm_sec, &end) != 6) {
        return false;
    }
    text += end;
    if (*text == '.') {
        text += 1 + strspn(text + 1, "0123456789");
    }
    if (strcmp(text, "Z") != 0) {
        end = 0;
        if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &end) != 3 || text[end] != '\0' ||
            (sign != '+' && sign != '-') || hours < 0 || hours > 23 || minutes < 0 ||
            minutes > 59) {
            return false;
        }
    }
    if (date.tm_mon < 1 || date.tm_mon > 12 || date.tm_mday < 1 || date.tm_mday > 31 ||
        date.tm_hour < 0 || date.tm_hour > 23 || date.tm_min < 0 || date.tm_min > 59 ||
        date.tm_sec < 0 || date.tm_sec > 60 || date.tm_year < 1970) {
        return false;
    }
    date.tm_year -= 1900;
    date.tm_mon -= 1;
    int64_t seconds = (int64_t)timegm(&date);
    int64_t offset = ((int64_t)hours * 60 + minutes) * 60;
    seconds += sign == '-' ? offset : -offset;
    *time_s = (uint64_t)seconds;
    return seconds >= 0;
}

static enum lq_result take_text(const json_t *root, const char *key, char *to, size_t bytes_max)
{
    const json_t *value = json_object_get(root, key);

    if (!json_is_string(value) || json_string_length(value) == 0 ||
        json_string_length(value) >= bytes_max ||
        strlen(json_string_value(value)) != json_string_length(value)) {
        return LQ_ERR_INVALID;
    }
    memcpy(to, json_string_value(value), json_string_length(value) + 1);
    return LQ_OK;
}

static enum lq_result refuse(const char *name, const char *what, struct lq_error_message *message)
{
    lq_error_message_set(message, "%s: %s", name, what);
    return LQ_ERR_INVALID;
}

static enum lq_result check_head(const json_t *root, const char *name,
                                 enum lq_credential_document_kind kind,
                                 struct lq_error_message *message)
{
    const char *code = json_string_value(json_object_get(root, "Code"));

    if (!json_is_object(root)) {
        return refuse(name, "not a JSON object", message);
    }
    if (kind == LQ_CREDENTIALS_OF_PROCESS &&
        json_integer_value(json_object_get(root, "Version")) != 1) {
        return refuse(name, "\"Version\" is not 1", message);
    }
    if (code != NULL && strcmp(code, "Success") != 0) {
        lq_error_message_set(message, "%s: answered with the code %.40s", name, code);
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

static enum lq_result read_keys(const json_t *root, const char *name,
                                enum lq_credential_document_kind kind, struct lq_aws_keys *keys,
                                struct lq_error_message *message)
{
    const char *token = kind == LQ_CREDENTIALS_OF_PROCESS ? "SessionToken" : "Token";
    const json_t *expiration = json_object_get(root, "Expiration");

    if (take_text(root, "AccessKeyId", keys->access_key_id, sizeof keys->access_key_id) != LQ_OK) {
        return refuse(name, "no \"AccessKeyId\", or not a short text", message);
    }
    if (take_text(root, "SecretAccessKey", keys->secret_access_key,
                  sizeof keys->secret_access_key) != LQ_OK) {
        return refuse(name, "no \"SecretAccessKey\", or not a short text", message);
    }
    if (json_object_get(root, token) != NULL && !json_is_null(json_object_get(root, token)) &&
        take_text(root, token, keys->session_token, sizeof keys->session_token) != LQ_OK) {
        return refuse(name, "the session token is not a text of at most 8,191 bytes", message);
    }
    keys->expires_at_s = LQ_AWS_NEVER_EXPIRES;
    if (expiration != NULL && !json_is_null(expiration) &&
        (!json_is_string(expiration) ||
         !lq_credential_document_read_time(json_string_value(expiration), &keys->expires_at_s))) {
        return refuse(name, "\"Expiration\" is not a time like 2026-01-31T12:00:00Z", message);
    }
    return LQ_OK;
}

enum lq_result lq_credential_document_parse(struct lq_view text, const char *name,
                                            enum lq_credential_document_kind kind, uint64_t now_s,
                                            struct lq_aws_keys *keys,
                                            struct lq_error_message *message)
{
    json_error_t error;
    json_t *root = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, &error);
    enum lq_result result;

    memset(keys, 0, sizeof *keys);
    result =
        root == NULL ? refuse(name, "not JSON", message) : check_head(root, name, kind, message);
    explicit_bzero(&error, sizeof error); /* it quotes the text */
    if (result == LQ_OK) {
        result = read_keys(root, name, kind, keys, message);
    }
    json_decref(root);
    if (result == LQ_OK && keys->expires_at_s <= now_s) {
        lq_error_message_set(message, "%s: what it hands out has expired already", name);
        result = LQ_ERR_STALE;
    }
    if (result != LQ_OK) {
        lq_aws_keys_wipe(keys);
    }
    return result;
}
