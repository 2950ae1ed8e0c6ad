// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/cloud_event.h"

#include "mirror/domain/segment_packer.h"
#include "tests/support/suite.h"
#include "tests/unit/mirror/domain/segment_fixture.h"

static char text[8192];
static struct lq_cloud_event event;
static const char *const reference = "dynamodb://game?pk=T%23demo%23P%230&sk=L%23";

#define HASH "1111111111111111111111111111111111111111111111111111111111111111"
#define ID "6969696969696969696969696969696969696969696969696969696969696969"

/* The fields that every event has; the id is 64 times one digit here. */
static void make(enum lq_cloud_event_type type)
{
    event = (struct lq_cloud_event){
        .type = type,
        .tenant = lq_view_text("demo"),
        .session = lq_view_text("s1"),
        .id = ID,
        .order = 42,
        .wall_ns = 1795920618123999999u,
    };
}

static const char *write(size_t put_bytes_max, bool by_reference)
{
    struct lq_cloud_event_text to = {.text = text, .bytes_max = sizeof text - 1};

    ck_assert_int_eq(lq_cloud_event_write(&event, put_bytes_max, reference, &to), LQ_OK);
    ck_assert_int_eq(to.by_reference, by_reference);
    text[to.bytes] = '\0';
    return text;
}

#define FRONT(source, type)                                                                        \
    "{\"specversion\":\"1.0\",\"id\":\"" ID "\",\"source\":\"" source "\",\"type\":\"" type "\","
#define MIDDLE "\"time\":\"2026-11-29T02:50:18.123Z\",\"sequence\":\"00000000000000000042\","
#define DATA "\"datacontenttype\":\"application/json\",\"data\":"

/* Fill in the data of a row. */
static void fill_session(void)
{
    event.data.session.frame = 9;
    memset(event.data.session.hash, 0x11, LQ_HASH_BYTES);
}

static void fill_parked(void)
{
    event.data.parked.letter = 4294967297;
    event.data.parked.reason = lq_view_text("a \"poison\" tick");
}

static void fill_nothing(void)
{
}

static void fill_tick(void)
{
    static const uint8_t client[LQ_CLIENT_ID_BYTES] = {0xc1};

    event.data.tick.name = lq_view_text("Player Joined/\xff");
    event.data.tick.frame = 9;
    event.data.tick.index = 2;
    event.data.tick.body = 7;
    event.data.tick.client = client;
    memset(event.data.tick.hash, 0x11, LQ_HASH_BYTES);
}

static void fill_collision(void)
{
    event.data.tick.name = lq_view_text("Collision");
    event.data.tick.frame = 9;
    event.data.tick.index = 2;
    event.data.tick.body = 7;
    event.data.tick.other = 8;
    event.data.tick.x = 0.0;
    event.data.tick.y = -2.5;
    event.data.tick.impulse = 0.1f;
    memset(event.data.tick.hash, 0x11, LQ_HASH_BYTES);
}

static void fill_count(void)
{
    event.data.tick.name = lq_view_text("CollisionsDropped");
    event.data.tick.frame = 9;
    event.data.tick.index = 16;
    event.data.tick.count = 300;
    memset(event.data.tick.hash, 0x11, LQ_HASH_BYTES);
}

static void fill_letter(void)
{
    event.data.letter.letter = 5;
    event.data.letter.frame = 10;
    event.data.letter.error = lq_view_text("States.Timeout");
}

static void fill_action(void)
{
    event.tenant = event.session = lq_view_text("");
    event.data.action.action = lq_view_text("tenant quota");
    event.data.action.operator_name = lq_view_text("root");
}

static void fill_quota(void)
{
    event.session = lq_view_text("");
    event.data.quota.quota = lq_view_text("ticks/s");
    event.data.quota.limit = 100;
    event.data.quota.refused = 3;
}

static void fill_audit(void)
{
    static struct lq_cloud_event_frames frames[2] = {{5, 7, 9, {0}}, {6, 0, 0, {0}}};

    memset(frames[0].hash, 0x11, LQ_HASH_BYTES);
    memset(frames[1].hash, 0x11, LQ_HASH_BYTES);
    event.session = lq_view_text("");
    event.data.audit.segment = 17;
    event.data.audit.claim = 3;
    event.data.audit.sessions = frames;
    event.data.audit.session_count = 2;
}

#define SUBJECT "\"subject\":\"s1\","
#define DEMO "ledgerquest.demo"

static const struct {
    enum lq_cloud_event_type type;
    void (*fill)(void);
    const char *expected;
} rows[] = {
    {LQ_CLOUD_EVENT_SESSION_CREATED, fill_session,
     FRONT(DEMO, "session.created") SUBJECT MIDDLE DATA "{\"frame\":9,\"hash\":\"" HASH "\"}}"},
    {LQ_CLOUD_EVENT_SESSION_ENDED, fill_session,
     FRONT(DEMO, "session.ended") SUBJECT MIDDLE DATA "{\"frame\":9,\"hash\":\"" HASH "\"}}"},
    {LQ_CLOUD_EVENT_SESSION_PARKED, fill_parked,
     FRONT(DEMO, "session.parked") SUBJECT MIDDLE DATA
     "{\"letter\":4294967297,\"reason\":\"a \\\"poison\\\" tick\"}}"},
    {LQ_CLOUD_EVENT_SESSION_RESUMED, fill_nothing,
     FRONT(DEMO, "session.resumed") SUBJECT MIDDLE DATA "{}}"},
    {LQ_CLOUD_EVENT_TICK, fill_tick,
     FRONT(DEMO, "tick.Player_Joined__") SUBJECT MIDDLE DATA
     "{\"name\":\"Player Joined/\\ufffd\",\"frame\":9,\"index\":2,\"hash\":\"" HASH "\",\"body\":7,"
     "\"client\":\"c1000000000000000000000000000000\"}}"},
    {LQ_CLOUD_EVENT_TICK, fill_collision,
     FRONT(DEMO, "tick.Collision") SUBJECT MIDDLE DATA
     "{\"name\":\"Collision\",\"frame\":9,\"index\":2,\"hash\":\"" HASH "\",\"body\":7,\"other\":8,"
     "\"x\":0,\"y\":-2.5,\"impulse\":0.1}}"},
    {LQ_CLOUD_EVENT_TICK, fill_count,
     FRONT(DEMO, "tick.CollisionsDropped") SUBJECT MIDDLE DATA
     "{\"name\":\"CollisionsDropped\",\"frame\":9,\"index\":16,\"hash\":\"" HASH
     "\",\"count\":300}}"},
    {LQ_CLOUD_EVENT_LETTER_STORED, fill_letter,
     FRONT(DEMO, "letter.stored") SUBJECT MIDDLE DATA
     "{\"letter\":5,\"frame\":10,\"error\":\"States.Timeout\"}}"},
    {LQ_CLOUD_EVENT_LETTER_REDRIVEN, fill_letter,
     FRONT(DEMO, "letter.redriven") SUBJECT MIDDLE DATA
     "{\"letter\":5,\"frame\":10,\"error\":\"States.Timeout\"}}"},
    {LQ_CLOUD_EVENT_LETTER_PURGED, fill_letter,
     FRONT(DEMO, "letter.purged") SUBJECT MIDDLE DATA
     "{\"letter\":5,\"frame\":10,\"error\":\"States.Timeout\"}}"},
    {LQ_CLOUD_EVENT_OPERATOR_ACTION, fill_action,
     FRONT("ledgerquest", "operator.action") MIDDLE DATA
     "{\"action\":\"tenant quota\",\"operator\":\"root\"}}"},
    {LQ_CLOUD_EVENT_QUOTA_EXCEEDED, fill_quota,
     FRONT(DEMO, "quota.exceeded") MIDDLE DATA
     "{\"quota\":\"ticks/s\",\"limit\":100,\"refused\":3}}"},
    {LQ_CLOUD_EVENT_FRAMES_AUDITED, fill_audit,
     FRONT(DEMO, "frames.audited") MIDDLE DATA
     "{\"segment\":17,\"claim\":3,\"sessions\":[{\"session\":5,\"first_frame\":7,\"last_frame\":9,"
     "\"hash\":\"" HASH "\"},{\"session\":6,\"first_frame\":0,\"last_frame\":0,\"hash\":\"" HASH
     "\"}]}}"},
};

START_TEST(test_event_text)
{
    make(rows[_i].type);
    rows[_i].fill();
    ck_assert_str_eq(write(LQ_CLOUD_EVENT_PUT_BYTES_MAX, false), rows[_i].expected);
}
END_TEST

/* 14 for the time, source, type, detail: at the limit, and one above. */
START_TEST(test_event_by_reference)
{
    struct lq_cloud_event_text to = {.text = text, .bytes_max = sizeof text};

    make(LQ_CLOUD_EVENT_SESSION_PARKED);
    fill_parked();
    size_t bytes = strlen(rows[2].expected);
    size_t put = 14 + strlen("ledgerquest.demo") + strlen("session.parked") + bytes;
    ck_assert_uint_eq(lq_cloud_event_put_bytes(&event, bytes), put);
    ck_assert_str_eq(write(put, false), rows[2].expected);
    event.data.parked.reason.bytes = 0;
    ck_assert_uint_lt(strlen(write(put, false)), bytes);
    fill_parked();
    static char reason[300];
    memset(reason, 'r', sizeof reason);
    event.data.parked.reason = lq_view_of(reason, sizeof reason);
    ck_assert_int_eq(lq_cloud_event_write(&event, 4096, reference, &to), LQ_OK);
    put = lq_cloud_event_put_bytes(&event, to.bytes);
    ck_assert_str_eq(write(put - 1, true), FRONT(DEMO, "session.parked") SUBJECT MIDDLE
                     "\"dataref\":\"dynamodb://game?pk=T%23demo%23P%230&sk=L%23\"}");
    ck_assert_int_eq(lq_cloud_event_write(&event, 100, reference, &to), LQ_ERR_LIMIT);
    to.bytes_max = 50; /* the memory, not the bus */
    ck_assert_int_eq(lq_cloud_event_write(&event, 4096, reference, &to), LQ_ERR_LIMIT);
    ck_assert_uint_gt(to.bytes, 300);
}
END_TEST

START_TEST(test_event_id)
{
    struct lq_segment_entry entry = lq_fixture_note(LQ_SEGMENT_BROKER, 7, 30);
    uint8_t root[LQ_HASH_BYTES] = {1};
    uint8_t other[LQ_HASH_BYTES];
    char first[LQ_CLOUD_EVENT_ID_BYTES + 1];

    make(LQ_CLOUD_EVENT_TICK);
    lq_cloud_event_set_id(&event, lq_fixture_digest, root, 0);
    ck_assert_uint_eq(strspn(event.id, "0123456789abcdef"), 64);
    ck_assert_uint_eq(strlen(event.id), 64);
    memcpy(first, event.id, sizeof first);
    lq_cloud_event_set_id(&event, lq_fixture_digest, root, 0);
    ck_assert_str_eq(event.id, first);
    lq_cloud_event_set_id(&event, lq_fixture_digest, root, 1);
    ck_assert_str_ne(event.id, first);
    root[0]++;
    lq_cloud_event_set_id(&event, lq_fixture_digest, root, 0);
    ck_assert_str_ne(event.id, first);

    lq_cloud_event_root(lq_fixture_digest, lq_view_text("history one"), &entry, root);
    lq_cloud_event_root(lq_fixture_digest, lq_view_text("history one"), &entry, other);
    ck_assert_mem_eq(root, other, sizeof root);
    lq_cloud_event_root(lq_fixture_digest, lq_view_text("history two"), &entry, other);
    ck_assert_mem_ne(root, other, sizeof root);
    entry.sequence++;
    lq_cloud_event_root(lq_fixture_digest, lq_view_text("history one"), &entry, other);
    ck_assert_mem_ne(root, other, sizeof root);
}
END_TEST

static const struct {
    uint64_t seconds;
    const char *expected;
} times[] = {
    {0, "1970-01-01T00:00:00.007Z"},           {951782399, "2000-02-28T23:59:59.007Z"},
    {951782400, "2000-02-29T00:00:00.007Z"},   {951868800, "2000-03-01T00:00:00.007Z"},
    {1709164800, "2024-02-29T00:00:00.007Z"},  {1735689599, "2024-12-31T23:59:59.007Z"},
    {1735689600, "2025-01-01T00:00:00.007Z"},  {4107542400, "2100-03-01T00:00:00.007Z"},
    {16725225600, "2500-01-01T00:00:00.007Z"},
};

START_TEST(test_event_time)
{
    char time[LQ_CLOUD_EVENT_TIME_BYTES + 1];

    lq_cloud_event_time(times[_i].seconds * 1000000000u + 7999999, time);
    ck_assert_str_eq(time, times[_i].expected);
}
END_TEST

START_TEST(test_event_reference)
{
    char table[LQ_CLOUD_EVENT_TABLE_BYTES_MAX + 1];
    char to[LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX + 1];
    struct lq_segment_key key;

    lq_segment_key_stream(lq_view_text("demo"), 0, &key);
    lq_segment_key_set_number(&key, 17);
    lq_cloud_event_reference("game", &key, to);
    ck_assert_str_eq(to, "dynamodb://game?pk=T%23demo%23P%230&sk=L%2300000000000000000017");
    memset(table, 't', sizeof table - 1);
    table[sizeof table - 1] = '\0';
    lq_segment_key_stream(lq_view_text("abcdefghijklmnopqrstuvwxyz012345"), UINT32_MAX, &key);
    lq_segment_key_set_base(&key, UINT64_MAX, 1, 999);
    lq_cloud_event_reference(table, &key, to);
    ck_assert_uint_le(strlen(to), LQ_CLOUD_EVENT_REFERENCE_BYTES_MAX);
    ck_assert_ptr_nonnull(strstr(to, "&sk=B%2318446744073709551615%231999"));
}
END_TEST

/* The longest name that a stage can give keeps to its bound. */
START_TEST(test_event_type_is_bounded)
{
    char type[LQ_CLOUD_EVENT_TYPE_BYTES_MAX + 1];

    make(LQ_CLOUD_EVENT_TICK);
    event.data.tick.name = lq_view_text("abcdefghijklmnopqrstuvwxyz0123456789");
    lq_cloud_event_type_text(&event, type);
    ck_assert_str_eq(type, "tick.abcdefghijklmnopqrstuvwxyz01234");
}
END_TEST

TCase *lq_test_cloud_event(void);
TCase *lq_test_cloud_event(void)
{
    TCase *tc = tcase_create("cloud_event");

    tcase_add_loop_test(tc, test_event_text, 0, sizeof rows / sizeof rows[0]);
    tcase_add_test(tc, test_event_by_reference);
    tcase_add_test(tc, test_event_id);
    tcase_add_loop_test(tc, test_event_time, 0, sizeof times / sizeof times[0]);
    tcase_add_test(tc, test_event_reference);
    tcase_add_test(tc, test_event_type_is_bounded);
    return tc;
}
