// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/credential_http.h"

#include <curl/curl.h>
#include <poll.h>

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    struct lq_credential_http_answer *answer = context;

    (void)one; /* always 1 */
    if (count > LQ_CREDENTIAL_DOCUMENT_BYTES_MAX - answer->bytes) {
        return 0;
    }
    memcpy(answer->text + answer->bytes, bytes, count);
    answer->bytes += count;
    return count;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                       curl_off_t up_now)
{
    struct pollfd cancel = {.fd = *(const int *)context, .events = POLLIN};

    (void)total;
    (void)now;
    (void)up_total;
    (void)up_now;
    return poll(&cancel, 1, 0) > 0;
}

static bool aim(CURL *easy, const struct lq_credential_http_request *request,
                struct curl_slist *headers, struct lq_credential_http_answer *answer)
{
    bool taken = true;

#define SET(option, value) taken = taken && curl_easy_setopt(easy, option, value) == CURLE_OK
    SET(CURLOPT_URL, request->url);
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_NOPROXY, "*");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    SET(CURLOPT_QUICK_EXIT, 1L); /* no wait for a name server that is silent */
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, answer);
    SET(CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(CURLOPT_XFERINFODATA, &request->cancel);
    SET(CURLOPT_NOPROGRESS, 0L);
    if (request->is_put) {
        SET(CURLOPT_CUSTOMREQUEST, "PUT");
    }
    if (headers != NULL) {
        SET(CURLOPT_HTTPHEADER, headers);
    }
    if (request->ca_bundle != NULL && request->ca_bundle[0] != '\0') {
        SET(CURLOPT_CAINFO, request->ca_bundle);
    }
#undef SET
    return taken;
}

static enum lq_result result_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return LQ_OK;
    case CURLE_OPERATION_TIMEDOUT:
        return LQ_ERR_TIMEOUT;
    case CURLE_WRITE_ERROR:
        return LQ_ERR_LIMIT;
    default:
        return LQ_ERR_UNREACHABLE;
    }
}

enum lq_result lq_credential_http_ask(const struct lq_credential_http_request *request,
                                      struct lq_credential_http_answer *answer,
                                      struct lq_error_message *message)
{
    struct curl_slist *headers = NULL;
    CURL *easy = curl_easy_init();
    CURLcode code = CURLE_OUT_OF_MEMORY;
    long status = 0;

    answer->bytes = 0;
    if (request->header != NULL) {
        headers = curl_slist_append(NULL, request->header);
    }
    if (easy != NULL && (headers != NULL || request->header == NULL) &&
        aim(easy, request, headers, answer)) {
        code = curl_easy_perform(easy);
        (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    }
    curl_easy_cleanup(easy);
    if (headers != NULL) {
        explicit_bzero(headers->data, strlen(headers->data));
        curl_slist_free_all(headers);
    }
    answer->status = (uint32_t)status;
    answer->text[answer->bytes] = '\0';
    if (code != CURLE_OK) {
        lq_error_message_set(message, "%s: %s", request->name,
                             code == CURLE_WRITE_ERROR ? "an answer that is too long"
                                                       : curl_easy_strerror(code));
    }
    return result_of(code);
}
