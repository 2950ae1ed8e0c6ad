// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_service.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/infrastructure/service_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

enum question_state { FREE = 0, WAITING, SENT, ANSWERED };

struct question {
    enum question_state state;
    struct lq_aws_question asked;
    struct lq_aws_call call;
    uint64_t asked_ns, due_ns, order;
    uint64_t generation; /* of the keys of the last call */
    bool needs_newer;    /* those were refused: wait for others, or for due_ns */
    struct lq_aws_reply reply;
};

struct lq_aws_service {
    lq_aws_client_t *client;
    lq_aws_credentials_t *credentials;
    const char *name;
    int epoll, listener;
    uint32_t questions_max, calls_max, sent_count, used_count;
    uint64_t give_up_ms, order, random;
    bool lacks_keys; /* nothing can be sent until the listener tells of a fetch */
    struct lq_circuit_breaker breaker;
    struct lq_aws_service_counts counts;
    struct question questions[];
};

/* ---- making and ending ---- */

static enum lq_result watch(int epoll, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};

    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0 ? LQ_OK : LQ_ERR_IO;
}

enum lq_result lq_aws_service_new(const struct lq_aws_service_options *options,
                                  lq_aws_service_t **service, struct lq_error_message *message)
{
    LQ_ASSERT(options->questions_max >= 1);
    LQ_ASSERT(options->questions_max <= LQ_AWS_SERVICE_QUESTIONS_MAX);
    lq_aws_service_t *made =
        lq_alloc(1, sizeof *made + options->questions_max * sizeof made->questions[0]);
    enum lq_result result = lq_aws_client_new(&options->client, &made->client, message);

    if (result != LQ_OK) {
        free(made);
        return result;
    }
    made->credentials = options->credentials;
    made->name = options->name;
    made->questions_max = options->questions_max;
    made->calls_max = options->client.calls_max;
    made->give_up_ms = options->give_up_ms;
    made->epoll = epoll_create1(EPOLL_CLOEXEC);
    made->listener = lq_aws_credentials_listen(options->credentials);
    lq_circuit_breaker_init(&made->breaker);
    LQ_ASSERT(made->epoll >= 0);
    LQ_ASSERT(watch(made->epoll, made->listener) == LQ_OK);
    LQ_ASSERT(watch(made->epoll, lq_aws_client_descriptor(made->client)) == LQ_OK);
    LQ_ASSERT(getrandom(&made->random, sizeof made->random, 0) == (ssize_t)sizeof made->random);
    *service = made;
    return LQ_OK;
}

void lq_aws_service_destroy(lq_aws_service_t **service)
{
    lq_aws_service_t *old = *service;

    if (old == NULL) {
        return;
    }
    lq_aws_client_destroy(&old->client);
    for (uint32_t index = 0; index < old->questions_max; index++) {
        free(old->questions[index].asked.body);
        json_decref(old->questions[index].reply.root);
    }
    close(old->epoll);
    free(old);
    *service = NULL;
}

/* ---- asking ---- */

enum lq_result lq_aws_service_ask(lq_aws_service_t *service, const struct lq_aws_question *asked)
{
    uint32_t index = 0;

    LQ_ASSERT(asked->body_bytes > 0);
    if (asked->body_bytes > LQ_AWS_CLIENT_BODY_BYTES_MAX) {
        return LQ_ERR_LIMIT;
    }
    while (index < service->questions_max && service->questions[index].state != FREE) {
        index++;
    }
    if (index == service->questions_max) {
        return LQ_ERR_FULL;
    }
    struct question *question = &service->questions[index];
    memset(question, 0, sizeof *question);
    question->state = WAITING;
    question->asked = *asked;
    question->asked_ns = lq_clock_monotonic_ns();
    question->order = service->order++;
    question->call.target = asked->target;
    question->call.body = lq_view_of(asked->body, asked->body_bytes);
    question->call.context = question;
    question->reply.kind = asked->kind;
    question->reply.tag = asked->tag;
    question->reply.verdict = LQ_VERDICT_RETRY;
    service->used_count++;
    return LQ_OK;
}

uint32_t lq_aws_service_room(const lq_aws_service_t *service)
{
    return service->questions_max - service->used_count;
}

static uint64_t give_up_at_ns(const lq_aws_service_t *service, const struct question *question)
{
    return service->give_up_ms >= UINT64_MAX / LQ_NS_PER_MS - question->asked_ns / LQ_NS_PER_MS
               ? UINT64_MAX
               : question->asked_ns + service->give_up_ms * LQ_NS_PER_MS;
}

static void answer(struct question *question)
{
    question->state = ANSWERED;
    question->reply.duration_ns = lq_clock_monotonic_ns() - question->asked_ns;
    free(question->asked.body);
    question->asked.body = NULL;
}

/* ---- what an answer means ---- */

/* A skew is of no use to the signer, which takes this machine's time; people can set the clock. */
static void watch_clock(lq_aws_service_t *service, const struct lq_aws_call *call)
{
    if (!call->has_date) {
        return;
    }
    service->counts.skew_s = call->skew_s;
    if (call->skew_s > LQ_AWS_SERVICE_SKEW_WARNING_S ||
        call->skew_s < -LQ_AWS_SERVICE_SKEW_WARNING_S) {
        lq_log_rarely(LQ_LOG_WARNING,
                      "%s: this machine's clock is %lld s %s the service's; from 300 s on it "
                      "refuses all signatures",
                      service->name, (long long)(call->skew_s < 0 ? -call->skew_s : call->skew_s),
                      call->skew_s < 0 ? "ahead of" : "behind");
    }
}

static void explain(struct lq_aws_reply *reply, const struct lq_aws_call *call)
{
    if (call->transport != LQ_TRANSPORT_WHOLE) {
        (void)snprintf(reply->text, sizeof reply->text, "%s: %s",
                       lq_retry_rule_transport_name(call->transport), call->trouble);
    } else if (reply->verdict == LQ_VERDICT_SKEWED) {
        (void)snprintf(reply->text, sizeof reply->text,
                       "%s: this machine's clock is off by %lld s, set it", reply->error_code,
                       (long long)(call->skew_s < 0 ? -call->skew_s : call->skew_s));
    } else if (call->http_status >= 300 && reply->error_code[0] == '\0') {
        (void)snprintf(reply->text, sizeof reply->text, "status %u without the name of an error",
                       call->http_status);
    }
}

/* Root and error of a whole answer; a body that is no JSON object changes call->transport. */
static void read_answer(struct lq_aws_reply *reply, struct lq_aws_call *call)
{
    json_decref(reply->root);
    reply->root = NULL;
    reply->error_code[0] = '\0';
    reply->text[0] = '\0';
    if (call->transport != LQ_TRANSPORT_WHOLE) {
        return;
    }
    json_error_t error;
    json_t *root = json_loadb((const char *)call->answer.data, call->answer.bytes,
                              JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(root)) {
        json_decref(root);
        call->transport = LQ_TRANSPORT_MALFORMED;
        (void)snprintf(call->trouble, sizeof call->trouble,
                       "status %u with %zu bytes that are no JSON object", call->http_status,
                       call->answer.bytes);
        return;
    }
    reply->root = root;
    if (call->http_status >= 300) {
        lq_service_error_read(root, reply->error_code, sizeof reply->error_code, reply->text,
                              sizeof reply->text);
    }
}

/* Whether a write was done is known of each answer but a 5xx and what broke on its way; without a
 * connection it was not. */
static bool leaves_doubt(const struct lq_aws_reply *reply, const struct lq_aws_call *call)
{
    switch (call->transport) {
    case LQ_TRANSPORT_WHOLE:
        return reply->verdict == LQ_VERDICT_RETRY;
    case LQ_TRANSPORT_UNRESOLVED:
    case LQ_TRANSPORT_UNREACHABLE:
    case LQ_TRANSPORT_UNTRUSTED:
        return false;
    default:
        return true;
    }
}

static void judge(struct lq_aws_reply *reply, struct lq_aws_call *call,
                  struct lq_retry_rule_answer *judged)
{
    read_answer(reply, call);
    *judged = (struct lq_retry_rule_answer){
        .transport = call->transport,
        .http_status = call->http_status,
        .error_code = lq_view_text(reply->error_code),
        .skew_s = call->has_date ? call->skew_s : 0,
    };
    reply->verdict = lq_retry_rule_judge(judged);
    reply->transport = call->transport;
    reply->http_status = call->http_status;
    reply->is_in_doubt |= call->was_resent || leaves_doubt(reply, call);
    memcpy(reply->request_id, call->request_id, sizeof reply->request_id);
    explain(reply, call);
}

static void tell_breaker(lq_aws_service_t *service, const struct lq_retry_rule_answer *judged)
{
    enum lq_circuit_breaker_state before = service->breaker.state;

    if (lq_retry_rule_is_alive(judged)) {
        lq_circuit_breaker_succeeded(&service->breaker);
    } else {
        lq_circuit_breaker_failed(&service->breaker, lq_clock_monotonic_ns() / LQ_NS_PER_MS);
    }
    if (before == LQ_CIRCUIT_CLOSED && service->breaker.state == LQ_CIRCUIT_OPEN) {
        service->counts.breaker_opened++;
        lq_log_rarely(LQ_LOG_WARNING, "%s: %u failures in a row, asked one at a time from now on",
                      service->name, LQ_CIRCUIT_BREAKER_FAILURES);
    } else if (before != LQ_CIRCUIT_CLOSED && service->breaker.state == LQ_CIRCUIT_CLOSED) {
        lq_log_rarely(LQ_LOG_INFO, "%s: answers again", service->name);
    }
}

static void count_verdict(struct lq_aws_service_counts *counts, enum lq_verdict verdict)
{
    counts->throttled += verdict == LQ_VERDICT_THROTTLED;
    counts->failed += verdict == LQ_VERDICT_RETRY;
    counts->refused += verdict == LQ_VERDICT_REFUSED || verdict == LQ_VERDICT_REFRESH ||
                       verdict == LQ_VERDICT_SKEWED;
}

/* Answered, or put back to be asked again. */
static void decide(lq_aws_service_t *service, struct question *question)
{
    struct lq_aws_reply *reply = &question->reply;
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t wait_ns =
        LQ_NS_PER_MS * lq_retry_rule_backoff_ms(reply->attempt_count, &service->random);

    count_verdict(&service->counts, reply->verdict);
    if (reply->verdict == LQ_VERDICT_DONE || reply->verdict == LQ_VERDICT_CONDITION_FAILED ||
        reply->verdict == LQ_VERDICT_REFUSED) {
        answer(question);
        return;
    }
    if (reply->verdict == LQ_VERDICT_REFRESH) {
        lq_aws_credentials_reject(service->credentials, question->generation);
        question->needs_newer = true;
        wait_ns += LQ_NS_PER_S; /* what nobody renews is refused again */
    }
    uint64_t end_ns = give_up_at_ns(service, question);
    if (now_ns + wait_ns >= end_ns) {
        answer(question);
        return;
    }
    lq_log_rarely(LQ_LOG_WARNING, "%s: %s, attempt %u: %s: %s %s", service->name,
                  question->asked.target, reply->attempt_count,
                  lq_retry_rule_verdict_name(reply->verdict), reply->error_code, reply->text);
    question->state = WAITING;
    question->due_ns = now_ns + wait_ns;
}

static void take_answers(lq_aws_service_t *service)
{
    struct lq_aws_call *call;

    while ((call = lq_aws_client_take(service->client)) != NULL) {
        struct question *question = call->context;
        struct lq_retry_rule_answer judged;
        watch_clock(service, call);
        service->counts.sent_bytes += call->sent_bytes;
        service->counts.received_bytes += call->received_bytes;
        judge(&question->reply, call, &judged);
        lq_aws_client_release(service->client, call);
        service->sent_count--;
        tell_breaker(service, &judged);
        decide(service, question);
    }
}

/* ---- sending ---- */

static bool is_due(const struct question *question, uint64_t now_ns, uint64_t generation)
{
    if (question->state != WAITING) {
        return false;
    }
    return question->due_ns <= now_ns ||
           (question->needs_newer && generation != question->generation);
}

/* The one that was asked first, of those whose time has come. */
static struct question *find_due(lq_aws_service_t *service, uint64_t now_ns, uint64_t generation)
{
    struct question *first = NULL;

    for (uint32_t index = 0; index < service->questions_max; index++) {
        struct question *question = &service->questions[index];
        if (is_due(question, now_ns, generation) &&
            (first == NULL || question->order < first->order)) {
            first = question;
        }
    }
    return first;
}

static void send_question(lq_aws_service_t *service, struct question *question,
                          const struct lq_aws_keys *keys, uint64_t generation)
{
    question->reply.attempt_count++;
    service->counts.calls++;
    service->counts.retries += question->reply.attempt_count > 1;
    question->generation = generation;
    question->needs_newer = false;
    enum lq_result result = lq_aws_client_send(service->client, &question->call, keys);
    LQ_ASSERT(result == LQ_OK); /* calls are counted, bodies were measured */
    question->state = SENT;
    service->sent_count++;
}

static void send_due(lq_aws_service_t *service)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    struct lq_aws_keys keys;
    struct question *question;
    uint64_t generation = 0;

    service->lacks_keys = false;
    if (service->sent_count == service->calls_max || service->used_count == 0 ||
        !lq_circuit_breaker_would_allow(&service->breaker, now_ns / LQ_NS_PER_MS)) {
        return;
    }
    if (!lq_aws_credentials_copy(service->credentials, &keys, &generation)) {
        service->lacks_keys = true;
        return;
    }
    while (service->sent_count < service->calls_max &&
           (question = find_due(service, now_ns, generation)) != NULL &&
           lq_circuit_breaker_take(&service->breaker, now_ns / LQ_NS_PER_MS)) {
        send_question(service, question, &keys, generation);
    }
    lq_aws_keys_wipe(&keys);
}

/* Questions that have waited for too long, for keys or for a service that does not answer. */
static void give_up(lq_aws_service_t *service)
{
    uint64_t now_ns = lq_clock_monotonic_ns();

    for (uint32_t index = 0; index < service->questions_max; index++) {
        struct question *question = &service->questions[index];
        struct lq_aws_reply *reply = &question->reply;
        if (question->state != WAITING || give_up_at_ns(service, question) > now_ns) {
            continue;
        }
        if (reply->attempt_count == 0) {
            struct lq_aws_credentials_status status;
            lq_aws_credentials_describe(service->credentials, &status);
            reply->verdict = status.has_keys ? LQ_VERDICT_RETRY : LQ_VERDICT_REFRESH;
            (void)snprintf(reply->text, sizeof reply->text, "%.300s",
                           status.has_keys                  ? "the service does not answer"
                           : status.trouble.text[0] != '\0' ? status.trouble.text
                                                            : "no credentials yet");
        }
        answer(question);
    }
}

/* ---- the loop ---- */

int lq_aws_service_descriptor(const lq_aws_service_t *service)
{
    return service->epoll;
}

static uint64_t least(uint64_t one, uint64_t other)
{
    return one < other ? one : other;
}

uint64_t lq_aws_service_next_timer_ns(const lq_aws_service_t *service)
{
    uint64_t next_ns = lq_aws_client_next_timer_ns(service->client);
    uint64_t open_until_ns = service->breaker.state == LQ_CIRCUIT_OPEN
                                 ? service->breaker.open_until_ms * LQ_NS_PER_MS
                                 : 0;
    bool can_send = service->sent_count < service->calls_max && !service->lacks_keys &&
                    service->breaker.state != LQ_CIRCUIT_HALF_OPEN;

    for (uint32_t index = 0; index < service->questions_max; index++) {
        const struct question *question = &service->questions[index];
        if (question->state == ANSWERED) {
            return 0;
        }
        if (question->state == WAITING) {
            next_ns = least(next_ns, give_up_at_ns(service, question));
            if (can_send) {
                uint64_t due_ns = question->due_ns;
                next_ns = least(next_ns, due_ns > open_until_ns ? due_ns : open_until_ns);
            }
        }
    }
    return next_ns;
}

void lq_aws_service_turn(lq_aws_service_t *service)
{
    eventfd_t fetches;

    (void)eventfd_read(service->listener, &fetches); /* empty: EAGAIN */
    lq_aws_client_turn(service->client);
    take_answers(service);
    give_up(service);
    send_due(service);
}

bool lq_aws_service_take(lq_aws_service_t *service, struct lq_aws_reply *reply)
{
    struct question *first = NULL;

    for (uint32_t index = 0; index < service->questions_max; index++) {
        struct question *question = &service->questions[index];
        if (question->state == ANSWERED && (first == NULL || question->order < first->order)) {
            first = question;
        }
    }
    if (first == NULL) {
        return false;
    }
    *reply = first->reply;
    first->reply.root = NULL;
    first->state = FREE;
    service->used_count--;
    return true;
}

void lq_aws_service_count(const lq_aws_service_t *service, struct lq_aws_service_counts *counts)
{
    *counts = service->counts;
    counts->breaker = service->breaker.state;
}
