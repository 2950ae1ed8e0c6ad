// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* bench_sender.h - makes commands, and times their receipts.
 *
 * Paced commands have a due time each, evenly over the second and over the sessions. Their latency
 * counts from there, so a sender that is late, or held up by a full window, does not flatter the
 * cluster; how late it was is kept apart as well.
 */
#ifndef LQ_BENCH_SENDER_H
#define LQ_BENCH_SENDER_H

#include "base/latency_histogram.h"
#include "bench/bench_options.h"
#include "client/administration.h"
#include "client/client.h"

#define LQ_BENCH_SESSIONS_MAX 1000000u

struct lq_bench_sender {
    const struct lq_bench_options *options;
    lq_link_t *link;
    lq_client_t *client; /* the one on it */
    uint32_t *handles;   /* of the sessions */
    bool stopped;        /* no more commands */
    uint64_t random;
    uint64_t paced_from_ns, paced_count; /* PACED: due and sent since then */
    uint64_t receipts, applied, refused, unused, duplicates, dead_lettered;
    char last_reason[LQ_REASON_BYTES_MAX]; /* of a command that was not applied */
    struct lq_latency_histogram latency;   /* from due to receipt */
    struct lq_latency_histogram sending;   /* from due to submit */
};

/* Options of a client whose receipts come to a sender. */
void lq_bench_sender_take_receipt(void *sender, const struct lq_client_receipt *receipt);
uint32_t lq_bench_sender_outstanding_max(const struct lq_bench_options *options);

/* Handles for all sessions; the first commands. `sender` is zeroed but for options, link and
 * client. Released by lq_bench_sender_release(). */
void lq_bench_sender_start(struct lq_bench_sender *sender);
void lq_bench_sender_release(struct lq_bench_sender *sender);

/* One command for session number `session`; LQ_ERR_FULL: too many outstanding. */
LQ_MUST_CHECK enum lq_result lq_bench_sender_submit(struct lq_bench_sender *sender,
                                                    uint32_t session, uint64_t delay_ns);
/* The next number of its generator. */
uint64_t lq_bench_sender_draw(struct lq_bench_sender *sender);

/* Submit what is due at now_ns; returns the milliseconds until more is, at most 50. */
uint32_t lq_bench_sender_send(struct lq_bench_sender *sender, uint64_t now_ns);

/* Forget what was counted: the measured time begins. */
void lq_bench_sender_clear(struct lq_bench_sender *sender);

#endif
