// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/profile_files.h"

#include "base/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Where in a file the reader is. */
struct reader {
    const char *name;
    uint32_t line;
    enum lq_profile_file_kind kind;
    const char *wanted;
    bool is_inside; /* the wanted profile's section */
    struct lq_profile *profile;
    struct lq_error_message *message;
};

struct lq_profile *lq_profile_files_new(void)
{
    return lq_alloc(1, sizeof(struct lq_profile));
}

void lq_profile_files_destroy(struct lq_profile **profile)
{
    if (*profile != NULL) {
        explicit_bzero(*profile, sizeof **profile);
        free(*profile);
        *profile = NULL;
    }
}

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

static struct lq_view trim(struct lq_view text)
{
    while (text.bytes > 0 && is_space(text.data[0])) {
        text.data++;
        text.bytes--;
    }
    while (text.bytes > 0 && is_space(text.data[text.bytes - 1])) {
        text.bytes--;
    }
    return text;
}

static struct lq_view cut_comment(struct lq_view text)
{
    for (size_t at = 1; at < text.bytes; at++) {
        if ((text.data[at] == '#' || text.data[at] == ';') && is_space(text.data[at - 1])) {
            text.bytes = at;
        }
    }
    return trim(text);
}

static enum lq_result refuse(const struct reader *reader, const char *what)
{
    lq_error_message_set(reader->message, "%s:%u: %s", reader->name, reader->line, what);
    return LQ_ERR_INVALID;
}

static bool starts_with(struct lq_view text, const char *start)
{
    size_t bytes = strlen(start);

    return text.bytes >= bytes && memcmp(text.data, start, bytes) == 0;
}

/* [default], [profile NAME], ["profile NAME"] is not one of AWS's. */
static enum lq_result enter_section(struct reader *reader, struct lq_view line)
{
    const uint8_t *end = memchr(line.data, ']', line.bytes);

    if (end == NULL) {
        return refuse(reader, "a section without its ']'");
    }
    struct lq_view name = trim(lq_view_of(line.data + 1, (size_t)(end - line.data) - 1));
    if (name.bytes == 0) {
        return refuse(reader, "a section without a name");
    }
    bool bare = reader->kind == LQ_PROFILE_CREDENTIALS || strcmp(reader->wanted, "default") == 0;
    if (reader->kind == LQ_PROFILE_CONFIG && name.bytes > 8 && starts_with(name, "profile") &&
        is_space(name.data[7])) {
        name = trim(lq_view_of(name.data + 8, name.bytes - 8));
        bare = true;
    }
    reader->is_inside = bare && lq_view_equal(name, lq_view_text(reader->wanted));
    reader->profile->is_there |= reader->is_inside;
    return LQ_OK;
}

/* The first file that says it counts. */
static enum lq_result set_text(const struct reader *reader, char *to, size_t bytes_max,
                               struct lq_view value)
{
    if (to[0] != '\0') {
        return LQ_OK;
    }
    if (value.bytes >= bytes_max) {
        return refuse(reader, "a value that is too long");
    }
    if (memchr(value.data, 0, value.bytes) != NULL) {
        return refuse(reader, "a value with a zero byte");
    }
    memcpy(to, value.data, value.bytes);
    to[value.bytes] = '\0';
    return LQ_OK;
}

static bool is_other_source(struct lq_view key)
{
    static const char *const names[] = {
        "role_arn",    "source_profile", "credential_source", "web_identity_token_file",
        "sso_session", "sso_start_url",  "sso_account_id",    "login_session"};

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (lq_view_equal(key, lq_view_text(names[index]))) {
            return true;
        }
    }
    return false;
}

static enum lq_result take_setting(struct reader *reader, struct lq_view key, struct lq_view value)
{
    struct lq_profile *profile = reader->profile;
    struct lq_aws_keys *keys = &profile->keys;

    if (lq_view_equal(key, lq_view_text("region"))) {
        return set_text(reader, profile->region, sizeof profile->region, value);
    }
    if (lq_view_equal(key, lq_view_text("credential_process"))) {
        return set_text(reader, profile->credential_process, sizeof profile->credential_process,
                        value);
    }
    if (is_other_source(key)) {
        return set_text(reader, profile->other_source, sizeof profile->other_source, key);
    }
    if (profile->has_keys && profile->are_keys_shared && reader->kind == LQ_PROFILE_CONFIG) {
        return LQ_OK; /* never half of one file and half of the other */
    }
    if (lq_view_equal(key, lq_view_text("aws_access_key_id"))) {
        return set_text(reader, keys->access_key_id, sizeof keys->access_key_id, value);
    }
    if (lq_view_equal(key, lq_view_text("aws_secret_access_key"))) {
        return set_text(reader, keys->secret_access_key, sizeof keys->secret_access_key, value);
    }
    if (lq_view_equal(key, lq_view_text("aws_session_token"))) {
        return set_text(reader, keys->session_token, sizeof keys->session_token, value);
    }
    return LQ_OK;
}

static enum lq_result take_line(struct reader *reader, struct lq_view line)
{
    struct lq_view content = trim(line);

    if (content.bytes == 0 || content.data[0] == '#' || content.data[0] == ';') {
        return LQ_OK;
    }
    if (is_space(line.data[0])) {
        return LQ_OK; /* below the key before it */
    }
    if (content.data[0] == '[') {
        return enter_section(reader, content);
    }
    const uint8_t *equals = memchr(content.data, '=', content.bytes);
    if (equals == NULL || equals == content.data) {
        return refuse(reader, "neither a section nor KEY = VALUE");
    }
    if (!reader->is_inside) {
        return LQ_OK;
    }
    size_t key_bytes = (size_t)(equals - content.data);
    struct lq_view value = lq_view_of(equals + 1, content.bytes - key_bytes - 1);
    return take_setting(reader, trim(lq_view_of(content.data, key_bytes)), cut_comment(value));
}

enum lq_result lq_profile_files_parse(struct lq_view text, const char *name,
                                      enum lq_profile_file_kind kind, const char *wanted,
                                      struct lq_profile *profile, struct lq_error_message *message)
{
    struct reader reader = {
        .name = name, .kind = kind, .wanted = wanted, .profile = profile, .message = message};
    struct lq_aws_keys *keys = &profile->keys;
    enum lq_result result = LQ_OK;

    if (text.bytes >= 3 && memcmp(text.data, "\xEF\xBB\xBF", 3) == 0) {
        text = lq_view_of(text.data + 3, text.bytes - 3);
    }
    if (!profile->has_keys) {
        lq_aws_keys_wipe(keys); /* half of a pair, of the file before */
    }
    while (text.bytes > 0 && result == LQ_OK) {
        const uint8_t *end = memchr(text.data, '\n', text.bytes);
        size_t bytes = end != NULL ? (size_t)(end - text.data) : text.bytes;
        reader.line++;
        result = take_line(&reader, lq_view_of(text.data, bytes));
        bytes += end != NULL;
        text = lq_view_of(text.data + bytes, text.bytes - bytes);
    }
    if (!profile->has_keys && keys->access_key_id[0] != '\0' &&
        keys->secret_access_key[0] != '\0') {
        profile->has_keys = true;
        profile->are_keys_shared = kind == LQ_PROFILE_CREDENTIALS;
        keys->expires_at_s = LQ_AWS_NEVER_EXPIRES;
    }
    return result;
}

static enum lq_result read_file(const char *path, enum lq_profile_file_kind kind,
                                const char *wanted, struct lq_profile *profile,
                                struct lq_error_message *message)
{
    FILE *file = path[0] != '\0' ? fopen(path, "re") : NULL;
    enum lq_result result;

    if (file == NULL) {
        if (path[0] == '\0' || errno == ENOENT || errno == ENOTDIR) {
            return LQ_OK;
        }
        lq_error_message_set(message, "%s: %s", path, strerror(errno));
        return LQ_ERR_IO;
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* no second copy of secrets */
    uint8_t *text = lq_alloc(LQ_PROFILE_FILE_BYTES_MAX + 1, 1);
    size_t bytes = fread(text, 1, LQ_PROFILE_FILE_BYTES_MAX + 1, file);
    if (ferror(file) != 0) {
        lq_error_message_set(message, "%s: cannot be read", path);
        result = LQ_ERR_IO;
    } else if (bytes > LQ_PROFILE_FILE_BYTES_MAX) {
        lq_error_message_set(message, "%s: larger than %zu bytes", path, LQ_PROFILE_FILE_BYTES_MAX);
        result = LQ_ERR_LIMIT;
    } else {
        result =
            lq_profile_files_parse(lq_view_of(text, bytes), path, kind, wanted, profile, message);
    }
    fclose(file);
    explicit_bzero(text, bytes);
    free(text);
    return result;
}

enum lq_result lq_profile_files_read(const char *config_path, const char *credentials_path,
                                     const char *wanted, struct lq_profile *profile,
                                     struct lq_error_message *message)
{
    enum lq_result result =
        read_file(credentials_path, LQ_PROFILE_CREDENTIALS, wanted, profile, message);

    if (result == LQ_OK) {
        result = read_file(config_path, LQ_PROFILE_CONFIG, wanted, profile, message);
    }
    return result == LQ_OK && !profile->is_there ? LQ_ERR_NOT_FOUND : result;
}
