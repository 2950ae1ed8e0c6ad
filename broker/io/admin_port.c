// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/admin_port.h"

#include "base/error_name.h"
#include "base/log.h"
#include "broker/io/session_change.h"

#include <stdio.h>

#define QUERY_BYTES_MAX 4096u
#define TENANT_RULE "tenant: 1 to 32 bytes of A-Z a-z 0-9 . _ -, no dot first"
#define ADMIN_MESSAGE_BYTES_MAX 255u /* a stage's own words may be of any length */

static void reply(struct lq_admin_port *port, uint32_t peer, const struct lq_admin_reply *answer)
{
    size_t bytes;

    if (lq_admin_reply_encode(answer, port->memory->scratch, LQ_HEADER_BYTES_MAX, &bytes) ==
        LQ_OK) {
        (void)lq_router_socket_send(port->router, peer, lq_view_of(port->memory->scratch, bytes),
                                    NULL);
    }
}

static void refuse(struct lq_admin_port *port, uint32_t peer, uint64_t tag, enum lq_result result,
                   const char *message)
{
    struct lq_admin_reply answer = {.tag = tag, .result = result, .message = lq_view_text(message)};

    reply(port, peer, &answer);
}

static void answer_status(struct lq_admin_port *port, uint32_t peer, uint64_t tag)
{
    static struct lq_status status; /* too large for the stack; one thread */
    struct lq_admin_reply answer = {.tag = tag, .status = &status};
    uint32_t waiting = lq_broker_core_letters_waiting(port->feed->core);
    char notice[128];

    lq_broker_status_tell(port->status, port->feed, &status);
    if (waiting > 0) {
        snprintf(notice, sizeof notice,
                 "the dead letters are full, all or a tenant's: %u sessions wait until some are "
                 "drained, purged or redriven",
                 waiting);
        answer.message = lq_view_text(notice);
    }
    reply(port, peer, &answer);
}

/* What tenants use: one, with why it waits, or a page of those that the broker knows. */
static void answer_loads(struct lq_admin_port *port, uint32_t peer,
                         const struct lq_admin_request *request)
{
    static struct lq_tenant_load loads[LQ_ADMIN_LOADS_MAX]; /* too large for the stack */
    static struct lq_tenant_wait wait;
    const struct lq_core_feed *feed = port->feed;
    struct lq_admin_reply answer = {.tag = request->tag, .loads = loads, .load_count = 1};
    struct lq_broker_loads page = {request->after, LQ_ADMIN_LOADS_MAX, 0, false, loads};

    if (request->tenant.bytes > 0 && !lq_tenant_name_valid(request->tenant)) {
        refuse(port, peer, request->tag, LQ_ERR_INVALID, TENANT_RULE);
        return;
    }
    if (request->tenant.bytes > 0) {
        lq_broker_core_load(feed->core, request->tenant, feed->now_ns, &loads[0], &wait);
    } else {
        if (request->count_max > 0 && request->count_max < page.count_max) {
            page.count_max = request->count_max;
        }
        lq_broker_core_loads(feed->core, feed->now_ns, &page);
        answer.load_count = page.count;
        answer.more = page.more;
    }
    reply(port, peer, &answer);
}

static void find_command(struct lq_admin_port *port, uint32_t peer,
                         const struct lq_admin_request *request)
{
    struct lq_admin_reply answer = {.tag = request->tag, .has_sighting = true};
    const struct lq_session_names names = {request->tenant, request->session};

    if (!lq_tenant_name_valid(request->tenant) || !lq_session_name_valid(request->session)) {
        refuse(port, peer, request->tag, LQ_ERR_INVALID,
               "tenant, session: 1 to 32, 1 to 64 bytes of A-Z a-z 0-9 . _ -, no dot first");
        return;
    }
    if (!request->has_command) {
        refuse(port, peer, request->tag, LQ_ERR_INVALID, "command: missing");
        return;
    }
    lq_broker_core_find_command(port->feed->core, names, &request->command, &answer.sighting);
    reply(port, peer, &answer);
}

static bool is_of_the_store(uint8_t kind)
{
    return kind == LQ_ADMIN_SHOW_FEED || kind == LQ_ADMIN_SET_CURSOR ||
           kind == LQ_ADMIN_TELL_LEDGER_AGAIN || kind == LQ_ADMIN_ACCEPT_CLOCK;
}

static bool tells_of_frames(uint8_t kind)
{
    return kind == LQ_ADMIN_READ || kind == LQ_ADMIN_WINDOW;
}

/* An execution of one state, by persist or load, which answers with an encoded reply. */
static void execute(struct lq_admin_port *port, struct lq_router_message *received,
                    const struct lq_admin_request *request, enum lq_execution_kind kind)
{
    uint32_t bytes = (uint32_t)lq_message_part_bytes(&received->header);
    bool named = lq_tenant_name_valid(request->tenant) || request->kind == LQ_ADMIN_LIST_TENANTS ||
                 is_of_the_store(request->kind);
    bool needs_session = request->kind == LQ_ADMIN_CREATE_SESSION ||
                         request->kind == LQ_ADMIN_SHOW_SESSION ||
                         request->kind == LQ_ADMIN_DELETE_SESSION || tells_of_frames(request->kind);

    if (!named || (needs_session && !lq_session_name_valid(request->session))) {
        refuse(port, received->peer, request->tag, LQ_ERR_INVALID,
               !named ? TENANT_RULE : "session: 1 to 64 bytes of A-Z a-z 0-9 . _ -, no dot first");
        return;
    }
    /* Questions are not held back when memory is short, so they must be as small as they need be.
     */
    if (kind == LQ_EXECUTION_QUERY && bytes > QUERY_BYTES_MAX) {
        refuse(port, received->peer, request->tag, LQ_ERR_LIMIT, "the request is too long");
        return;
    }
    struct lq_broker_event event = {
        .kind = LQ_ON_ADMIN,
        .peer = received->peer,
        .tag = request->tag,
        .names = {is_of_the_store(request->kind) ? lq_view_of(NULL, 0) : request->tenant,
                  needs_session ? request->session : lq_view_of("", 0)},
        .admin = {kind,
                  request->kind == LQ_ADMIN_CREATE_SESSION && request->has_config &&
                      request->config.rate_numerator > 0,
                  tells_of_frames(request->kind)},
    };
    event.payload = (struct lq_payload){
        lq_payload_buffers_copy(port->buffers, lq_message_part_view(&received->header)), 0, bytes};
    lq_core_feed_step(port->feed, &event);
}

/* Who asked, and why, is kept before it is done: the answer goes through others. */
static void delete_session(struct lq_admin_port *port, struct lq_router_message *received,
                           const struct lq_admin_request *request)
{
    const struct lq_session_names names = {request->tenant, request->session};
    struct lq_session_life life;

    if (lq_storage_thread_requests(port->storage) >= LQ_STORAGE_REQUESTS_MAX) {
        refuse(port, received->peer, request->tag, LQ_ERR_FULL,
               LQ_REASON_BROKER_FULL ": too many requests wait for the broker's store");
        return;
    }
    lq_broker_core_life(port->feed->core, names, &life);
    if (life.stopped) {
        struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_DELETION);
        lq_storage_job_name(job, names);
        lq_storage_job_ask(job, request);
        lq_storage_thread_post(port->storage, job);
    }
    execute(port, received, request, LQ_EXECUTION_DELETE_SESSION);
}

static bool fits_parked(const struct lq_admin_request *request, struct lq_session_names names,
                        struct lq_view stage)
{
    return (request->tenant.bytes == 0 || lq_view_equal(request->tenant, names.tenant)) &&
           (request->session.bytes == 0 || lq_view_equal(request->session, names.session)) &&
           (request->stage.bytes == 0 || lq_view_equal(request->stage, stage));
}

/* Behind what the core has posted: the sessions are parked no more, and then who did it. */
static void record_resume(struct lq_admin_port *port, const struct lq_admin_request *request,
                          uint64_t count)
{
    struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_RESUMED);

    lq_storage_job_name(job, (struct lq_session_names){request->tenant, request->session});
    LQ_ASSERT(request->stage.bytes < sizeof job->stage);
    if (request->stage.bytes > 0) {
        memcpy(job->stage, request->stage.data, request->stage.bytes);
    }
    lq_storage_job_ask(job, request);
    job->frame = count;
    lq_storage_thread_post(port->storage, job);
}

static void resume_sessions(struct lq_admin_port *port, uint32_t peer,
                            const struct lq_admin_request *request)
{
    struct lq_admin_reply answer = {.tag = request->tag};
    struct lq_session_names names;
    struct lq_view stage;
    uint32_t cursor = 0;

    while (lq_broker_core_next_parked(port->feed->core, &cursor, &names, &stage)) {
        answer.count += fits_parked(request, names, stage);
    }
    if (!request->dry_run && answer.count > 0) {
        struct lq_broker_event event = {.kind = LQ_ON_RESUME,
                                        .names = {request->tenant, request->session},
                                        .parking = {request->stage}};
        /* A step resumes as many as its effects have room for. */
        for (uint64_t resumed = 0; resumed < answer.count;
             resumed += LQ_CORE_FEED_EFFECTS_MAX / 2) {
            lq_core_feed_step(port->feed, &event);
        }
        record_resume(port, request, answer.count);
    }
    reply(port, peer, &answer);
}

static void tell_quota(struct lq_admin_port *port, uint32_t peer,
                       const struct lq_admin_request *request)
{
    struct lq_admin_reply answer = {.tag = request->tag, .has_quota = true};
    struct lq_quota usual;

    lq_broker_core_quota(port->feed->core, request->tenant, &answer.quota);
    lq_broker_core_quota(port->feed->core, lq_view_of("", 0), &usual);
    lq_quota_apply(&answer.quota, &request->quota);
    for (uint32_t kind = 0; kind < LQ_QUOTA_KINDS; kind++) {
        if (!lq_quota_is_own(&answer.quota, (enum lq_quota_kind)kind)) {
            answer.quota.limits[kind] = usual.limits[kind];
        }
    }
    reply(port, peer, &answer);
}

/* Answered at once where nothing is to be stored, else when it is. */
static void set_quota(struct lq_admin_port *port, uint32_t peer,
                      const struct lq_admin_request *request)
{
    const struct lq_quota_change *change = &request->quota;

    if (!lq_tenant_name_valid(request->tenant)) {
        refuse(port, peer, request->tag, LQ_ERR_INVALID,
               "tenant: 1 to 32 bytes of A-Z a-z 0-9 . _ -, no dot first");
    } else if (change->given == 0 || request->dry_run) {
        tell_quota(port, peer, request);
    } else if ((change->given & change->to.own) != 0 &&
               !lq_broker_core_has_room_for_quota(port->feed->core, request->tenant)) {
        refuse(port, peer, request->tag, LQ_ERR_FULL,
               LQ_REASON_BROKER_FULL ": as many tenants as broker/tenants_max have quotas");
    } else if (lq_storage_thread_requests(port->storage) >= LQ_STORAGE_REQUESTS_MAX) {
        refuse(port, peer, request->tag, LQ_ERR_FULL,
               LQ_REASON_BROKER_FULL ": too many requests wait for the broker's store");
    } else {
        struct lq_storage_job *job = lq_storage_job_new(LQ_STORAGE_PUT_QUOTA);
        lq_storage_job_name(job, (struct lq_session_names){request->tenant, lq_view_of("", 0)});
        job->peer = peer;
        job->tag = request->tag;
        lq_storage_job_ask(job, request);
        job->quota = *change;
        lq_storage_thread_post(port->storage, job);
    }
}

static void change_session(struct lq_admin_port *port, uint32_t peer,
                           const struct lq_admin_request *request)
{
    struct lq_admin_reply answer;

    if (lq_session_change_answer(port->feed, port->storage, peer, request, &answer)) {
        reply(port, peer, &answer);
    }
}

static void answer_mirror(struct lq_admin_port *port, uint32_t peer,
                          const struct lq_admin_request *request)
{
    struct lq_admin_reply answer;

    if (lq_mirror_port_answer(port->mirror, peer, request, &answer)) {
        reply(port, peer, &answer);
    }
}

/* A request that the storage thread answers. */
static void post_request(struct lq_admin_port *port, const struct lq_router_message *received,
                         uint64_t tag, enum lq_storage_job_kind kind)
{
    if (lq_storage_thread_requests(port->storage) >= LQ_STORAGE_REQUESTS_MAX) {
        refuse(port, received->peer, tag, LQ_ERR_FULL,
               LQ_REASON_BROKER_FULL ": too many requests wait for the broker's store");
        return;
    }
    struct lq_storage_job *job = lq_storage_job_new(kind);

    job->peer = received->peer;
    lq_storage_job_copy(job, received->message);
    lq_storage_thread_post(port->storage, job);
}

/* By what persist makes of it; it tells apart what shares one. */
static enum lq_execution_kind execution_of(uint8_t kind)
{
    switch (kind) {
    case LQ_ADMIN_CREATE_TENANT:
        return LQ_EXECUTION_CREATE_TENANT;
    case LQ_ADMIN_CREATE_SESSION:
        return LQ_EXECUTION_CREATE_SESSION;
    case LQ_ADMIN_SHRED_TENANT:
        return LQ_EXECUTION_SHRED_TENANT;
    case LQ_ADMIN_SET_RETENTION:
    case LQ_ADMIN_ACCEPT_CLOCK:
        return LQ_EXECUTION_SET_RETENTION;
    default:
        return LQ_EXECUTION_SET_CURSOR;
    }
}

/* Who answers it: the broker at once, its store, or an execution. */
static void answer(struct lq_admin_port *port, struct lq_router_message *received,
                   const struct lq_admin_request *request)
{
    switch ((enum lq_admin_kind)request->kind) {
    case LQ_ADMIN_STATUS:
        answer_status(port, received->peer, request->tag);
        break;
    case LQ_ADMIN_LIST_LOADS:
        answer_loads(port, received->peer, request);
        break;
    case LQ_ADMIN_FIND_COMMAND:
        find_command(port, received->peer, request);
        break;
    case LQ_ADMIN_CREATE_TENANT:
    case LQ_ADMIN_CREATE_SESSION:
    case LQ_ADMIN_SHRED_TENANT:
    case LQ_ADMIN_SET_RETENTION:
    case LQ_ADMIN_ACCEPT_CLOCK:
    case LQ_ADMIN_SET_CURSOR:
    case LQ_ADMIN_TELL_LEDGER_AGAIN:
        execute(port, received, request, execution_of(request->kind));
        break;
    case LQ_ADMIN_DELETE_SESSION:
        delete_session(port, received, request);
        break;
    case LQ_ADMIN_LIST_TENANTS:
    case LQ_ADMIN_SHOW_TENANT:
    case LQ_ADMIN_LIST_SESSIONS:
    case LQ_ADMIN_SHOW_SESSION:
    case LQ_ADMIN_SHOW_FEED:
    case LQ_ADMIN_READ:
    case LQ_ADMIN_WINDOW:
        execute(port, received, request, LQ_EXECUTION_QUERY);
        break;
    case LQ_ADMIN_RESUME_SESSIONS:
        resume_sessions(port, received->peer, request);
        break;
    case LQ_ADMIN_CHANGE_SESSION:
        change_session(port, received->peer, request);
        break;
    case LQ_ADMIN_SET_QUOTA:
        set_quota(port, received->peer, request);
        break;
    case LQ_ADMIN_REPORT_MIRROR:
    case LQ_ADMIN_SHOW_MIRROR:
    case LQ_ADMIN_SET_DURABILITY:
    case LQ_ADMIN_SHOW_DURABILITY:
        answer_mirror(port, received->peer, request);
        break;
    case LQ_ADMIN_LIST_LETTERS:
    case LQ_ADMIN_SHOW_LETTER:
    case LQ_ADMIN_ACKNOWLEDGE_LETTERS:
    case LQ_ADMIN_REDRIVE_LETTERS:
    case LQ_ADMIN_PURGE_LETTERS:
        post_request(port, received, request->tag, LQ_STORAGE_ADMIN);
        break;
    case LQ_ADMIN_SET_BROKER_CURSOR:
    case LQ_ADMIN_SHOW_BROKER_FEED:
    case LQ_ADMIN_TELL_BROKER_AGAIN:
        post_request(port, received, request->tag, LQ_STORAGE_FEED);
        break;
    default:
        refuse(port, received->peer, request->tag, LQ_ERR_INVALID, "kind: no such request");
        break;
    }
}

void lq_admin_port_read(struct lq_admin_port *port, struct lq_router_message *received)
{
    struct lq_admin_request request;
    const char *where = "";

    if (lq_admin_request_decode(received->message, &port->memory->arena, &request, &where) !=
        LQ_OK) {
        lq_malformed_tally_add(port->tally, "ADMIN request", where);
        return;
    }
    /* A queue may deliver what was meant for the broker before: its sender says it again. */
    if (request.epoch != port->feed->epoch) {
        lq_welcome_message_send(port->welcome, port->router, received->peer);
        return;
    }
    answer(port, received, &request);
}

/* ---- effects ---- */

/* The session that a reply tells of; its texts live as long as `framed`, and the next message is
 * not read. */
static bool read_session(const struct lq_admin_port *port, struct lq_view framed,
                         struct lq_session_entry *session)
{
    enum lq_message_kind kind;
    struct lq_view message;
    struct lq_admin_reply answer;
    const char *where;
    struct lq_arena arena = {port->memory->arena.memory + port->memory->arena.used_bytes,
                             port->memory->arena.bytes - port->memory->arena.used_bytes, 0};

    if (lq_framing_get(framed, &kind, &message) != LQ_OK || kind != LQ_MESSAGE_ADMIN_REPLY ||
        lq_admin_reply_decode(message, &arena, &answer, &where) != LQ_OK ||
        answer.session_count != 1 || answer.sessions[0].tenant.bytes > LQ_TENANT_NAME_BYTES_MAX ||
        answer.sessions[0].name.bytes > LQ_SESSION_NAME_BYTES_MAX) {
        return false;
    }
    *session = answer.sessions[0];
    return true;
}

/* What has to be on disk here too before who asked hears of it: a session that was created with a
 * rate goes on its grid, of one that was deleted nothing is kept. False: nothing has to. */
static bool keep(struct lq_admin_port *port, const struct lq_broker_effect *effect,
                 struct lq_view framed)
{
    struct lq_session_entry session;

    if ((!effect->admin_done.creates && !effect->admin_done.deletes) ||
        !read_session(port, framed, &session)) {
        return false;
    }
    bool is_live = session.has_config && session.config.rate_numerator > 0;
    if (!(effect->admin_done.creates ? is_live : session.deleted)) {
        return false;
    }
    struct lq_storage_job *job = lq_storage_job_new(
        effect->admin_done.creates ? LQ_STORAGE_PUT_LIVE : LQ_STORAGE_FORGET_DELETED);
    lq_storage_job_name(job, (struct lq_session_names){session.tenant, session.name});
    job->rate =
        (struct lq_session_rate){session.config.rate_numerator, session.config.rate_denominator};
    job->attended = session.config.attended;
    job->peer = effect->admin_done.peer;
    lq_storage_job_copy(job, framed);
    lq_storage_thread_post(port->storage, job);
    return true;
}

/* The reply and its body part, which lie behind each other. */
static void send_with_body(struct lq_admin_port *port, const struct lq_broker_effect *effect,
                           struct lq_view framed)
{
    uint32_t body_bytes = effect->admin_done.body_bytes;
    struct lq_message_part body;

    LQ_ASSERT(body_bytes <= framed.bytes);
    size_t header_bytes = framed.bytes - body_bytes;
    lq_message_part_init_copy(&body, lq_view_of(framed.data + header_bytes, body_bytes));
    (void)lq_router_socket_send(port->router, effect->admin_done.peer,
                                lq_view_of(framed.data, header_bytes), &body);
}

void lq_admin_port_done(struct lq_admin_port *port, const struct lq_broker_effect *effect)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(5);

    if (effect->admin_done.reply.buffer == 0) {
        lq_log_throttled(&lines, LQ_LOG_ERROR,
                         "a stage answered an administrative request with nothing");
        return;
    }
    struct lq_view framed = lq_payload_buffers_view(port->buffers, &effect->admin_done.reply);
    if (effect->admin_done.body_bytes > 0) {
        send_with_body(port, effect, framed);
    } else if (!keep(port, effect, framed)) {
        (void)lq_router_socket_send(port->router, effect->admin_done.peer, framed, NULL);
    }
    lq_payload_buffers_release(port->buffers, effect->admin_done.reply.buffer);
}

void lq_admin_port_failed(struct lq_admin_port *port, const struct lq_broker_effect *effect)
{
    struct lq_admin_reply answer = {
        .tag = effect->admin_failed.tag,
        .result = effect->admin_failed.result,
        .message = lq_view_cut(effect->admin_failed.reason, ADMIN_MESSAGE_BYTES_MAX)};

    reply(port, effect->admin_failed.peer, &answer);
}
