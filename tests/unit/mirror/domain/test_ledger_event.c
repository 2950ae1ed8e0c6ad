// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/ledger_event.h"

#include "mirror/domain/segment_audit.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

static struct lq_ledger_event_frame frame;
static struct lq_cloud_event event;
static struct lq_segment_audit audit;

static struct lq_outbox_entry make_entry(enum lq_outbox_kind kind)
{
    frame = (struct lq_ledger_event_frame){
        .names = {.tenant = lq_view_text("demo"), .session = lq_view_text("s1")},
        .wall_ns = 1795920618123999999u};
    memset(frame.hash, 0x11, sizeof frame.hash);
    return (struct lq_outbox_entry){.kind = kind,
                                    .event_index = 2,
                                    .outbox_sequence = 42,
                                    .tenant_number = 3,
                                    .session_number = 5,
                                    .frame = 9,
                                    .ledger_sequence = 31};
}

static const struct {
    enum lq_outbox_kind kind;
    bool is_told, is_in_control;
} kinds[] = {
    {LQ_OUTBOX_EVENT, true, false},  {LQ_OUTBOX_TENANT, false, true},
    {LQ_OUTBOX_SESSION, true, true}, {LQ_OUTBOX_KEY, false, true},
    {LQ_OUTBOX_LETTER, false, true}, {LQ_OUTBOX_DELETED, true, true},
};

START_TEST(test_ledger_event_which_entries_are_told)
{
    struct lq_outbox_entry entry = make_entry(kinds[_i].kind);
    struct lq_ledger_event_needs needs;

    ck_assert_int_eq(lq_ledger_event_is_told(&entry, &needs), kinds[_i].is_told);
    ck_assert_int_eq(needs.is_in_control, kinds[_i].is_in_control);
    ck_assert_uint_eq(needs.tenant_number, 3);
    ck_assert_uint_eq(needs.frame_ledger, 31);
}
END_TEST

/* What every event of the ledger's outbox has. */
static void check_front(enum lq_cloud_event_type type)
{
    ck_assert_int_eq(event.type, type);
    ck_assert(lq_view_equal(event.tenant, lq_view_text("demo")));
    ck_assert(lq_view_equal(event.session, lq_view_text("s1")));
    ck_assert_uint_eq(event.order, 42);
    ck_assert_uint_eq(event.wall_ns, frame.wall_ns);
}

START_TEST(test_ledger_event_of_tick)
{
    struct lq_outbox_entry entry = make_entry(LQ_OUTBOX_EVENT);
    struct lq_tick_event tick = {.type = "PlayerJoined", .body_id = 7, .client = {{0xc1}}};
    struct lq_cloud_event of_h;

    lq_ledger_event_of_tick(&entry, &tick, &frame, lq_fixture_digest, &event);
    check_front(LQ_CLOUD_EVENT_TICK);
    ck_assert(lq_view_equal(event.data.tick.name, lq_view_text("PlayerJoined")));
    ck_assert_uint_eq(event.data.tick.frame, 9);
    ck_assert_uint_eq(event.data.tick.index, 2);
    ck_assert_uint_eq(event.data.tick.body, 7);
    ck_assert_mem_eq(event.data.tick.hash, frame.hash, LQ_HASH_BYTES);
    ck_assert_mem_eq(event.data.tick.client, tick.client.bytes, LQ_CLIENT_ID_BYTES);
    lq_cloud_event_set_id(&of_h, lq_fixture_digest, frame.hash, 2);
    ck_assert_str_eq(event.id, of_h.id);

    memset(&tick.client, 0, sizeof tick.client); /* it concerns none */
    lq_ledger_event_of_tick(&entry, &tick, &frame, lq_fixture_digest, &event);
    ck_assert_ptr_null(event.data.tick.client);
    entry.event_index = 3; /* the next of the same frame */
    lq_ledger_event_of_tick(&entry, &tick, &frame, lq_fixture_digest, &event);
    ck_assert_str_ne(event.id, of_h.id);
}
END_TEST

START_TEST(test_ledger_event_of_session)
{
    struct lq_outbox_entry entry = make_entry(LQ_OUTBOX_SESSION);
    uint8_t root[LQ_HASH_BYTES] = {0x22};
    struct lq_cloud_event of_root;

    entry.frame = 0;
    lq_ledger_event_of_session(&entry, &frame, lq_fixture_digest, root, &event);
    check_front(LQ_CLOUD_EVENT_SESSION_CREATED);
    ck_assert_uint_eq(event.data.session.frame, 0);
    ck_assert_mem_eq(event.data.session.hash, frame.hash, LQ_HASH_BYTES);
    lq_cloud_event_set_id(&of_root, lq_fixture_digest, root, 0);
    ck_assert_str_eq(event.id, of_root.id);
    entry = make_entry(LQ_OUTBOX_DELETED);
    lq_ledger_event_of_session(&entry, &frame, lq_fixture_digest, root, &event);
    check_front(LQ_CLOUD_EVENT_SESSION_ENDED);
    ck_assert_uint_eq(event.data.session.frame, 9); /* its last one */
    ck_assert_mem_eq(event.data.session.hash, frame.hash, LQ_HASH_BYTES);
}
END_TEST

/* A deletion comes behind the newest record of all, and names that of its session. */
START_TEST(test_ledger_event_of_which_record)
{
    struct lq_outbox_entry entry = make_entry(LQ_OUTBOX_DELETED);
    const struct lq_outbox_note note = {.ledger_sequence = 17};
    uint8_t value[LQ_OUTBOX_NOTE_BYTES_MAX] = {0};

    entry.event_index = 0;
    entry.body_bytes = (uint32_t)lq_outbox_note_encode(LQ_OUTBOX_DELETED, &note,
                                                       value + LQ_OUTBOX_ENTRY_HEADER_BYTES);
    const struct lq_view whole = lq_view_of(value, LQ_OUTBOX_ENTRY_TAGGED_BYTES + entry.body_bytes);
    ck_assert_uint_eq(lq_ledger_event_record(&entry, whole), 17);
    entry.kind = LQ_OUTBOX_EVENT;
    ck_assert_uint_eq(lq_ledger_event_record(&entry, whole), 31);
}
END_TEST

static void add(uint64_t session_number, uint64_t number, uint8_t byte)
{
    const struct lq_record_header record = {.session_number = session_number, .frame = number};
    uint8_t hash[LQ_HASH_BYTES];

    memset(hash, byte, sizeof hash);
    lq_segment_audit_add(&audit, &record, hash);
}

START_TEST(test_audit_frames_of_sessions)
{
    const struct lq_segment_header segment = {
        .number = 17, .claim = 4, .wall_ns = 5000, .digest = {0x33}};
    struct lq_cloud_event of_digest;

    lq_segment_audit_begin(&audit);
    ck_assert(!lq_segment_audit_set(&audit, &segment, lq_view_text("demo"), lq_fixture_digest,
                                    &event)); /* events and claims only */
    add(5, 7, 1);
    add(6, 0, 2);
    add(5, 8, 3);
    add(5, 9, 4);
    ck_assert(
        lq_segment_audit_set(&audit, &segment, lq_view_text("demo"), lq_fixture_digest, &event));
    ck_assert_int_eq(event.type, LQ_CLOUD_EVENT_FRAMES_AUDITED);
    ck_assert_uint_eq(event.order, 17);
    ck_assert_uint_eq(event.wall_ns, 5000);
    ck_assert_uint_eq(event.session.bytes, 0);
    ck_assert_uint_eq(event.data.audit.segment, 17);
    ck_assert_uint_eq(event.data.audit.claim, 4);
    ck_assert_uint_eq(event.data.audit.session_count, 2);
    ck_assert_uint_eq(event.data.audit.sessions[0].session_number, 5);
    ck_assert_uint_eq(event.data.audit.sessions[0].first_frame, 7);
    ck_assert_uint_eq(event.data.audit.sessions[0].last_frame, 9);
    ck_assert_uint_eq(event.data.audit.sessions[0].hash[0], 4);
    ck_assert_uint_eq(event.data.audit.sessions[1].session_number, 6);
    ck_assert_uint_eq(event.data.audit.sessions[1].hash[31], 2);
    lq_cloud_event_set_id(&of_digest, lq_fixture_digest, segment.digest, 0);
    ck_assert_str_eq(event.id, of_digest.id);
}
END_TEST

/* The most sessions that a body has room for: their event is told by reference. */
START_TEST(test_audit_of_the_most_sessions)
{
    static char text[LQ_CLOUD_EVENT_PUT_BYTES_MAX];
    const struct lq_segment_header segment = {.number = UINT64_MAX, .claim = UINT64_MAX};
    struct lq_cloud_event_text to = {.text = text, .bytes_max = sizeof text};

    lq_segment_audit_begin(&audit);
    for (uint64_t number = 0; number < LQ_SEGMENT_AUDIT_SESSIONS_MAX; number++) {
        add(UINT64_MAX - number, UINT64_MAX, 1);
    }
    ck_assert(
        lq_segment_audit_set(&audit, &segment, lq_view_text("demo"), lq_fixture_digest, &event));
    ck_assert_int_eq(
        lq_cloud_event_write(&event, LQ_CLOUD_EVENT_PUT_BYTES_MAX, "dynamodb://game", &to), LQ_OK);
    ck_assert(to.by_reference);
}
END_TEST

TCase *lq_test_ledger_event(void);
TCase *lq_test_ledger_event(void)
{
    TCase *tc = tcase_create("ledger_event");

    tcase_add_loop_test(tc, test_ledger_event_which_entries_are_told, 0,
                        (int)(sizeof kinds / sizeof kinds[0]));
    tcase_add_test(tc, test_ledger_event_of_tick);
    tcase_add_test(tc, test_ledger_event_of_session);
    tcase_add_test(tc, test_ledger_event_of_which_record);
    tcase_add_test(tc, test_audit_frames_of_sessions);
    tcase_add_test(tc, test_audit_of_the_most_sessions);
    return tc;
}
