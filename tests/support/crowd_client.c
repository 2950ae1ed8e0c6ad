// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* lq-crowd: many clients on one link, for tests over a whole cluster.
 *
 *     lq-crowd RUNTIME TENANTS CLIENTS SECONDS [flood|watch]
 *
 * Clients are spread over the tenants named with commas; each plays in session s1, s2 or s3 of its
 * tenant and sends a Custom command ten times a second until the time is over, then waits for what
 * has no receipt yet. With `flood` the first client of the first tenant sends as much as it may all
 * the time; with `watch` all those sessions are watched on the link as well, with their worlds.
 *
 * Each receipt but those that free their number is a line of JSON on stdout, as the judge of
 * tests/integration/wire_client.py reads it; at the end a line on stderr says what there was:
 *
 *     {"submitted": n, "receipts": n, "freed": n, "resends": n, "slowest_ms": n,
 *      "others_slowest_ms": n, "watches": n, "least_frames": n, "least_brokers": n}
 */
#include "base/alloc.h"
#include "base/clock.h"
#include "client/client.h"
#include "client/watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACT_EVERY_NS (UINT64_C(100) * LQ_NS_PER_MS)
#define SETTLE_NS (UINT64_C(60) * LQ_NS_PER_S)
enum { TENANTS_MAX = 16, SESSIONS = 3, OUTSTANDING_MAX = 16384 };

struct member {
    lq_client_t *client;
    const char *tenant;
    uint32_t handle;
    uint64_t act_at_ns;
    bool floods;
};

/* One session. */
struct sight {
    lq_watch_t *watch;
    uint64_t frames, worlds, brokers;
    uint64_t frame; /* the newest */
};

struct crowd {
    lq_link_t *link;
    struct sight sights[TENANTS_MAX * SESSIONS];
    uint32_t sight_count;
    struct lq_world world;
    struct member *members;
    uint32_t count;
    uint64_t submitted, receipts, freed;
    uint64_t slowest_ns, others_slowest_ns; /* of all, and of those that do not flood */
};

static struct crowd crowd;

static void take_receipt(void *context, const struct lq_client_receipt *receipt)
{
    const struct member *member = context;
    const struct lq_client_id *id = lq_client_identity(member->client);

    crowd.receipts++;
    if (receipt->number_is_free) {
        crowd.freed++; /* its number names another command by and by */
        return;
    }
    crowd.slowest_ns =
        receipt->latency_ns > crowd.slowest_ns ? receipt->latency_ns : crowd.slowest_ns;
    if (!member->floods && receipt->latency_ns > crowd.others_slowest_ns) {
        crowd.others_slowest_ns = receipt->latency_ns;
    }
    printf("{\"tenant\": \"%s\", \"session\": \"%s\", \"client\": \"", member->tenant,
           receipt->session);
    for (uint32_t index = 0; index < LQ_CLIENT_ID_BYTES; index++) {
        printf("%02x", id->bytes[index]);
    }
    printf("\", \"sequence\": %" PRIu64 ", \"outcome\": \"%s\", \"frame\": %" PRIu64
           ", \"reason\": \"%.*s\"}\n",
           receipt->sequence, lq_outcome_name((uint8_t)receipt->outcome), receipt->frame,
           (int)receipt->reason.bytes,
           receipt->reason.bytes > 0 ? (const char *)receipt->reason.data : "");
}

static void take_frame(void *context, const struct lq_watch_frame *frame)
{
    struct sight *sight = context;

    LQ_ASSERT(frame->frame > sight->frame); /* what was seen does not come again */
    sight->frame = frame->frame;
    sight->frames++;
    sight->worlds += lq_watch_world(sight->watch, frame, &crowd.world) == LQ_OK;
}

static void take_answer(void *context, const struct lq_watch_answer *answer)
{
    struct sight *sight = context;

    LQ_ASSERT(answer->epoch != 0);
    LQ_ASSERT(answer->result == LQ_OK || answer->why[0] != '\0');
    sight->brokers += answer->result == LQ_OK;
}

static bool watch_all(const char *const *tenants, uint32_t tenant_count,
                      struct lq_error_message *message)
{
    static const char *const sessions[SESSIONS] = {"s1", "s2", "s3"};

    for (uint32_t index = 0; index < tenant_count * SESSIONS; index++) {
        struct sight *sight = &crowd.sights[crowd.sight_count++];
        const struct lq_watch_options options = {.tenant = tenants[index / SESSIONS],
                                                 .session = sessions[index % SESSIONS],
                                                 .with_world = true,
                                                 .on_frame = take_frame,
                                                 .on_answer = take_answer,
                                                 .context = sight};
        if (lq_watch_new(crowd.link, &options, &sight->watch, message) != LQ_OK) {
            return false;
        }
    }
    return true;
}

static bool submit(struct member *member)
{
    const struct lq_command command = {.kind = LQ_COMMAND_CUSTOM,
                                       .outcome = LQ_OUTCOME_PENDING,
                                       .custom = lq_view_text("a crowd's")};
    char reason[LQ_REASON_BYTES_MAX];
    uint64_t sequence;
    bool sent = lq_client_submit(member->client, member->handle, &command, NULL, &sequence,
                                 reason) == LQ_OK;

    crowd.submitted += sent;
    return sent;
}

static void act(struct member *member, uint64_t now_ns)
{
    if (member->floods) {
        while (submit(member)) {
        }
    } else if (member->act_at_ns <= now_ns) {
        (void)submit(member);
        member->act_at_ns = now_ns + ACT_EVERY_NS;
    }
}

/* Names with commas between them; they go on in `text`. */
static uint32_t split(char *text, const char **names)
{
    uint32_t count = 0;

    while (text != NULL && count < TENANTS_MAX) {
        char *comma = strchr(text, ',');
        names[count++] = text;
        if (comma != NULL) {
            *comma++ = '\0';
        }
        text = comma;
    }
    return count;
}

static bool gather(const char *const *names, uint32_t tenant_count,
                   struct lq_error_message *message)
{
    for (uint32_t index = 0; index < crowd.count; index++) {
        struct member *member = &crowd.members[index];
        char session[8];
        member->tenant = names[index % tenant_count];
        const struct lq_client_options options = {.tenant = member->tenant,
                                                  .on_receipt = take_receipt,
                                                  .context = member,
                                                  .sessions_max = 1};
        snprintf(session, sizeof session, "s%u", index / tenant_count % SESSIONS + 1);
        if (lq_client_new(crowd.link, &options, &member->client, message) != LQ_OK ||
            lq_client_session(member->client, session, 1, &member->handle) != LQ_OK) {
            return false;
        }
    }
    return true;
}

static void serve(uint32_t wait_ms)
{
    lq_link_wait(crowd.link, wait_ms);
    (void)lq_link_turn(crowd.link);
    fflush(stdout);
}

static void play(uint64_t seconds)
{
    uint64_t now_ns = lq_clock_monotonic_ns();
    uint64_t end_ns = now_ns + seconds * LQ_NS_PER_S;

    for (uint32_t index = 0; index < crowd.count; index++) {
        crowd.members[index].act_at_ns = now_ns + ACT_EVERY_NS * index / crowd.count;
    }
    for (; now_ns < end_ns; now_ns = lq_clock_monotonic_ns()) {
        for (uint32_t index = 0; index < crowd.count; index++) {
            act(&crowd.members[index], now_ns);
        }
        serve(2);
    }
    end_ns = now_ns + SETTLE_NS;
    while (lq_link_outstanding(crowd.link) > 0 && lq_clock_monotonic_ns() < end_ns) {
        serve(50);
    }
}

static void report(void)
{
    uint64_t frames = UINT64_MAX;
    uint64_t brokers = UINT64_MAX;

    for (uint32_t index = 0; index < crowd.sight_count; index++) {
        const struct sight *sight = &crowd.sights[index];
        frames = sight->worlds < frames ? sight->worlds : frames;
        brokers = sight->brokers < brokers ? sight->brokers : brokers;
    }
    fprintf(stderr,
            "{\"submitted\": %" PRIu64 ", \"receipts\": %" PRIu64 ", \"freed\": %" PRIu64
            ", \"resends\": %" PRIu64 ", \"slowest_ms\": %" PRIu64
            ", \"others_slowest_ms\": %" PRIu64 ", \"watches\": %u, \"least_frames\": %" PRIu64
            ", \"least_brokers\": %" PRIu64 "}\n",
            crowd.submitted, crowd.receipts, crowd.freed, lq_link_resends(crowd.link),
            crowd.slowest_ns / LQ_NS_PER_MS, crowd.others_slowest_ns / LQ_NS_PER_MS,
            crowd.sight_count, frames, brokers);
}

int main(int argc, char **argv)
{
    struct lq_error_message message = {""};
    const char *tenants[TENANTS_MAX];

    if (argc < 5) {
        fputs("usage: lq-crowd RUNTIME TENANTS CLIENTS SECONDS [flood|watch]\n", stderr);
        return 2;
    }
    const char *extra = argc > 5 ? argv[5] : "";
    uint32_t tenant_count = split(argv[2], tenants);
    crowd.count = (uint32_t)strtoul(argv[3], NULL, 10);
    crowd.members = lq_alloc(crowd.count, sizeof *crowd.members);
    const struct lq_link_options options = {.runtime_dir = argv[1],
                                            .clients_max = crowd.count,
                                            .outstanding_max = OUTSTANDING_MAX,
                                            .watches_max = TENANTS_MAX * SESSIONS};
    if (lq_link_open(&options, &crowd.link, &message) != LQ_OK ||
        !gather(tenants, tenant_count, &message) ||
        (strcmp(extra, "watch") == 0 && !watch_all(tenants, tenant_count, &message))) {
        fprintf(stderr, "lq-crowd: %s\n", message.text);
        return 2;
    }
    crowd.members[0].floods = strcmp(extra, "flood") == 0;
    play(strtoul(argv[4], NULL, 10));
    report();
    bool all = lq_link_outstanding(crowd.link) == 0 && crowd.submitted == crowd.receipts;
    lq_link_close(&crowd.link);
    free(crowd.members);
    return all ? 0 : 1;
}
