// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/event_subscription.h"

#include "tests/support/suite.h"
#include "world/world_limits.h"

#include <string.h>

#define P8 "tick.a,tick.b,tick.c,tick.d,tick.e,tick.f,tick.g,tick.h"
#define LONGEST "tick.abcdefghijklmnopqrstuvwxyz01234"

static const struct {
    const char *list;
    const char *reason; /* NULL: it is valid */
} lists[] = {
    {LQ_EVENT_SUBSCRIPTION_USUAL, NULL},
    {"*", NULL},
    {"!*", NULL}, /* nothing */
    {"tick.PlayerJoined", NULL},
    {"session.*,letter.*,quota.exceeded,!session.parked", NULL},
    {"s*,t*,tick.*,tick.Play*", NULL},
    {LONGEST, NULL},
    {LONGEST "*", NULL},
    {P8 "," P8, NULL},
    {"", "a list has 1 to 240 bytes"},
    {P8 "," P8 ",*", "a list has at most 16 patterns"},
    {"tick.a,", ": an empty pattern"},
    {",tick.a", ": an empty pattern"},
    {"tick.a,,tick.b", ": an empty pattern"},
    {"!", "!: a pattern without a type"},
    {"tick.*a", "tick.*a: a type has letters, digits and . - _ ~, \"!\" before it and \"*\" behind "
                "it"},
    {"!!tick.a", "!!tick.a: a type has letters, digits and . - _ ~, \"!\" before it and \"*\" "
                 "behind it"},
    {"tick.a, tick.b", " tick.b: a type has letters, digits and . - _ ~, \"!\" before it and "
                       "\"*\" behind it"},
    {"tick", "tick: there is no such event"},
    {"letters.*", "letters.*: there is no such event"},
    {"letter.opened", "letter.opened: there is no such event"},
    {"session.created2", "session.created2: there is no such event"},
    {"operator.*", "operator.*: there is no such event"}, /* leaves always */
    {"frames.audited", "frames.audited: there is no such event"},
    {LONGEST "5", LONGEST "5: there is no such event"},
    {"*,tick.abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
     "tick.abcdefghijklmnopqrstuvwxyzabcdefghi: there is no such event"},
};

START_TEST(test_lists)
{
    char reason[LQ_REASON_BYTES_MAX] = "";
    enum lq_result result = lq_event_subscription_check(lq_view_text(lists[_i].list), reason);

    ck_assert_msg((result == LQ_OK) == (lists[_i].reason == NULL), "%s: %s", lists[_i].list,
                  reason);
    if (lists[_i].reason != NULL) {
        ck_assert_int_eq(result, LQ_ERR_INVALID);
        ck_assert_str_eq(reason, lists[_i].reason);
    }
}
END_TEST

START_TEST(test_too_long)
{
    char list[LQ_EVENT_SUBSCRIPTION_BYTES_MAX + 1];
    char reason[LQ_REASON_BYTES_MAX];

    memset(list, 'a', sizeof list);
    memcpy(list, "tick.", 5);
    for (size_t at = 36; at < sizeof list - 1; at += 36) {
        memcpy(list + at - 1, ",tick.", 6);
    }
    list[sizeof list - 2] = '*'; /* as long as may be */
    ck_assert_int_eq(lq_event_subscription_check(lq_view_of(list, sizeof list - 1), reason), LQ_OK);
    ck_assert_int_eq(lq_event_subscription_check(lq_view_of(list, sizeof list), reason),
                     LQ_ERR_INVALID);
}
END_TEST

static const struct {
    const char *list, *type;
    bool wanted;
} rows[] = {
    {"", "tick.PlayerJoined", true}, /* the usual one */
    {"", "tick.Collision", false},
    {"", "tick.CollisionsDropped", false},
    {"", "letter.stored", true},
    {"", "tick.", true},
    {"tick.Collision", "tick.Collision", true},
    {"tick.Collision", "tick.Collisions", false},
    {"tick.Collision", "tick.Collisio", false},
    {"tick.Collision", "letter.stored", false},
    {"tick.Collision*", "tick.CollisionsDropped", true},
    {"tick.*", "tick.Anything", true},
    {"tick.*", "session.created", false},
    {"*,!letter.*", "letter.stored", false},
    {"*,!letter.*", "quota.exceeded", true},
    {"*,!letter.*,letter.stored", "letter.stored", true}, /* the last one that fits */
    {"letter.stored,*,!letter.*", "letter.stored", false},
    {"!*", "tick.Anything", false},
    {"*", "tick.Collision", true},
};

START_TEST(test_wants)
{
    ck_assert_msg(lq_event_subscription_wants(lq_view_text(rows[_i].list),
                                              lq_view_text(rows[_i].type)) == rows[_i].wanted,
                  "%s of %s", rows[_i].type, rows[_i].list);
}
END_TEST

static const struct {
    const char *name, *type;
} names[] = {
    {"PlayerJoined", "tick.PlayerJoined"},
    {"a b/c\n,*!", "tick.a_b_c____"},
    {"\xc3\xa9", "tick.__"},
    {"", "tick."},
    {"abcdefghijklmnopqrstuvwxyz0123456789", "tick.abcdefghijklmnopqrstuvwxyz01234"},
};

START_TEST(test_types_of_stages)
{
    char type[LQ_EVENT_TYPE_BYTES_MAX + 1];
    char reason[LQ_REASON_BYTES_MAX];

    lq_event_subscription_tick_type(lq_view_text(names[_i].name), type);
    ck_assert_str_eq(type, names[_i].type);
    /* Whatever a stage calls it, a list can name it. */
    ck_assert_int_eq(lq_event_subscription_check(lq_view_text(type), reason), LQ_OK);
    ck_assert(lq_event_subscription_wants(lq_view_text(type), lq_view_text(type)));
}
END_TEST

TCase *lq_test_event_subscription(void);
TCase *lq_test_event_subscription(void)
{
    TCase *tcase = tcase_create("event_subscription");

    tcase_add_loop_test(tcase, test_lists, 0, sizeof lists / sizeof lists[0]);
    tcase_add_test(tcase, test_too_long);
    tcase_add_loop_test(tcase, test_wants, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tcase, test_types_of_stages, 0, sizeof names / sizeof names[0]);
    return tcase;
}
