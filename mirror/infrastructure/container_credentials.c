// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/container_credentials.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "mirror/infrastructure/credential_http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME "container credentials"
#define TIMEOUT_MS 2000
#define HEADER "Authorization: "

/* HEADER and the token, without white space at its end. "": there is no token. */
static enum lq_result read_token(const struct lq_aws_environment *environment,
                                 char header[LQ_AWS_TOKEN_BYTES_MAX],
                                 struct lq_error_message *message)
{
    const size_t room = LQ_AWS_TOKEN_BYTES_MAX - sizeof HEADER;
    char *token = header + sizeof HEADER - 1;
    size_t bytes = 0;

    memcpy(header, HEADER, sizeof HEADER);
    if (environment->container_token_file[0] != '\0') {
        FILE *file = fopen(environment->container_token_file, "re");
        if (file == NULL) {
            lq_error_message_set(message, NAME ": %s: %s", environment->container_token_file,
                                 strerror(errno));
            return LQ_ERR_IO;
        }
        (void)setvbuf(file, NULL, _IONBF, 0);
        bytes = fread(token, 1, room, file);
        fclose(file);
    } else {
        const char *variable = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN");
        if (variable != NULL) {
            bytes = strnlen(variable, room);
            memcpy(token, variable, bytes);
        }
    }
    while (bytes > 0 && strchr(" \t\r\n", token[bytes - 1]) != NULL) {
        bytes--;
    }
    token[bytes] = '\0';
    if (bytes >= room - 1 || strlen(token) != bytes || strpbrk(token, "\r\n") != NULL) {
        lq_error_message_set(message,
                             NAME ": the authorization token is too long, or not one line");
        return LQ_ERR_INVALID;
    }
    if (bytes == 0) {
        header[0] = '\0';
    }
    return LQ_OK;
}

static enum lq_result choose_url(const struct lq_aws_environment *environment,
                                 char url[LQ_AWS_ENDPOINT_BYTES_MAX + 32],
                                 struct lq_error_message *message)
{
    if (environment->container_relative_uri[0] == '\0') {
        (void)snprintf(url, LQ_AWS_ENDPOINT_BYTES_MAX, "%s", environment->container_full_uri);
        return lq_aws_endpoint_check_container(url, message);
    }
    /* Without the slash it would go on the host's name. */
    if (environment->container_relative_uri[0] != '/') {
        lq_error_message_set(message, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: does not begin "
                                      "with /");
        return LQ_ERR_INVALID;
    }
    (void)snprintf(url, LQ_AWS_ENDPOINT_BYTES_MAX + 32, "http://169.254.170.2%s",
                   environment->container_relative_uri);
    return LQ_OK;
}

enum lq_result lq_container_credentials_fetch(const struct lq_aws_environment *environment,
                                              int cancel, struct lq_aws_keys *keys,
                                              struct lq_error_message *message)
{
    char url[LQ_AWS_ENDPOINT_BYTES_MAX + 32], header[LQ_AWS_TOKEN_BYTES_MAX];
    enum lq_result result = choose_url(environment, url, message);

    if (result != LQ_OK || (result = read_token(environment, header, message)) != LQ_OK) {
        return result;
    }
    struct lq_credential_http_request request = {.name = NAME,
                                                 .url = url,
                                                 .header = header[0] != '\0' ? header : NULL,
                                                 .ca_bundle = environment->ca_bundle,
                                                 .timeout_ms = TIMEOUT_MS,
                                                 .cancel = cancel};
    struct lq_credential_http_answer *answer = lq_alloc(1, sizeof *answer);
    result = lq_credential_http_ask(&request, answer, message);
    if (result == LQ_OK && answer->status != 200) {
        lq_error_message_set(message, NAME ": answered with the status %u", answer->status);
        result = LQ_ERR_UNREACHABLE;
    } else if (result == LQ_OK) {
        result = lq_credential_document_parse(lq_view_of(answer->text, answer->bytes), NAME,
                                              LQ_CREDENTIALS_OF_SERVICE,
                                              lq_clock_wall_ns() / LQ_NS_PER_S, keys, message);
    }
    explicit_bzero(header, sizeof header);
    explicit_bzero(answer, sizeof *answer);
    free(answer);
    return result;
}
