// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/handler/progress_report.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "mirror/handler/broker_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define REPORT_NS LQ_NS_PER_S
#define REFUSED_NS (10 * LQ_NS_PER_S)
#define POLICIES_MAX 131072u /* broker/tenants_max is at most 100000 */

void lq_progress_report_open(struct lq_progress_report *report, lq_link_t *link,
                             struct lq_mirror_streams *streams, const struct lq_table_port *port,
                             const char *runtime_dir)
{
    uint32_t places = streams->set.stream_max;

    *report = (struct lq_progress_report){.link = link,
                                          .streams = streams,
                                          .port = port,
                                          .watch = lq_broker_watch_open(runtime_dir),
                                          .told = lq_alloc(places, sizeof *report->told),
                                          .listed = lq_alloc(places, sizeof *report->listed),
                                          .looks_at_all = true,
                                          .is_owed = true,
                                          .usual.policy = LQ_DURABILITY_LOCAL};
}

void lq_progress_report_close(struct lq_progress_report *report)
{
    if (report->is_asked) {
        lq_link_forget(report->link, &report->request);
    }
    if (report->link != NULL && report->watch >= 0) {
        close(report->watch);
    }
    free(report->told);
    free(report->listed);
    free(report->policies);
    free(report->coming);
    *report = (struct lq_progress_report){.link = NULL, .watch = -1};
}

/* ---- policies ---- */

static int compare_names(const void *left, const void *right)
{
    return strcmp(left, ((const struct lq_known_policy *)right)->tenant);
}

static void apply_policy(struct lq_progress_report *report, uint32_t place)
{
    struct lq_mirror_stream *stream = &report->streams->streams[place];
    const struct lq_known_policy *known =
        report->policy_count == 0 ? NULL
                                  : bsearch(stream->tenant, report->policies, report->policy_count,
                                            sizeof *report->policies, compare_names);

    report->told[place].durability = known != NULL ? known->durability : report->usual;
    stream->flush_ns = report->told[place].durability.flush_ms * LQ_NS_PER_MS;
    stream->knows_policy = report->policies_number != 0;
    stream->keeps_own_history = known != NULL;
    stream->history_days = report->told[place].durability.history_days;
    report->streams->policies++;
}

/* Names and letters that mirrored tenants wait for lie in the control stream: it is as quick as the
 * quickest of them. */
static void apply_to_control(struct lq_progress_report *report)
{
    uint64_t flush_ms = report->usual.flush_ms;

    report->any_mirrored = report->usual.policy == LQ_DURABILITY_MIRRORED;
    report->streams->any_policy = report->policy_count > 0;
    for (uint32_t index = 0; index < report->policy_count; index++) {
        const struct lq_durability *durability = &report->policies[index].durability;
        bool is_mirrored = durability->policy == LQ_DURABILITY_MIRRORED;
        report->any_mirrored = report->any_mirrored || is_mirrored;
        if (is_mirrored && durability->flush_ms > 0 &&
            (flush_ms == 0 || durability->flush_ms < flush_ms)) {
            flush_ms = durability->flush_ms;
        }
    }
    report->streams->streams[LQ_STREAM_SET_CONTROL].flush_ns = flush_ms * LQ_NS_PER_MS;
}

static void apply_policies(struct lq_progress_report *report)
{
    free(report->policies);
    report->policies = report->coming;
    report->policy_count = report->coming_count;
    report->policies_number = report->coming_number;
    report->coming = NULL;
    report->coming_count = 0;
    report->coming_after[0] = '\0';
    report->known_count = 1;
    apply_to_control(report);
    lq_log_info("%u tenants have a durability of their own, all others are %s",
                report->policy_count, lq_durability_name(report->usual.policy));
}

static void keep_coming(struct lq_progress_report *report, const struct lq_tenant_policy *policy)
{
    if (policy->tenant.bytes == 0) {
        report->usual = policy->durability;
        return;
    }
    if (report->coming == NULL) {
        report->coming = lq_alloc(POLICIES_MAX, sizeof *report->coming);
    }
    if (report->coming_count == POLICIES_MAX) {
        return;
    }
    struct lq_known_policy *known = &report->coming[report->coming_count++];
    memcpy(known->tenant, policy->tenant.data, policy->tenant.bytes);
    known->tenant[policy->tenant.bytes] = '\0';
    known->durability = policy->durability;
    memcpy(report->coming_after, known->tenant, sizeof known->tenant);
}

/* A page of the list; it begins anew when a policy changes meanwhile. */
static void hear_policies(struct lq_progress_report *report, const struct lq_mirror_orders *orders)
{
    if (orders->policies == report->policies_number) {
        return;
    }
    if (orders->policies != report->coming_number) {
        bool from_the_first = report->coming_after[0] == '\0';
        report->coming_count = 0;
        report->coming_after[0] = '\0';
        report->coming_number = orders->policies;
        if (!from_the_first) {
            report->is_owed = true;
            return;
        }
    }
    for (uint32_t index = 0; index < orders->policy_count; index++) {
        keep_coming(report, &orders->list[index]);
    }
    if (orders->more) {
        report->is_owed = true;
    } else {
        apply_policies(report);
    }
}

/* ---- what has moved ---- */

static void list(struct lq_progress_report *report, uint32_t place)
{
    if (!report->told[place].is_listed) {
        report->told[place].is_listed = true;
        report->listed[report->listed_count++] = place;
    }
}

static bool is_mirrored(const struct lq_progress_report *report, uint32_t place)
{
    return report->told[place].durability.policy == LQ_DURABILITY_MIRRORED;
}

/* A tenant whose keys are on their way stands where it is told to be. */
static bool awaits_keys(const struct lq_progress_report *report, uint32_t place)
{
    uint64_t tenant_number = report->streams->set.streams[place].tenant_number;

    for (uint32_t index = 0; index < report->port->key_count; index++) {
        if (report->port->keys[index].tenant_number == tenant_number) {
            return true;
        }
    }
    return false;
}

/* What was read from the feed is known to need no key that is not there or on its way. */
static void look_at(struct lq_progress_report *report, uint32_t place, struct lq_feed_position at)
{
    uint64_t durable[LQ_SEGMENT_SOURCES];

    lq_stream_set_durable(&report->streams->set, place, durable);
    uint64_t covered = durable[LQ_SEGMENT_RECORD - 1];
    report->looks_at_all = report->looks_at_all || covered > at.ledger_sequence;
    covered = covered < at.ledger_sequence ? covered : at.ledger_sequence;
    if (covered <= report->told[place].ledger_sequence) {
        return;
    }
    if (awaits_keys(report, place)) {
        report->looks_at_all = true; /* it goes on without a sign of its own */
    } else {
        report->told[place].ledger_sequence = covered;
        list(report, place);
        report->is_urgent = report->is_urgent || is_mirrored(report, place);
    }
}

/* All notes up to this one are in the table: of those that were read, none waits to be put. */
static uint64_t covered_notes(const struct lq_progress_report *report, struct lq_feed_position at)
{
    const struct lq_mirror_stream *control = &report->streams->streams[LQ_STREAM_SET_CONTROL];
    uint64_t durable[LQ_SEGMENT_SOURCES];

    lq_stream_set_durable(&report->streams->set, LQ_STREAM_SET_CONTROL, durable);
    uint64_t covered = durable[LQ_SEGMENT_OUTBOX - 1];
    if (covered < report->streams->notes_from) {
        return report->told_notes; /* between them, notes are missing */
    }
    bool waits = control->body != NULL || control->put_body != NULL;
    covered = waits && covered < at.outbox_sequence ? covered : at.outbox_sequence;
    for (uint32_t index = 0; index < report->port->key_count; index++) {
        uint64_t before = report->port->keys[index].outbox_sequence - 1;
        covered = before < covered ? before : covered;
    }
    return covered;
}

/* Letters need the keys of their tenants: none is on its way, or was not heard of yet. */
static bool letters_have_keys(const struct lq_progress_report *report, struct lq_feed_position at)
{
    return report->port->key_count == 0 &&
           at.outbox_sequence >= report->port->source->state.newest.outbox_sequence;
}

static void look_at_control(struct lq_progress_report *report, struct lq_feed_position at)
{
    uint64_t durable[LQ_SEGMENT_SOURCES];
    uint64_t notes = covered_notes(report, at);

    lq_stream_set_durable(&report->streams->set, LQ_STREAM_SET_CONTROL, durable);
    uint64_t letters = durable[LQ_SEGMENT_BROKER - 1];
    if (letters < report->streams->letters_from || !letters_have_keys(report, at)) {
        letters = report->told_letters;
    }
    if (notes <= report->told_notes && letters <= report->told_letters) {
        return;
    }
    report->told_notes = notes > report->told_notes ? notes : report->told_notes;
    report->told_letters = letters > report->told_letters ? letters : report->told_letters;
    report->control_moved = true;
    report->is_urgent = report->is_urgent || report->any_mirrored;
}

static void look(struct lq_progress_report *report, struct lq_feed_position at)
{
    const struct lq_mirror_streams *streams = report->streams;

    for (; report->known_count < streams->set.stream_count; report->known_count++) {
        if (report->known_count != LQ_STREAM_SET_CONTROL) {
            apply_policy(report, report->known_count);
        }
    }
    bool all = report->looks_at_all;
    report->looks_at_all = false;
    uint32_t count = all ? streams->set.stream_count : streams->active_count;
    for (uint32_t index = 0; index < count; index++) {
        uint32_t place = all ? index : streams->active[index];
        if (place != LQ_STREAM_SET_CONTROL) {
            look_at(report, place, at);
        }
    }
    look_at_control(report, at);
}

/* ---- telling ---- */

static void say_all_anew(struct lq_progress_report *report)
{
    for (uint32_t place = 0; place < report->streams->set.stream_count; place++) {
        report->told[place].ledger_sequence = 0;
    }
    report->number = 0;
    report->control_moved = true;
    report->is_urgent = true;
    report->looks_at_all = true;
}

static void on_reply(void *context, const struct lq_admin_reply *reply)
{
    struct lq_progress_report *report = context;

    report->is_asked = false;
    report->is_refused = reply->result != LQ_OK || reply->orders == NULL;
    if (report->is_refused) {
        /* One that says the claim is lost may well come behind its winner's: no news then. */
        enum lq_log_level level = report->report.over.bytes > 0 ? LQ_LOG_DEBUG : LQ_LOG_ERROR;

        lq_log_rarely(level, "the broker does not take the mirror's report: %s: %.*s",
                      lq_result_text(reply->result), (int)reply->message.bytes,
                      (const char *)reply->message.data);
        say_all_anew(report);
        return;
    }
    if (reply->orders->again) {
        say_all_anew(report);
    }
    hear_policies(report, reply->orders);
}

static void describe(const struct lq_progress_report *report, uint32_t place, uint64_t now_ns,
                     struct lq_stream_progress *to)
{
    const struct lq_mirror_stream *stream = &report->streams->streams[place];
    bool fills = stream->body != NULL;
    bool goes = stream->put_body != NULL;
    uint64_t filled_ns = stream->full != NULL ? stream->full->first_ns : stream->first_ns;
    uint64_t since_ns = goes ? stream->put_first_ns : filled_ns;

    *to = (struct lq_stream_progress){
        .tenant = lq_view_text(stream->tenant),
        .ledger_sequence = report->told[place].ledger_sequence,
        .waiting = (fills ? stream->packer.piece_count : 0) + stream->full_pieces +
                   (goes ? stream->put.piece_count : 0),
    };
    if ((fills || goes) && now_ns > since_ns) {
        to->waiting_ms = (uint32_t)((now_ns - since_ns) / LQ_NS_PER_MS);
    }
}

/* Of as many streams as fit; the rest stays listed. */
static void take_streams(struct lq_progress_report *report, uint64_t now_ns)
{
    uint32_t taken = 0;

    while (report->listed_count > 0 && taken < LQ_MIRROR_STREAMS_MAX) {
        uint32_t place = report->listed[--report->listed_count];
        report->told[place].is_listed = false;
        describe(report, place, now_ns, &report->streams_told[taken++]);
    }
    report->report.streams = report->streams_told;
    report->report.stream_count = taken;
}

/* Something is told again, or was when it was last said. */
static bool tells_again(const struct lq_progress_report *report)
{
    uint64_t told;
    uint64_t all;

    if (report->again == NULL) {
        return false;
    }
    lq_telling_port_count(report->again, &told, &all);
    return all > 0 || report->report.all_again > 0;
}

static void send(struct lq_progress_report *report, const char *over, uint64_t now_ns)
{
    const struct lq_mirror_streams *streams = report->streams;
    const struct lq_table_port *port = report->port;
    size_t over_bytes = over == NULL ? 0 : strlen(over);

    report->report = (struct lq_mirror_report){
        .claim = streams->set.streams[LQ_STREAM_SET_CONTROL].claim,
        .number = ++report->number,
        .over = lq_view_of(over, over_bytes < LQ_MIRROR_OVER_BYTES_MAX ? over_bytes
                                                                       : LQ_MIRROR_OVER_BYTES_MAX),
        .outbox_sequence = report->told_notes,
        .broker_sequence = report->told_letters,
        .read_sequence = report->report.read_sequence,
        .segments = streams->segments,
        .entries = streams->entries,
        .bytes = streams->bytes,
        .requests = port->requests + port->mark.requests,
        .milliunits = (uint64_t)(port->write_units * 1000),
        .conflicts = port->conflicts,
        .refusals = port->refusals,
        .policies = report->policies_number,
        .policies_after = lq_view_text(report->coming_after)};
    if (report->again != NULL) {
        lq_telling_port_count(report->again, &report->report.told_again, &report->report.all_again);
    }
    memcpy(report->report.writer, streams->writer, sizeof report->report.writer);
    take_streams(report, now_ns);
    report->request =
        (struct lq_admin_request){.kind = LQ_ADMIN_REPORT_MIRROR, .mirror = &report->report};
    report->is_asked = lq_link_request(report->link, &report->request, on_reply, report) == LQ_OK;
    report->is_owed = false;
    report->control_moved = false;
    report->is_urgent = report->listed_count > 0;
    report->sent_ns = now_ns;
}

static bool has_waiting(const struct lq_progress_report *report)
{
    for (uint32_t index = 0; index < report->streams->active_count; index++) {
        const struct lq_mirror_stream *stream =
            &report->streams->streams[report->streams->active[index]];
        if (stream->body != NULL || stream->put_body != NULL) {
            return true;
        }
    }
    return false;
}

uint64_t lq_progress_report_next_ns(const struct lq_progress_report *report)
{
    bool may_speak = report->streams->streams[LQ_STREAM_SET_CONTROL].is_started;

    if (report->known_count < report->streams->set.stream_count) {
        return 0; /* policies were heard: the next turn applies them */
    }
    if (report->is_asked || !may_speak) {
        return UINT64_MAX;
    }
    if (report->is_refused) {
        return report->sent_ns + REFUSED_NS;
    }
    if (report->is_urgent || report->is_owed) {
        return 0;
    }
    return report->control_moved || report->listed_count > 0 || has_waiting(report) ||
                   tells_again(report)
               ? report->sent_ns + REPORT_NS
               : UINT64_MAX;
}

void lq_progress_report_turn(struct lq_progress_report *report, struct lq_feed_position at,
                             uint64_t now_ns)
{
    const struct lq_mirror_streams *streams = report->streams;

    report->is_owed = lq_broker_watch_take(report->watch) || report->is_owed;
    report->report.read_sequence = at.ledger_sequence;
    look(report, at);
    if (now_ns < lq_progress_report_next_ns(report)) {
        return;
    }
    /* Also of those that wait and do not move. */
    for (uint32_t index = 0; index < streams->active_count; index++) {
        const struct lq_mirror_stream *stream = &streams->streams[streams->active[index]];
        if (streams->active[index] != LQ_STREAM_SET_CONTROL &&
            (stream->body != NULL || stream->put_body != NULL)) {
            list(report, streams->active[index]);
        }
    }
    send(report, NULL, now_ns);
}

void lq_progress_report_end(struct lq_progress_report *report, const char *over,
                            uint32_t timeout_ms)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t until_ns = now_ns + timeout_ms * LQ_NS_PER_MS;

    if (over == NULL && !report->streams->streams[LQ_STREAM_SET_CONTROL].is_started) {
        return; /* it has claimed nothing, and has nothing to say */
    }
    if (report->is_asked) {
        lq_link_forget(report->link, &report->request);
    }
    send(report, over, now_ns);
    while (report->is_asked && now_ns < until_ns) {
        lq_link_wait(report->link, (uint32_t)((until_ns - now_ns) / LQ_NS_PER_MS) + 1);
        (void)lq_link_turn(report->link);
        now_ns = lq_clock_monotonic_ns();
    }
}
