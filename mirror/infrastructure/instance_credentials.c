// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/instance_credentials.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "mirror/infrastructure/credential_http.h"

#include <stdio.h>
#include <stdlib.h>

#define NAME "instance metadata"
#define USUAL_ENDPOINT "http://169.254.169.254"
#define PATH_TOKEN "/latest/api/token"
#define PATH_ROLE "/latest/meta-data/iam/security-credentials/"
#define TOKEN_SECONDS "21600"
#define TOKEN_BYTES_MAX 1024
#define TIMEOUT_MS 1000
#define ATTEMPTS 3
#define ROLE_BYTES_MAX 128

struct session {
    const struct lq_aws_environment *environment;
    int cancel;
    char header[TOKEN_BYTES_MAX + 64]; /* with the token */
    struct lq_credential_http_answer answer;
};

/* A few tries: the service is said to drop one now and then. */
static enum lq_result ask(struct session *session, const char *path, bool is_put,
                          const char *header, struct lq_error_message *message)
{
    char url[LQ_AWS_ENDPOINT_BYTES_MAX + ROLE_BYTES_MAX + 64];
    const char *endpoint = session->environment->metadata_endpoint;
    size_t bytes;
    struct lq_credential_http_request request = {.name = NAME,
                                                 .url = url,
                                                 .is_put = is_put,
                                                 .header = header,
                                                 .timeout_ms = TIMEOUT_MS,
                                                 .cancel = session->cancel};
    enum lq_result result = LQ_ERR_UNREACHABLE;

    endpoint = endpoint[0] != '\0' ? endpoint : USUAL_ENDPOINT;
    bytes = strlen(endpoint);
    bytes -= bytes > 0 && endpoint[bytes - 1] == '/';
    (void)snprintf(url, sizeof url, "%.*s%s", (int)bytes, endpoint, path);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        result = lq_credential_http_ask(&request, &session->answer, message);
        if (result == LQ_OK && session->answer.status < 500) {
            break;
        }
    }
    return result;
}

static enum lq_result refuse_status(const struct session *session, const char *what,
                                    struct lq_error_message *message)
{
    lq_error_message_set(message, NAME ": %s was answered with the status %u", what,
                         session->answer.status);
    return LQ_ERR_UNREACHABLE;
}

/* The answer's text as one printable word of at most bytes_max. */
static bool is_word(const struct lq_credential_http_answer *answer, size_t bytes_max)
{
    if (answer->bytes == 0 || answer->bytes > bytes_max) {
        return false;
    }
    for (size_t at = 0; at < answer->bytes; at++) {
        if (answer->text[at] <= ' ' || answer->text[at] > '~') {
            return false;
        }
    }
    return true;
}

static enum lq_result fetch_token(struct session *session, struct lq_error_message *message)
{
    enum lq_result result = ask(session, PATH_TOKEN, true,
                                "X-aws-ec2-metadata-token-ttl-seconds: " TOKEN_SECONDS, message);

    if (result == LQ_ERR_UNREACHABLE) {
        lq_error_message_set(message, NAME ": nobody answers there");
        return LQ_ERR_NOT_FOUND;
    }
    if (result == LQ_ERR_TIMEOUT) {
        lq_error_message_set(message,
                             NAME ": no token within %d ms; in a container that is what a hop "
                                  "limit of 1 looks like (set it to 2)",
                             TIMEOUT_MS);
    }
    if (result != LQ_OK) {
        return result;
    }
    if (session->answer.status != 200) {
        return refuse_status(session, "the token's request", message);
    }
    if (!is_word(&session->answer, TOKEN_BYTES_MAX)) {
        lq_error_message_set(message, NAME ": what it hands out is no token");
        return LQ_ERR_INVALID;
    }
    (void)snprintf(session->header, sizeof session->header, "X-aws-ec2-metadata-token: %.*s",
                   TOKEN_BYTES_MAX, (const char *)session->answer.text);
    return LQ_OK;
}

static enum lq_result fetch_keys(struct session *session, struct lq_aws_keys *keys,
                                 struct lq_error_message *message)
{
    char path[sizeof PATH_ROLE + ROLE_BYTES_MAX];
    enum lq_result result = ask(session, PATH_ROLE, false, session->header, message);

    if (result != LQ_OK) {
        return result;
    }
    if (session->answer.status == 404) {
        lq_error_message_set(message, NAME ": this instance has no role");
        return LQ_ERR_INVALID;
    }
    if (session->answer.status != 200) {
        return refuse_status(session, "the role's name", message);
    }
    if (!is_word(&session->answer, ROLE_BYTES_MAX) ||
        strpbrk((const char *)session->answer.text, "/?#")) {
        lq_error_message_set(message, NAME ": what it answers is no role's name");
        return LQ_ERR_INVALID;
    }
    (void)snprintf(path, sizeof path, PATH_ROLE "%.*s", ROLE_BYTES_MAX,
                   (const char *)session->answer.text);
    result = ask(session, path, false, session->header, message);
    if (result != LQ_OK) {
        return result;
    }
    if (session->answer.status != 200) {
        return refuse_status(session, "the role's credentials", message);
    }
    return lq_credential_document_parse(lq_view_of(session->answer.text, session->answer.bytes),
                                        NAME, LQ_CREDENTIALS_OF_SERVICE,
                                        lq_clock_wall_ns() / LQ_NS_PER_S, keys, message);
}

enum lq_result lq_instance_credentials_fetch(const struct lq_aws_environment *environment,
                                             int cancel, struct lq_aws_keys *keys,
                                             struct lq_error_message *message)
{
    struct session *session = lq_alloc(1, sizeof *session);
    enum lq_result result;

    session->environment = environment;
    session->cancel = cancel;
    result = fetch_token(session, message);
    if (result == LQ_OK) {
        result = fetch_keys(session, keys, message);
    }
    explicit_bzero(session, sizeof *session);
    free(session);
    return result;
}
