// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/credential_chain.h"

#include "mirror/infrastructure/container_credentials.h"
#include "mirror/infrastructure/credential_process.h"
#include "mirror/infrastructure/instance_credentials.h"
#include "mirror/infrastructure/profile_files.h"

#include <stdlib.h>

const char *lq_credential_chain_source_name(enum lq_credential_source source)
{
    switch (source) {
    case LQ_CREDENTIALS_NONE:
        return "none";
    case LQ_CREDENTIALS_ENVIRONMENT:
        return "environment";
    case LQ_CREDENTIALS_PROFILE_KEYS:
        return "profile keys";
    case LQ_CREDENTIALS_PROFILE_PROCESS:
        return "credential_process";
    case LQ_CREDENTIALS_CONTAINER:
        return "container";
    case LQ_CREDENTIALS_INSTANCE:
        return "instance metadata";
    }
    return "unknown";
}

static enum lq_result copy_variable(const char *name, const char *value, char *to, size_t bytes_max,
                                    struct lq_error_message *message)
{
    if (strlen(value) >= bytes_max) {
        lq_error_message_set(message, "%s: longer than %zu bytes", name, bytes_max - 1);
        return LQ_ERR_LIMIT;
    }
    memcpy(to, value, strlen(value) + 1);
    return LQ_OK;
}

/* LQ_ERR_NOT_FOUND: neither is set. */
static enum lq_result fetch_environment(struct lq_aws_keys *keys, struct lq_error_message *message)
{
    const char *id = getenv("AWS_ACCESS_KEY_ID");
    const char *secret = getenv("AWS_SECRET_ACCESS_KEY");
    const char *token = getenv("AWS_SESSION_TOKEN");
    bool has_id = id != NULL && id[0] != '\0', has_secret = secret != NULL && secret[0] != '\0';
    enum lq_result result;

    if (!has_id && !has_secret) {
        return LQ_ERR_NOT_FOUND;
    }
    if (has_id != has_secret) {
        lq_error_message_set(message, "%s is set and %s is not",
                             has_id ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
                             has_id ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
        return LQ_ERR_INVALID;
    }
    if ((result = copy_variable("AWS_ACCESS_KEY_ID", id, keys->access_key_id,
                                sizeof keys->access_key_id, message)) != LQ_OK ||
        (result = copy_variable("AWS_SECRET_ACCESS_KEY", secret, keys->secret_access_key,
                                sizeof keys->secret_access_key, message)) != LQ_OK ||
        (result = copy_variable("AWS_SESSION_TOKEN", token != NULL ? token : "",
                                keys->session_token, sizeof keys->session_token, message)) !=
            LQ_OK) {
        return result;
    }
    keys->expires_at_s = LQ_AWS_NEVER_EXPIRES;
    return LQ_OK;
}

/* LQ_ERR_NOT_FOUND: the profile says nothing of credentials, or is not there and need not be. */
static enum lq_result use_profile(const struct lq_aws_environment *environment,
                                  const struct lq_profile *profile, uint32_t process_timeout_ms,
                                  int cancel, struct lq_aws_keys *keys,
                                  struct lq_error_message *message)
{
    if (profile->other_source[0] != '\0') {
        lq_error_message_set(message,
                             "profile %s: %s is not followed here; name a profile with a "
                             "credential_process, such as `aws configure export-credentials "
                             "--profile %s --format process`",
                             environment->profile, profile->other_source, environment->profile);
        return LQ_ERR_INVALID;
    }
    if (profile->has_keys && (profile->are_keys_shared || profile->credential_process[0] == '\0')) {
        *keys = profile->keys;
        return LQ_OK;
    }
    if (profile->credential_process[0] != '\0') {
        return lq_credential_process_run(profile->credential_process, process_timeout_ms, cancel,
                                         keys, message);
    }
    return LQ_ERR_NOT_FOUND;
}

static enum lq_result fetch_profile(const struct lq_aws_environment *environment,
                                    uint32_t process_timeout_ms, int cancel,
                                    struct lq_aws_keys *keys, enum lq_credential_source *source,
                                    struct lq_error_message *message)
{
    struct lq_profile *profile = lq_profile_files_new();
    enum lq_result result =
        lq_profile_files_read(environment->config_file, environment->credentials_file,
                              environment->profile, profile, message);

    *source = LQ_CREDENTIALS_PROFILE_KEYS;
    if (result == LQ_OK) {
        result = use_profile(environment, profile, process_timeout_ms, cancel, keys, message);
        if (profile->credential_process[0] != '\0' && !profile->are_keys_shared) {
            *source = LQ_CREDENTIALS_PROFILE_PROCESS;
        }
    } else if (result == LQ_ERR_NOT_FOUND && environment->has_profile) {
        lq_error_message_set(message, "AWS_PROFILE: there is no profile %s in %s or %s",
                             environment->profile, environment->config_file,
                             environment->credentials_file);
        result = LQ_ERR_INVALID;
    }
    lq_profile_files_destroy(&profile);
    return result;
}

/* They become header lines: a line's end in one would begin another header. */
static bool is_printable(const char *text)
{
    while (*text > ' ' && *text <= '~') {
        text++;
    }
    return *text == '\0';
}

static enum lq_result check_keys(struct lq_aws_keys *keys, enum lq_credential_source source,
                                 struct lq_error_message *message)
{
    if (is_printable(keys->access_key_id) && is_printable(keys->secret_access_key) &&
        is_printable(keys->session_token)) {
        return LQ_OK;
    }
    lq_aws_keys_wipe(keys);
    lq_error_message_set(message, "%s: a key or token has a character that none may have",
                         lq_credential_chain_source_name(source));
    return LQ_ERR_INVALID;
}

static enum lq_result fetch_first(const struct lq_aws_environment *environment,
                                  uint32_t process_timeout_ms, int cancel, struct lq_aws_keys *keys,
                                  enum lq_credential_source *source,
                                  struct lq_error_message *message)
{
    enum lq_result result;

    memset(keys, 0, sizeof *keys);
    *source = LQ_CREDENTIALS_ENVIRONMENT;
    result = fetch_environment(keys, message);
    if (result == LQ_ERR_NOT_FOUND) {
        result = fetch_profile(environment, process_timeout_ms, cancel, keys, source, message);
    }
    if (result != LQ_ERR_NOT_FOUND) {
        return result;
    }
    if (environment->has_web_identity) {
        *source = LQ_CREDENTIALS_NONE;
        lq_error_message_set(message, "AWS_WEB_IDENTITY_TOKEN_FILE is not followed here; name a "
                                      "profile with a credential_process");
        return LQ_ERR_INVALID;
    }
    if (environment->container_relative_uri[0] != '\0' ||
        environment->container_full_uri[0] != '\0') {
        *source = LQ_CREDENTIALS_CONTAINER;
        return lq_container_credentials_fetch(environment, cancel, keys, message);
    }
    if (!environment->is_metadata_disabled) {
        *source = LQ_CREDENTIALS_INSTANCE;
        result = lq_instance_credentials_fetch(environment, cancel, keys, message);
        if (result != LQ_ERR_NOT_FOUND) {
            return result;
        }
    }
    *source = LQ_CREDENTIALS_NONE;
    lq_error_message_set(message,
                         "no credentials: neither in the environment nor in profile %s, "
                         "and no container or instance hands any out",
                         environment->profile);
    return LQ_ERR_NOT_FOUND;
}

enum lq_result lq_credential_chain_fetch(const struct lq_aws_environment *environment,
                                         uint32_t process_timeout_ms, int cancel,
                                         struct lq_aws_keys *keys,
                                         enum lq_credential_source *source,
                                         struct lq_error_message *message)
{
    enum lq_result result =
        fetch_first(environment, process_timeout_ms, cancel, keys, source, message);

    return result == LQ_OK ? check_keys(keys, *source, message) : result;
}
