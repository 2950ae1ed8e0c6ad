// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_client.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <zlib.h>

#define EVENTS_A_TURN 32
#define ANSWER_BYTES_FIRST 4096u
#define ANSWER_BYTES_KEPT 65536u

struct slot {
    struct lq_aws_client *client;
    CURL *easy;
    struct lq_aws_call *call; /* NULL: free */
    bool is_done;
    struct curl_slist *headers; /* the session token is in it */
    uint8_t *answer;
    size_t answer_bytes, answer_room;
    bool is_too_large;
    uint32_t send_count;
    uint64_t checksum;
    uint64_t sent_ns;
    char trouble[CURL_ERROR_SIZE];
};

struct lq_aws_client {
    CURLM *multi;
    int epoll;
    uint64_t timer_ns;
    uint32_t calls_max;
    size_t answer_bytes_max;
    char content_type[64];
    struct slot slots[LQ_AWS_CLIENT_CALLS_MAX];
};

struct lq_aws_client_options lq_aws_client_options_default(void)
{
    return (struct lq_aws_client_options){.calls_max = 4,
                                          .connect_timeout_ms = 2000,
                                          .timeout_ms = 10000,
                                          .answer_bytes_max = 4u << 20};
}

/* ---- what libcurl calls ---- */

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct lq_aws_client *client = context;

    (void)multi;
    client->timer_ns =
        timeout_ms < 0 ? UINT64_MAX : lq_clock_monotonic_ns() + (uint64_t)timeout_ms * LQ_NS_PER_MS;
    return 0;
}

static int on_socket(CURL *easy, curl_socket_t descriptor, int what, void *context, void *known)
{
    struct lq_aws_client *client = context;
    struct epoll_event event = {.data.fd = descriptor};

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)epoll_ctl(client->epoll, EPOLL_CTL_DEL, descriptor, NULL); /* it may be closed */
        return 0;
    }
    event.events = ((what & CURL_POLL_IN) != 0 ? (uint32_t)EPOLLIN : 0) |
                   ((what & CURL_POLL_OUT) != 0 ? (uint32_t)EPOLLOUT : 0);
    int operation = known == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    int other = known == NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD; /* a number that came back */
    if (epoll_ctl(client->epoll, operation, descriptor, &event) != 0 &&
        epoll_ctl(client->epoll, other, descriptor, &event) != 0) {
        return -1; /* libcurl fails the call */
    }
    (void)curl_multi_assign(client->multi, descriptor, client);
    return 0;
}

static size_t on_body(char *bytes, size_t one, size_t count, void *context)
{
    struct slot *slot = context;

    (void)one; /* always 1 */
    if (count > slot->client->answer_bytes_max - slot->answer_bytes) {
        slot->is_too_large = true;
        return 0;
    }
    if (slot->answer_bytes + count > slot->answer_room) {
        size_t room = slot->answer_room > 0 ? slot->answer_room : ANSWER_BYTES_FIRST;
        while (room < slot->answer_bytes + count) {
            room *= 2;
        }
        slot->answer = lq_realloc(slot->answer, room, 1);
        slot->answer_room = room;
    }
    memcpy(slot->answer + slot->answer_bytes, bytes, count);
    slot->answer_bytes += count;
    return count;
}

/* The value of a header line, if it is called `name`: *value is cut of white space at its ends. */
static bool header_is(struct lq_view line, const char *name, struct lq_view *value)
{
    size_t bytes = strlen(name);

    if (line.bytes <= bytes || line.data[bytes] != ':' ||
        strncasecmp((const char *)line.data, name, bytes) != 0) {
        return false;
    }
    size_t from = bytes + 1, to = line.bytes;
    while (from < to && strchr(" \t\r\n", line.data[from]) != NULL) {
        from++;
    }
    while (to > from && strchr(" \t\r\n", line.data[to - 1]) != NULL) {
        to--;
    }
    *value = lq_view_of(line.data + from, to - from);
    return true;
}

static void take_date(struct lq_aws_call *call, struct lq_view value)
{
    char text[64];

    (void)snprintf(text, sizeof text, "%.*s", (int)(value.bytes < 63 ? value.bytes : 63),
                   (const char *)value.data);
    time_t date = curl_getdate(text, NULL);
    if (date != -1) {
        call->has_date = true;
        call->skew_s = (int64_t)date - (int64_t)(lq_clock_wall_ns() / LQ_NS_PER_S);
    }
}

static void take_checksum(struct slot *slot, struct lq_view value)
{
    uint64_t sum = 0;

    slot->call->has_checksum = true;
    slot->checksum = UINT64_MAX; /* of no bytes: one that cannot be read is a wrong one */
    if (value.bytes == 0 || value.bytes > 10) {
        return;
    }
    for (size_t at = 0; at < value.bytes; at++) {
        if (value.data[at] < '0' || value.data[at] > '9') {
            return;
        }
        sum = sum * 10 + (uint64_t)(value.data[at] - '0');
    }
    slot->checksum = sum;
}

static size_t on_header(char *bytes, size_t one, size_t count, void *context)
{
    struct slot *slot = context;
    struct lq_view line = lq_view_of(bytes, count), value;

    (void)one;
    if (header_is(line, "x-amz-crc32", &value)) {
        take_checksum(slot, value);
    } else if (header_is(line, "x-amzn-RequestId", &value)) {
        (void)snprintf(slot->call->request_id, sizeof slot->call->request_id, "%.*s",
                       (int)(value.bytes < 79 ? value.bytes : 79), (const char *)value.data);
    } else if (header_is(line, "Date", &value)) {
        take_date(slot->call, value);
    }
    return count;
}

static int on_request(void *context, char *their_address, char *our_address, int their_port,
                      int our_port)
{
    struct slot *slot = context;

    (void)their_address;
    (void)our_address;
    (void)their_port;
    (void)our_port;
    slot->send_count++;
    return CURL_PREREQFUNC_OK;
}

/* ---- making and ending ---- */

/* What is the same for all calls of a handle. */
static bool prepare_handle(struct slot *slot, const struct lq_aws_client_options *options)
{
    char signer[LQ_AWS_REGION_BYTES_MAX + 80];
    CURL *easy = slot->easy = curl_easy_init();
    const char *schemes = options->endpoint->is_plain ? "http" : "https";
    bool taken = easy != NULL;

    (void)snprintf(signer, sizeof signer, "aws:amz:%s:%s", options->region, options->service);
#define SET(option, value) taken = taken && curl_easy_setopt(easy, option, value) == CURLE_OK
    SET(CURLOPT_URL, options->endpoint->url);
    SET(CURLOPT_PROTOCOLS_STR, schemes);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_AWS_SIGV4, signer);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT_MS, (long)options->connect_timeout_ms);
    SET(CURLOPT_TIMEOUT_MS, (long)options->timeout_ms);
    SET(CURLOPT_QUICK_EXIT, 1L); /* else the end of a call waits for a name server that is silent */
    SET(CURLOPT_ERRORBUFFER, slot->trouble);
    SET(CURLOPT_WRITEFUNCTION, on_body);
    SET(CURLOPT_WRITEDATA, slot);
    SET(CURLOPT_HEADERFUNCTION, on_header);
    SET(CURLOPT_HEADERDATA, slot);
    SET(CURLOPT_PREREQFUNCTION, on_request);
    SET(CURLOPT_PREREQDATA, slot);
    SET(CURLOPT_PRIVATE, slot);
    if (options->endpoint->is_plain) {
        SET(CURLOPT_NOPROXY, "*"); /* what is meant for this machine stays on it */
    }
    if (options->ca_bundle != NULL && options->ca_bundle[0] != '\0') {
        SET(CURLOPT_CAINFO, options->ca_bundle);
    }
#undef SET
    return taken;
}

static bool prepare(struct lq_aws_client *client, const struct lq_aws_client_options *options)
{
    client->multi = curl_multi_init();
    client->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (client->multi == NULL || client->epoll < 0) {
        return false;
    }
    bool taken = true;
#define SET(option, value)                                                                         \
    taken = taken && curl_multi_setopt(client->multi, option, value) == CURLM_OK
    SET(CURLMOPT_SOCKETFUNCTION, on_socket);
    SET(CURLMOPT_SOCKETDATA, client);
    SET(CURLMOPT_TIMERFUNCTION, on_timer);
    SET(CURLMOPT_TIMERDATA, client);
    SET(CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)client->calls_max);
    SET(CURLMOPT_MAXCONNECTS, (long)client->calls_max);
    SET(CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
#undef SET
    for (uint32_t index = 0; index < client->calls_max && taken; index++) {
        client->slots[index].client = client;
        taken = prepare_handle(&client->slots[index], options);
    }
    return taken;
}

/* OpenSSL writes to a connection that the other end has closed without asking for no signal, and
 * libcurl is told not to touch signals. */
static void ignore_sigpipe(void)
{
    struct sigaction action;

    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        (void)sigaction(SIGPIPE, &action, NULL);
    }
}

enum lq_result lq_aws_client_new(const struct lq_aws_client_options *options,
                                 lq_aws_client_t **client, struct lq_error_message *message)
{
    LQ_ASSERT(options->calls_max >= 1 && options->calls_max <= LQ_AWS_CLIENT_CALLS_MAX);
    LQ_ASSERT(strlen(options->service) <= 64);
    LQ_ASSERT(lq_aws_endpoint_is_region(options->region));
    LQ_ASSERT(strlen(options->content_type) < sizeof(*client)->content_type);
    ignore_sigpipe();
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        lq_error_message_set(message, "libcurl cannot be started");
        return LQ_ERR_INVALID;
    }
    struct lq_aws_client *made = lq_alloc(1, sizeof *made);
    made->calls_max = options->calls_max;
    made->answer_bytes_max = options->answer_bytes_max;
    made->timer_ns = UINT64_MAX;
    made->epoll = -1;
    (void)snprintf(made->content_type, sizeof made->content_type, "%s", options->content_type);
    if (!prepare(made, options)) {
        lq_error_message_set(message, "libcurl %s refuses what signed calls of %s need",
                             curl_version_info(CURLVERSION_NOW)->version, options->endpoint->url);
        lq_aws_client_destroy(&made);
        return LQ_ERR_INVALID;
    }
    *client = made;
    return LQ_OK;
}

/* slist keeps copies: the token must not stay behind in freed memory. */
static void drop_headers(struct slot *slot)
{
    for (struct curl_slist *header = slot->headers; header != NULL; header = header->next) {
        explicit_bzero(header->data, strlen(header->data));
    }
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
}

void lq_aws_client_destroy(lq_aws_client_t **client)
{
    struct lq_aws_client *old = *client;

    if (old == NULL) {
        return;
    }
    for (uint32_t index = 0; index < old->calls_max; index++) {
        struct slot *slot = &old->slots[index];
        if (slot->call != NULL && !slot->is_done) {
            (void)curl_multi_remove_handle(old->multi, slot->easy);
        }
        curl_easy_cleanup(slot->easy);
        drop_headers(slot);
        free(slot->answer);
    }
    curl_multi_cleanup(old->multi);
    if (old->epoll >= 0) {
        close(old->epoll);
    }
    free(old);
    *client = NULL;
    curl_global_cleanup();
}

/* ---- a call ---- */

static bool add_header(struct slot *slot, const char *name, const char *value)
{
    char line[LQ_AWS_TOKEN_BYTES_MAX + 64];

    LQ_ASSERT(value[0] != '\0'); /* the signer fails on an empty one */
    (void)snprintf(line, sizeof line, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(slot->headers, line);
    explicit_bzero(line, sizeof line);
    if (longer != NULL) {
        slot->headers = longer;
    }
    return longer != NULL;
}

static bool aim(struct slot *slot, const struct lq_aws_call *call, const struct lq_aws_keys *keys)
{
    CURL *easy = slot->easy;
    bool taken = add_header(slot, "Content-Type", slot->client->content_type) &&
                 add_header(slot, "X-Amz-Target", call->target);

    if (keys->session_token[0] != '\0') {
        taken = taken && add_header(slot, "X-Amz-Security-Token", keys->session_token);
    }
#define SET(option, value) taken = taken && curl_easy_setopt(easy, option, value) == CURLE_OK
    SET(CURLOPT_HTTPHEADER, slot->headers);
    SET(CURLOPT_USERNAME, keys->access_key_id);
    SET(CURLOPT_PASSWORD, keys->secret_access_key);
    SET(CURLOPT_POSTFIELDS, call->body.data);
    SET(CURLOPT_POSTFIELDSIZE, (long)call->body.bytes);
#undef SET
    return taken;
}

static void clear_outcome(struct lq_aws_call *call)
{
    call->transport = LQ_TRANSPORT_CUT;
    call->http_status = 0;
    call->answer = lq_view_of(NULL, 0);
    call->was_resent = false;
    call->has_checksum = false;
    call->has_date = false;
    call->skew_s = 0;
    call->request_id[0] = '\0';
    call->trouble[0] = '\0';
    call->sent_bytes = call->body.bytes;
    call->received_bytes = 0;
}

enum lq_result lq_aws_client_send(lq_aws_client_t *client, struct lq_aws_call *call,
                                  const struct lq_aws_keys *keys)
{
    uint32_t index = 0;

    LQ_ASSERT(call->body.bytes > 0); /* the signer hashes no other */
    if (call->body.bytes > LQ_AWS_CLIENT_BODY_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    while (index < client->calls_max && client->slots[index].call != NULL) {
        index++;
    }
    if (index == client->calls_max) {
        return LQ_ERR_FULL;
    }
    struct slot *slot = &client->slots[index];
    slot->call = call;
    slot->is_done = false;
    slot->is_too_large = false;
    slot->send_count = 0;
    slot->answer_bytes = 0;
    slot->trouble[0] = '\0';
    slot->sent_ns = lq_clock_monotonic_ns();
    clear_outcome(call);
    if (!aim(slot, call, keys) || curl_multi_add_handle(client->multi, slot->easy) != CURLM_OK) {
        drop_headers(slot);
        slot->call = NULL;
        return LQ_ERR_LIMIT; /* out of memory is all that is left */
    }
    return LQ_OK;
}

int lq_aws_client_descriptor(const lq_aws_client_t *client)
{
    return client->epoll;
}

uint64_t lq_aws_client_next_timer_ns(const lq_aws_client_t *client)
{
    for (uint32_t index = 0; index < client->calls_max; index++) {
        if (client->slots[index].is_done) {
            return 0; /* to be taken */
        }
    }
    return client->timer_ns;
}

static enum lq_transport transport_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return LQ_TRANSPORT_WHOLE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return LQ_TRANSPORT_UNRESOLVED;
    case CURLE_COULDNT_CONNECT:
        return LQ_TRANSPORT_UNREACHABLE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return LQ_TRANSPORT_UNTRUSTED;
    case CURLE_OPERATION_TIMEDOUT:
        return LQ_TRANSPORT_TIMEOUT;
    default:
        return LQ_TRANSPORT_CUT;
    }
}

static void finish(struct slot *slot, CURLcode code)
{
    struct lq_aws_call *call = slot->call;
    long status = 0;

    (void)curl_easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
    call->http_status = (uint32_t)status;
    call->transport = slot->is_too_large ? LQ_TRANSPORT_TOO_LARGE : transport_of(code);
    call->answer = lq_view_of(slot->answer, slot->answer_bytes);
    call->was_resent = slot->send_count > 1;
    call->received_bytes = slot->answer_bytes;
    call->duration_ns = lq_clock_monotonic_ns() - slot->sent_ns;
    if (call->transport == LQ_TRANSPORT_TOO_LARGE) {
        (void)snprintf(call->trouble, sizeof call->trouble, "an answer of more than %zu bytes",
                       slot->client->answer_bytes_max);
    } else if (code != CURLE_OK) {
        (void)snprintf(call->trouble, sizeof call->trouble, "%s",
                       slot->trouble[0] != '\0' ? slot->trouble : curl_easy_strerror(code));
    } else if (call->has_checksum &&
               slot->checksum != crc32_z(crc32_z(0, NULL, 0), slot->answer, slot->answer_bytes)) {
        call->transport = LQ_TRANSPORT_CHECKSUM;
        (void)snprintf(call->trouble, sizeof call->trouble,
                       "x-amz-crc32 is not that of the answer's %zu bytes", slot->answer_bytes);
    }
    (void)curl_multi_remove_handle(slot->client->multi, slot->easy);
    /* Not to point at what the caller takes back; libcurl frees its copies of the keys. */
    (void)curl_easy_setopt(slot->easy, CURLOPT_POSTFIELDS, NULL);
    (void)curl_easy_setopt(slot->easy, CURLOPT_HTTPHEADER, NULL);
    (void)curl_easy_setopt(slot->easy, CURLOPT_USERNAME, NULL);
    (void)curl_easy_setopt(slot->easy, CURLOPT_PASSWORD, NULL);
    drop_headers(slot);
    slot->is_done = true;
}

void lq_aws_client_turn(lq_aws_client_t *client)
{
    struct epoll_event events[EVENTS_A_TURN];
    int running, left;
    int count = epoll_wait(client->epoll, events, EVENTS_A_TURN, 0);

    for (int index = 0; index < count; index++) {
        int what = ((events[index].events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                   ((events[index].events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
                   ((events[index].events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
        (void)curl_multi_socket_action(client->multi, events[index].data.fd, what, &running);
    }
    if (client->timer_ns <= lq_clock_monotonic_ns()) {
        client->timer_ns = UINT64_MAX;
        (void)curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    const CURLMsg *note;
    while ((note = curl_multi_info_read(client->multi, &left)) != NULL) {
        struct slot *slot = NULL;
        if (note->msg == CURLMSG_DONE) {
            CURLcode code = note->data.result;
            (void)curl_easy_getinfo(note->easy_handle, CURLINFO_PRIVATE, &slot);
            finish(slot, code);
        }
    }
}

struct lq_aws_call *lq_aws_client_take(lq_aws_client_t *client)
{
    for (uint32_t index = 0; index < client->calls_max; index++) {
        struct slot *slot = &client->slots[index];
        if (slot->is_done) {
            slot->is_done = false;
            return slot->call;
        }
    }
    return NULL;
}

void lq_aws_client_release(lq_aws_client_t *client, struct lq_aws_call *call)
{
    for (uint32_t index = 0; index < client->calls_max; index++) {
        struct slot *slot = &client->slots[index];
        if (slot->call == call) {
            if (slot->answer_room > ANSWER_BYTES_KEPT) {
                free(slot->answer);
                slot->answer = NULL;
                slot->answer_room = 0;
            }
            call->answer = lq_view_of(NULL, 0);
            slot->call = NULL;
            return;
        }
    }
    LQ_ASSERT(!"a call that this client does not have");
}
