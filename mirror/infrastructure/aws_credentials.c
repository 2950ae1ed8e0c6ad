// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/infrastructure/aws_credentials.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/domain/retry_rule.h"
#include "mirror/infrastructure/credential_document.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

/* After a fetch that brought what was there already. */
#define SAME_PAUSE_S 10

struct lq_aws_credentials {
    struct lq_aws_environment environment;
    uint32_t process_timeout_ms;
    pthread_t thread;
    int cancel; /* eventfd: readable when the object is going */

    pthread_mutex_t lock; /* of all below */
    pthread_cond_t changed;
    bool is_ending, is_wanted, is_fetching;
    struct lq_aws_keys keys;
    uint64_t generation; /* 0: there were none yet */
    uint64_t looked_at_ns;
    uint64_t not_before_ns;  /* back-off between fetches that fail */
    uint32_t failure_streak; /* 0: the last one went well */
    uint64_t random;
    enum lq_result result; /* of the last fetch */
    struct lq_aws_credentials_status status;
    int listeners[LQ_AWS_CREDENTIALS_LISTENERS_MAX];
    uint32_t listener_count;
};

static uint64_t wall_s(void)
{
    return lq_clock_wall_ns() / LQ_NS_PER_S;
}

static void lock(lq_aws_credentials_t *credentials)
{
    LQ_ASSERT(pthread_mutex_lock(&credentials->lock) == 0);
}

static void unlock(lq_aws_credentials_t *credentials)
{
    LQ_ASSERT(pthread_mutex_unlock(&credentials->lock) == 0);
}

/* ---- the thread ---- */

/* What was fetched takes the place of the keys before; a failure leaves them. Locked. */
static void settle(lq_aws_credentials_t *credentials, enum lq_result result,
                   const struct lq_aws_keys *keys, const struct lq_error_message *message)
{
    struct lq_aws_credentials_status *status = &credentials->status;
    uint64_t now_ns = lq_clock_monotonic_ns();

    credentials->result = result;
    credentials->looked_at_ns = now_ns;
    status->fetch_count++;
    if (result == LQ_OK) {
        bool same =
            credentials->generation > 0 && memcmp(&credentials->keys, keys, sizeof *keys) == 0;
        if (!same) {
            credentials->keys = *keys;
            credentials->generation++;
        }
        credentials->failure_streak = 0;
        credentials->not_before_ns = now_ns + (same ? SAME_PAUSE_S : 1) * LQ_NS_PER_S;
        status->trouble.text[0] = '\0';
    } else {
        status->failure_count++;
        status->trouble = *message;
        credentials->failure_streak++;
        credentials->not_before_ns =
            now_ns + LQ_NS_PER_MS * (1000 + lq_retry_rule_backoff_ms(credentials->failure_streak,
                                                                     &credentials->random));
    }
    for (uint32_t index = 0; index < credentials->listener_count; index++) {
        (void)eventfd_write(credentials->listeners[index], 1);
    }
}

static void fetch(lq_aws_credentials_t *credentials)
{
    struct lq_aws_keys keys;
    struct lq_error_message message = {""};
    enum lq_credential_source source;
    enum lq_result result =
        lq_credential_chain_fetch(&credentials->environment, credentials->process_timeout_ms,
                                  credentials->cancel, &keys, &source, &message);

    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "credentials (%s): %s",
                      lq_credential_chain_source_name(source), message.text);
    }
    lock(credentials);
    credentials->status.source = source;
    credentials->is_fetching = false;
    settle(credentials, result, &keys, &message);
    LQ_ASSERT(pthread_cond_broadcast(&credentials->changed) == 0);
    unlock(credentials);
    lq_aws_keys_wipe(&keys);
}

/* Until a fetch is wanted and its time has come. False: the object is going. Locked. */
static bool await_wish(lq_aws_credentials_t *credentials)
{
    while (!credentials->is_ending) {
        if (!credentials->is_wanted) {
            (void)pthread_cond_wait(&credentials->changed, &credentials->lock);
            continue;
        }
        uint64_t due_ns = credentials->not_before_ns;
        if (lq_clock_monotonic_ns() >= due_ns) {
            credentials->is_wanted = false;
            credentials->is_fetching = true;
            return true;
        }
        struct timespec due = {.tv_sec = (time_t)(due_ns / LQ_NS_PER_S),
                               .tv_nsec = (long)(due_ns % LQ_NS_PER_S)};
        (void)pthread_cond_clockwait(&credentials->changed, &credentials->lock, CLOCK_MONOTONIC,
                                     &due);
    }
    return false;
}

static void *work(void *context)
{
    lq_aws_credentials_t *credentials = context;

    lock(credentials);
    while (await_wish(credentials)) {
        unlock(credentials);
        fetch(credentials);
        lock(credentials);
    }
    unlock(credentials);
    return NULL;
}

/* ---- from outside ---- */

lq_aws_credentials_t *lq_aws_credentials_new(const struct lq_aws_environment *environment,
                                             uint32_t process_timeout_ms)
{
    lq_aws_credentials_t *credentials = lq_alloc(1, sizeof *credentials);
    sigset_t all, before;

    LQ_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    lq_credential_document_prepare();
    credentials->environment = *environment;
    credentials->process_timeout_ms = process_timeout_ms;
    credentials->cancel = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    LQ_ASSERT(credentials->cancel >= 0);
    LQ_ASSERT(getrandom(&credentials->random, sizeof credentials->random, 0) ==
              (ssize_t)sizeof credentials->random);
    credentials->status.source = LQ_CREDENTIALS_NONE;
    credentials->is_wanted = true;
    LQ_ASSERT(pthread_mutex_init(&credentials->lock, NULL) == 0);
    LQ_ASSERT(pthread_cond_init(&credentials->changed, NULL) == 0);
    /* Signals are the main thread's. */
    sigfillset(&all);
    LQ_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    LQ_ASSERT(pthread_create(&credentials->thread, NULL, work, credentials) == 0);
    LQ_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return credentials;
}

void lq_aws_credentials_destroy(lq_aws_credentials_t **credentials)
{
    lq_aws_credentials_t *old = *credentials;

    if (old == NULL) {
        return;
    }
    lock(old);
    old->is_ending = true;
    (void)eventfd_write(old->cancel, 1);
    LQ_ASSERT(pthread_cond_broadcast(&old->changed) == 0);
    unlock(old);
    LQ_ASSERT(pthread_join(old->thread, NULL) == 0);
    for (uint32_t index = 0; index < old->listener_count; index++) {
        close(old->listeners[index]);
    }
    close(old->cancel);
    (void)pthread_cond_destroy(&old->changed);
    (void)pthread_mutex_destroy(&old->lock);
    explicit_bzero(old, sizeof *old);
    free(old);
    *credentials = NULL;
    curl_global_cleanup();
}

/* Locked. */
static void want_fetch(lq_aws_credentials_t *credentials)
{
    if (!credentials->is_wanted && !credentials->is_fetching) {
        credentials->is_wanted = true;
        LQ_ASSERT(pthread_cond_broadcast(&credentials->changed) == 0);
    }
}

static bool is_file_look_due(const lq_aws_credentials_t *credentials, uint64_t now_ns)
{
    return credentials->status.source == LQ_CREDENTIALS_PROFILE_KEYS &&
           now_ns - credentials->looked_at_ns >= LQ_AWS_CREDENTIALS_LOOK_S * LQ_NS_PER_S;
}

bool lq_aws_credentials_copy(lq_aws_credentials_t *credentials, struct lq_aws_keys *keys,
                             uint64_t *generation)
{
    uint64_t now_s = wall_s();

    lock(credentials);
    uint64_t expires_at_s = credentials->keys.expires_at_s;
    bool valid = credentials->generation > 0 && expires_at_s > now_s;
    if (!valid || expires_at_s - now_s <= LQ_AWS_CREDENTIALS_AHEAD_S ||
        is_file_look_due(credentials, lq_clock_monotonic_ns())) {
        want_fetch(credentials);
    }
    if (valid) {
        *keys = credentials->keys;
        *generation = credentials->generation;
    }
    unlock(credentials);
    return valid;
}

void lq_aws_credentials_reject(lq_aws_credentials_t *credentials, uint64_t generation)
{
    lock(credentials);
    if (credentials->generation == generation) {
        want_fetch(credentials);
    }
    unlock(credentials);
}

int lq_aws_credentials_listen(lq_aws_credentials_t *credentials)
{
    int listener = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

    LQ_ASSERT(listener >= 0);
    lock(credentials);
    LQ_ASSERT(credentials->listener_count < LQ_AWS_CREDENTIALS_LISTENERS_MAX);
    credentials->listeners[credentials->listener_count++] = listener;
    unlock(credentials);
    return listener;
}

enum lq_result lq_aws_credentials_wait(lq_aws_credentials_t *credentials, uint32_t timeout_ms,
                                       struct lq_error_message *message)
{
    uint64_t due_ns = lq_clock_monotonic_ns() + timeout_ms * LQ_NS_PER_MS;
    struct timespec due = {.tv_sec = (time_t)(due_ns / LQ_NS_PER_S),
                           .tv_nsec = (long)(due_ns % LQ_NS_PER_S)};
    enum lq_result result = LQ_ERR_TIMEOUT;
    int late = 0;

    lock(credentials);
    while (credentials->status.fetch_count == 0 && late == 0) {
        late = pthread_cond_clockwait(&credentials->changed, &credentials->lock, CLOCK_MONOTONIC,
                                      &due);
    }
    if (credentials->status.fetch_count > 0) {
        result = credentials->generation > 0 ? LQ_OK : credentials->result;
        *message = credentials->status.trouble;
    } else {
        lq_error_message_set(message, "credentials: none within %u ms", timeout_ms);
    }
    unlock(credentials);
    return result;
}

void lq_aws_credentials_describe(lq_aws_credentials_t *credentials,
                                 struct lq_aws_credentials_status *status)
{
    uint64_t now_s = wall_s();

    lock(credentials);
    *status = credentials->status;
    status->has_keys = credentials->generation > 0 && credentials->keys.expires_at_s > now_s;
    status->expires_at_s = credentials->keys.expires_at_s;
    unlock(credentials);
}
