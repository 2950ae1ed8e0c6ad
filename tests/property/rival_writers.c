// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/property/rival_writers.h"

#include "base/little_endian.h"
#include "tests/property/rival_table.h"

#include <inttypes.h>

static void check_durable(uint32_t host, uint32_t stream)
{
    const struct lq_rival_process *process = &lq_rival_run.processes[host];
    const struct lq_rival_store *store = &lq_rival_run.stores[host];
    uint64_t durable[LQ_SEGMENT_SOURCES];

    lq_rival_run.tally->durables++;
    lq_stream_set_durable(&process->set, stream, durable);
    for (uint32_t index = 0; index < store->count; index++) {
        const struct lq_rival_entry *entry = &store->entries[index];
        if (entry->stream == stream && entry->sequence <= durable[entry->kind - 1] &&
            lq_rival_run.logged[stream].unique[entry->kind - 1][entry->sequence] != entry->unique) {
            lq_rival_broken("host %u was told that entry %u/%" PRIu64 " of stream %u is durable",
                            host, entry->kind, entry->sequence, stream);
        }
    }
}

static void told_open(uint32_t host, uint32_t stream, bool by_claim)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_stream_log *log = &process->logs[stream];

    if (!lq_rival_store_extends(&lq_rival_run.stores[host], stream, log->table.after.sequence)) {
        lq_rival_broken("host %u may write stream %u, and its store is another", host, stream);
    }
    lq_segment_packer_start(&process->packers[stream], lq_rival_digest, lq_rival_run.body_max,
                            &log->table.after);
    lq_rival_run.opened++;
    process->rank[stream] = by_claim ? log->claim : lq_rival_run.opened;
    if (lq_rival_run.logged[stream].top_rank < process->rank[stream]) {
        lq_rival_run.logged[stream].top_rank = process->rank[stream];
    }
}

static void told_over(uint32_t host, uint32_t stream, bool refused)
{
    static const uint64_t all[LQ_SEGMENT_SOURCES] = {LQ_RIVAL_SEQUENCES - 1, LQ_RIVAL_SEQUENCES - 1,
                                                     LQ_RIVAL_SEQUENCES - 1};
    const struct lq_rival_process *process = &lq_rival_run.processes[host];

    lq_rival_run.tally->refused += refused;
    lq_rival_run.tally->ended += !refused;
    if (refused && lq_rival_store_extends(&lq_rival_run.stores[host], stream, all)) {
        lq_rival_broken("host %u was refused in stream %u (%s), and its store fits", host, stream,
                        process->logs[stream].why);
    }
}

static void act(uint32_t host, uint32_t stream, const struct lq_stream_log_effects *effects);

static void step(uint32_t host, uint32_t stream, const struct lq_stream_log_event *event)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_stream_log_effects effects;

    if (lq_rival_run.fault == LQ_RIVAL_NEVER_LOOKS_AGAIN) {
        process->logs[stream].sure_s = process->logs[stream].put_s = lq_rival_run.now_s;
    }
    enum lq_result result = lq_stream_set_step(&process->set, stream, event, &effects);
    if (result == LQ_OK) {
        act(host, stream, &effects);
    } else if (result != LQ_ERR_STALE && !process->set.over) {
        lq_rival_broken("event %d is not legal in state %d", event->kind,
                        process->logs[stream].state);
    }
}

static void compare(uint32_t host, uint32_t stream, uint64_t token)
{
    const struct lq_rival_store *store = &lq_rival_run.stores[host];
    struct lq_stream_log *log = &lq_rival_run.processes[host].logs[stream];
    struct lq_stream_log_store facts = {0};
    struct lq_stream_log_event event = {
        .kind = LQ_STREAM_LOG_ON_COMPARED, .token = token, .now_s = lq_rival_run.now_s};

    memcpy(facts.next, store->next, sizeof facts.next);
    for (uint32_t source = 0; source < LQ_SEGMENT_SOURCES; source++) {
        const struct lq_rival_entry *entry =
            lq_rival_store_find(store, stream, source + 1, log->table.after.sequence[source]);
        if (entry != NULL) {
            facts.known[source] = true;
            memcpy(facts.identity[source], entry->identity, LQ_HASH_BYTES);
        } else if (source != LQ_SEGMENT_RECORD - 1 &&
                   log->table.after.sequence[source] < store->next[source]) {
            facts.known[source] = true; /* somebody else's: no identity is zero */
        }
    }
    event.verdict = lq_stream_log_compare(&log->table.after, &facts);
    step(host, stream, &event);
}

static void send(uint32_t host, uint32_t stream, const struct lq_stream_log_effect *effect)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_rival_request *request = lq_rival_run.requests;

    while (request < lq_rival_run.requests + LQ_RIVAL_REQUESTS && request->phase != LQ_RIVAL_FREE) {
        request++;
    }
    if (request ==
        lq_rival_run.requests + LQ_RIVAL_REQUESTS) { /* the oldest that nobody waits for is lost */
        request = lq_rival_run.requests;
        while (!request->given_up) {
            request++;
            LQ_ASSERT(request < lq_rival_run.requests + LQ_RIVAL_REQUESTS);
        }
    }
    *request = (struct lq_rival_request){
        .phase = LQ_RIVAL_UNSIGNED,
        .host = host,
        .life = process->life,
        .stream = stream,
        .effect = *effect,
        .claim = process->logs[stream].put.claim,
        .rank = process->rank[stream] > 0 ? process->rank[stream] : process->logs[stream].put.claim,
    };
    if (!lq_rival_table_is_put(request)) {
        return;
    }
    bool in_turn = process->set.looked_count == LQ_RIVAL_STREAMS &&
                   (stream == LQ_STREAM_SET_CONTROL || process->set.control_claimed);
    if (!in_turn) {
        lq_rival_broken("host %u writes stream %u before its turn", host, stream);
    }
    if (effect->kind == LQ_STREAM_LOG_PUT_CLAIM) {
        memcpy(request->put.header, process->logs[stream].put_header, LQ_SEGMENT_HEADER_BYTES);
    } else {
        memcpy(request->put.header, process->put_header[stream], LQ_SEGMENT_HEADER_BYTES);
        memcpy(request->put.body, process->bodies[stream][process->half[stream] ^ 1],
               process->put_bytes[stream]);
        request->put.body_bytes = process->put_bytes[stream];
    }
}

/* The fault: the claim that is there is taken for one's own. */
static void skip_claim(uint32_t host, uint32_t stream)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_stream_log *log = &process->logs[stream];

    if (lq_rival_run.fault == LQ_RIVAL_WITHOUT_CLAIM && log->found) {
        memcpy(log->writer, log->table.writer, sizeof log->writer);
        log->claim = log->table.claim;
        log->sure_s = lq_rival_run.now_s;
        log->state = LQ_STREAM_LOG_OPEN;
        process->set.control_claimed = process->set.control_claimed || stream == 0;
        told_open(host, stream, false);
    }
}

static void act(uint32_t host, uint32_t stream, const struct lq_stream_log_effects *effects)
{
    for (uint32_t index = 0; index < effects->count; index++) {
        const struct lq_stream_log_effect *effect = &effects->list[index];
        switch (effect->kind) {
        case LQ_STREAM_LOG_READ_NEWEST:
        case LQ_STREAM_LOG_READ_ITEM:
        case LQ_STREAM_LOG_PUT_CLAIM:
        case LQ_STREAM_LOG_PUT_SEGMENT:
            send(host, stream, effect);
            break;
        case LQ_STREAM_LOG_COMPARE:
            compare(host, stream, effect->token);
            break;
        case LQ_STREAM_LOG_TELL_LOOKED:
            break;
        case LQ_STREAM_LOG_TELL_OPEN:
            told_open(host, stream, lq_rival_run.fault != LQ_RIVAL_WITHOUT_CLAIM);
            break;
        case LQ_STREAM_LOG_TELL_DURABLE:
            check_durable(host, stream);
            break;
        case LQ_STREAM_LOG_TELL_REFUSED:
        case LQ_STREAM_LOG_TELL_ENDED:
            told_over(host, stream, effect->kind == LQ_STREAM_LOG_TELL_REFUSED);
            break;
        }
    }
}

/* Entries of the store go into the half that is being filled, up to `count` of them. */
static void fill(uint32_t host, uint32_t stream, uint32_t count)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_segment_packer *packer = &process->packers[stream];
    struct lq_rival_store *store = &lq_rival_run.stores[host];
    uint32_t half = process->half[stream];
    uint8_t bytes[LQ_RIVAL_ENTRY_MAX];
    enum lq_result result = LQ_OK;

    if (packer->body == NULL) {
        lq_segment_packer_begin(packer, process->bodies[stream][half]);
        memset(process->names[stream][half], 0, sizeof process->names[stream][half]);
    }
    for (; process->cursor[stream] < store->count && count > 0; process->cursor[stream]++) {
        const struct lq_rival_entry *entry = &store->entries[process->cursor[stream]];
        struct lq_segment_entry packed = {.kind = entry->kind, .sequence = entry->sequence};
        if (entry->stream != stream) {
            continue;
        }
        packed.bytes = lq_rival_store_bytes(entry, bytes);
        memcpy(packed.identity, entry->identity, LQ_HASH_BYTES);
        result = lq_segment_packer_add(packer, &packed);
        for (uint32_t name = 0; name < LQ_SEGMENT_SOURCES; name++) {
            uint64_t *names = &process->names[stream][half][name];
            *names = *names < entry->names[name] ? entry->names[name] : *names;
        }
        if (result == LQ_ERR_FULL) {
            return;
        }
        count -= result == LQ_OK;
    }
}

static void put_segment(uint32_t host, uint32_t stream)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_segment_packer *packer = &process->packers[stream];
    struct lq_segment_header header;
    uint32_t half = process->half[stream];

    fill(host, stream, 1 + lq_rival_below(6));
    if (lq_segment_packer_is_empty(packer) ||
        !lq_stream_set_may_put(&process->set, stream, process->names[stream][half])) {
        return;
    }
    lq_stream_log_stamp(&process->logs[stream], lq_rival_run.now_s * 1000000000u, &header);
    lq_segment_packer_finish(packer, &header, process->put_header[stream]);
    process->put_bytes[stream] = header.body_bytes;
    process->half[stream] ^= 1;
    step(host, stream,
         &(struct lq_stream_log_event){
             .kind = LQ_STREAM_LOG_ON_SEGMENT, .now_s = lq_rival_run.now_s, .segment = &header});
}

static void take_turn(uint32_t host, uint32_t stream)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    struct lq_stream_log_event event = {.now_s = lq_rival_run.now_s};

    switch (lq_stream_set_turn(&process->set, stream)) {
    case LQ_STREAM_SET_LOOK:
        event.kind = LQ_STREAM_LOG_ON_LOOK;
        step(host, stream, &event);
        return;
    case LQ_STREAM_SET_CLAIM:
        skip_claim(host, stream);
        if (process->logs[stream].state == LQ_STREAM_LOG_LOOKED) {
            event.kind = LQ_STREAM_LOG_ON_CLAIM;
            step(host, stream, &event);
        }
        return;
    case LQ_STREAM_SET_PUT:
        put_segment(host, stream);
        return;
    case LQ_STREAM_SET_WAIT: /* what comes meanwhile is the next segment */
        if (process->logs[stream].state == LQ_STREAM_LOG_PUTTING && lq_rival_one_in(2)) {
            fill(host, stream, 1);
        }
        return;
    case LQ_STREAM_SET_OVER:
        return;
    }
}

static void start(uint32_t host)
{
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    uint8_t writer[LQ_SEGMENT_WRITER_BYTES];

    memset(process, 0, offsetof(struct lq_rival_process, bodies));
    process->up = true;
    process->life = ++lq_rival_run.lives;
    lq_put_u64(writer, process->life);
    lq_put_u64(writer + 8, lq_rival_run.seed);
    lq_stream_set_init(&process->set, process->logs, LQ_RIVAL_STREAMS);
    for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS; stream++) {
        lq_stream_log_init(&process->logs[stream], lq_rival_digest, 0, stream, writer);
        if (lq_stream_set_add(&process->set) != LQ_OK) {
            lq_rival_broken("no room for a stream");
        }
    }
}

static bool is_awaited(const struct lq_rival_request *request)
{
    const struct lq_rival_process *process = &lq_rival_run.processes[request->host];

    return !request->given_up && process->up && process->life == request->life;
}

static void answer(struct lq_rival_request *request, bool lost)
{
    struct lq_stream_log_event event = {
        .kind = lost ? LQ_STREAM_LOG_ON_NO_ANSWER : request->answer,
        .token = request->effect.token,
        .now_s = lq_rival_run.now_s,
        .found = request->found,
        .segment = &request->segment,
    };
    struct lq_segment_header segment = request->segment;
    uint32_t host = request->host;
    uint32_t stream = request->stream;
    bool awaited = is_awaited(request);
    const struct lq_stream_log *log = &lq_rival_run.processes[host].logs[stream];

    event.segment = &segment; /* the request's place may be taken by what follows */
    if (!lost) {
        request->phase = LQ_RIVAL_FREE;
    }
    request->given_up = true;
    if (!awaited) {
        return;
    }
    bool met = event.kind == LQ_STREAM_LOG_ON_CONDITION || event.kind == LQ_STREAM_LOG_ON_READ;
    bool putting = log->put.number > 0 && log->state >= LQ_STREAM_LOG_FINDING;
    step(host, stream, &event);
    lq_rival_run.tally->own_found += met && putting && log->state == LQ_STREAM_LOG_OPEN;
}

static void move(struct lq_rival_request *request)
{
    uint32_t chance = lq_rival_run.ending ? 99 : lq_rival_below(100);

    if (request->phase == LQ_RIVAL_FREE) {
        return;
    }
    if (chance < 6) { /* given up: it is still on its way */
        answer(request, true);
        return;
    }
    if (chance < 10) { /* lost, whatever phase it was in */
        answer(request, true);
        request->phase = LQ_RIVAL_FREE;
        return;
    }
    switch (request->phase) {
    case LQ_RIVAL_UNSIGNED:
        request->phase = LQ_RIVAL_SIGNED;
        request->signed_s = lq_rival_run.now_s;
        if (lq_rival_table_is_put(request) && lq_rival_run.now_s > request->effect.not_after_s &&
            lq_rival_run.fault != LQ_RIVAL_NEVER_LOOKS_AGAIN) {
            answer(request, true);
            request->phase = LQ_RIVAL_FREE;
        }
        return;
    case LQ_RIVAL_SIGNED:
    case LQ_RIVAL_HEAD_PASSED:
        if (lq_rival_run.now_s - request->signed_s > LQ_STREAM_LOG_SIGNED_S) {
            answer(request, true);
            request->phase = LQ_RIVAL_FREE;
        } else {
            lq_rival_table_apply(request);
        }
        return;
    case LQ_RIVAL_ANSWERED:
        answer(request, false);
        return;
    case LQ_RIVAL_FREE:
        return;
    }
}

/* ---- a run ----------------------------------------------------------------------------------- */

/* While its writer is down, a store becomes another. */
static void replace_store(uint32_t host)
{
    switch (lq_rival_below(4)) {
    case 0:
        lq_rival_run.stores[host] = lq_rival_run.stores[lq_rival_below(lq_rival_run.host_count)];
        return;
    case 1:
        lq_rival_run.stores[host] = lq_rival_run.old_copy;
        return;
    case 2:
        lq_rival_store_restore(&lq_rival_run.stores[host]);
        return;
    default:
        lq_rival_run.old_copy = lq_rival_run.stores[host];
    }
}

static void pass_time(void)
{
    static const uint32_t jumps_s[] = {1800, 5000, 2 * LQ_RIVAL_DAY_S, 9 * LQ_RIVAL_DAY_S};

    lq_rival_run.now_s += lq_rival_one_in(6) ? jumps_s[lq_rival_below(4)] : lq_rival_below(20);
    if (lq_rival_one_in(2)) {
        lq_rival_table_expire();
    }
}

static void random_step(void)
{
    uint32_t host = lq_rival_below(lq_rival_run.host_count);
    struct lq_rival_process *process = &lq_rival_run.processes[host];
    uint32_t chance = lq_rival_below(100);

    if (chance < 12) {
        lq_rival_store_append(&lq_rival_run.stores[host], lq_rival_below(LQ_RIVAL_STREAMS));
    } else if (chance < 45) {
        if (process->up) {
            take_turn(host, lq_rival_below(LQ_RIVAL_STREAMS));
        }
    } else if (chance < 90) {
        uint32_t first = lq_rival_below(LQ_RIVAL_REQUESTS);
        for (uint32_t count = 0; count < LQ_RIVAL_REQUESTS; count++) {
            struct lq_rival_request *request =
                &lq_rival_run.requests[(first + count) % LQ_RIVAL_REQUESTS];
            if (request->phase != LQ_RIVAL_FREE) {
                move(request);
                return;
            }
        }
    } else if (chance < 94) {
        pass_time();
    } else if (!process->up) {
        if (lq_rival_one_in(2)) {
            replace_store(host);
        }
        start(host);
    } else if (process->set.over || lq_rival_one_in(4)) {
        process->up = false;
    }
}

/* Everything arrives; who still can goes on. */
static void drain(void)
{
    lq_rival_run.ending = true;
    for (uint32_t count = 0; count < LQ_RIVAL_DRAIN_STEPS && lq_rival_run.broken[0] == '\0';
         count++) {
        uint32_t busy = 0;
        for (uint32_t index = 0; index < LQ_RIVAL_REQUESTS; index++) {
            busy += lq_rival_run.requests[index].phase != LQ_RIVAL_FREE;
            move(&lq_rival_run.requests[index]);
        }
        for (uint32_t host = 0; host < LQ_RIVAL_HOSTS; host++) {
            for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS && lq_rival_run.processes[host].up;
                 stream++) {
                take_turn(host, stream);
            }
        }
        for (uint32_t index = 0; index < LQ_RIVAL_REQUESTS; index++) {
            busy += lq_rival_run.requests[index].phase != LQ_RIVAL_FREE;
        }
        if (busy == 0) {
            return;
        }
    }
    lq_rival_broken("it does not come to rest");
}

/* At rest: whether it may write, and then all that its store has is in the table. */
static bool goes_on(uint32_t host)
{
    const struct lq_rival_process *process = &lq_rival_run.processes[host];
    const struct lq_rival_store *store = &lq_rival_run.stores[host];
    uint64_t durable[LQ_SEGMENT_SOURCES];

    if (!process->up || process->set.over) {
        return false;
    }
    for (uint32_t index = 0; index < store->count; index++) {
        const struct lq_rival_entry *entry = &store->entries[index];
        lq_stream_set_durable(&process->set, entry->stream, durable);
        if (durable[entry->kind - 1] < entry->sequence) {
            lq_rival_broken("host %u is at rest, and entry %u/%" PRIu64
                            " of stream %u is not durable",
                            host, entry->kind, entry->sequence, entry->stream);
        }
    }
    return true;
}

/* With something new to tell in each stream, at most one goes on; and one that starts on what was
 * restored always can. */
static void end(void)
{
    uint32_t going = 0;

    drain();
    for (uint32_t host = 0; host < LQ_RIVAL_HOSTS; host++) {
        for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS; stream++) {
            lq_rival_store_append(&lq_rival_run.stores[host], stream);
        }
    }
    drain();
    for (uint32_t host = 0; host < LQ_RIVAL_HOSTS; host++) {
        going += goes_on(host);
    }
    lq_rival_run.tally->survivors += going;
    if (going > 1) {
        lq_rival_broken("%u writers go on", going);
    }
    lq_rival_run.processes[0].up = false;
    lq_rival_store_restore(&lq_rival_run.stores[0]);
    lq_rival_store_append(&lq_rival_run.stores[0], lq_rival_below(LQ_RIVAL_STREAMS));
    start(0);
    drain();
    if (!goes_on(0)) {
        lq_rival_broken("a writer on what was restored does not go on");
    }
    for (uint32_t host = 1; host < LQ_RIVAL_HOSTS; host++) {
        lq_rival_store_append(&lq_rival_run.stores[host], LQ_STREAM_SET_CONTROL);
    }
    drain();
    for (uint32_t host = 1; host < LQ_RIVAL_HOSTS; host++) {
        if (goes_on(host)) {
            lq_rival_broken("host %u goes on, behind a later writer", host);
        }
    }
}

static void clear(uint64_t seed, enum lq_rival_fault fault, struct lq_rival_tally *tally)
{
    memset(&lq_rival_run, 0, offsetof(struct lq_rival_state, stores));
    memset(lq_rival_run.processes, 0, sizeof lq_rival_run.processes);
    memset(lq_rival_run.logged, 0, sizeof lq_rival_run.logged);
    lq_rival_run.random = lq_rival_run.seed = seed;
    lq_rival_run.fault = fault;
    lq_rival_run.tally = tally;
    lq_rival_run.broken[0] = '\0';
    lq_rival_run.now_s = 1800000000;
    lq_rival_run.opened = 0;
    lq_rival_run.host_count = lq_rival_one_in(3) ? LQ_RIVAL_HOSTS : LQ_RIVAL_HOSTS - 1;
    lq_rival_run.body_max = 80 + lq_rival_below(LQ_RIVAL_BODY_MAX - 80);
    lq_rival_run.stores[0] = (struct lq_rival_store){.next = {1, 1, 1}};
    for (uint32_t count = lq_rival_below(8); count > 0; count--) {
        lq_rival_store_append(&lq_rival_run.stores[0], lq_rival_below(LQ_RIVAL_STREAMS));
    }
    for (uint32_t host = 1; host < LQ_RIVAL_HOSTS; host++) {
        lq_rival_run.stores[host] = lq_rival_run.stores[0];
    }
    lq_rival_run.old_copy = lq_rival_run.stores[0];
    for (uint32_t index = 0; index < LQ_RIVAL_REQUESTS; index++) {
        lq_rival_run.requests[index].phase = LQ_RIVAL_FREE;
    }
    for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS; stream++) {
        lq_rival_run.table.newest[stream] = lq_rival_run.table.head_claim[stream] = 0;
        for (uint32_t number = 0; number < LQ_RIVAL_SEGMENTS; number++) {
            lq_rival_run.table.items[stream][number].there = false;
        }
        lq_segment_reader_start(&lq_rival_run.readers[stream], lq_rival_digest, 0, stream,
                                lq_rival_run.buffers[stream], sizeof lq_rival_run.buffers[stream]);
    }
}

const char *lq_rival_writers_run(uint64_t seed, enum lq_rival_fault fault,
                                 struct lq_rival_tally *tally)
{
    clear(seed, fault, tally);
    for (uint32_t count = 0; count < LQ_RIVAL_STEPS && lq_rival_run.broken[0] == '\0'; count++) {
        random_step();
        tally->steps++;
    }
    if (lq_rival_run.broken[0] == '\0') {
        end();
    }
    for (uint32_t stream = 0; stream < LQ_RIVAL_STREAMS && lq_rival_run.broken[0] == '\0';
         stream++) {
        lq_rival_table_read(stream);
    }
    return lq_rival_run.broken[0] != '\0' ? lq_rival_run.broken : NULL;
}
