// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What became of a command: names, what a window says, and the judgement over all that was found.
 */
#include "cli/command_finding.h"
#include "proto/admin_codec.h"
#include "tests/unit/cli/cli_cases.h"
#include "world/client_window.h"

#include <stdio.h>

static struct lq_error_message message;

static const struct {
    const char *text;
    bool valid;
    uint64_t sequence;
    const char *message; /* a part of it */
} names[] = {
    {"00112233445566778899aabbccddeeff:7", true, 7, ""},
    {"00112233445566778899AABBCCDDEEFF:18446744073709551615", true, UINT64_MAX, ""},
    {"00112233445566778899aabbccddeeff:0", false, 0, "from 1 on"},
    {"00112233445566778899aabbccddeeff:-1", false, 0, "from 1 on"},
    {"00112233445566778899aabbccddeeff: 1", false, 0, "from 1 on"},
    {"00112233445566778899aabbccddeeff:1x", false, 0, "from 1 on"},
    {"00112233445566778899aabbccddeeff:", false, 0, "from 1 on"},
    {"00112233445566778899aabbccddeeff:18446744073709551616", false, 0, "from 1 on"},
    {"00112233445566778899aabbccddeeff", false, 0, "CLIENT:NUMBER"},
    {"00112233445566778899aabbccddeef:7", false, 0, "32 hexadecimal digits"},
    {"00112233445566778899aabbccddeefg:7", false, 0, "32 hexadecimal digits"},
    {"00112233445566778899aabbccddeeff0:7", false, 0, "32 hexadecimal digits"},
    {":7", false, 0, "32 hexadecimal digits"},
    {"", false, 0, "CLIENT:NUMBER"},
};

START_TEST(commands_are_named)
{
    struct lq_command_name name;

    message.text[0] = '\0';
    ck_assert_int_eq(lq_command_finding_name(names[_i].text, &name, &message), names[_i].valid);
    ck_assert_ptr_nonnull(strstr(message.text, names[_i].message));
    if (names[_i].valid) {
        ck_assert_uint_eq(name.sequence, names[_i].sequence);
        ck_assert_uint_eq(name.client.bytes[0], 0);
        ck_assert_uint_eq(name.client.bytes[15], 0xff);
    }
}
END_TEST

#define FULL LQ_CLIENTS_MAX

/* A player's incarnation 5 at number 100, with 99 and 36 used; last in frame 40 of 50. */
static const struct {
    const char *name;
    bool known;
    uint32_t count;
    uint64_t incarnation, sequence; /* asked for */
    enum lq_window_finding finding;
    bool possible;
    uint64_t newest;
} windows[] = {
    {"highest", true, 1, 5, 100, LQ_WINDOW_USED, true, 40},
    {"the one before it", true, 1, 5, 99, LQ_WINDOW_USED, true, 40},
    {"a gap", true, 1, 5, 98, LQ_WINDOW_FREE, false, 0},
    {"the lowest of the map", true, 1, 5, 36, LQ_WINDOW_USED, true, 40},
    {"below the map", true, 1, 5, 35, LQ_WINDOW_BELOW, true, 40},
    {"above", true, 1, 5, 101, LQ_WINDOW_FREE, false, 0},
    {"an earlier incarnation", true, 1, 4, 1, LQ_WINDOW_LATER, true, 40},
    {"a later incarnation", true, 1, 6, 1, LQ_WINDOW_NO_CLIENT, false, 0},
    {"no such player", false, 3, 5, 1, LQ_WINDOW_NO_CLIENT, false, 0},
    {"no such player, above all", false, FULL, 5, 1, LQ_WINDOW_NO_CLIENT, false, 0},
    {"as low as the lowest", false, FULL, 3, 1, LQ_WINDOW_EVICTED, true, 50},
    {"below the lowest", false, FULL, 2, 1, LQ_WINDOW_EVICTED, true, 50},
};

START_TEST(windows_are_read)
{
    const struct lq_window_entry window = {.frame = 50,
                                           .known = windows[_i].known,
                                           .client = lq_client_id_of(9, 5),
                                           .highest = 100,
                                           .used_map = 1 | UINT64_C(1) << 63,
                                           .last_frame = 40,
                                           .count = windows[_i].count,
                                           .lowest_incarnation = windows[_i].count == FULL ? 3 : 0};
    const struct lq_command_name name = {lq_client_id_of(9, windows[_i].incarnation),
                                         windows[_i].sequence};
    enum lq_window_finding finding = lq_command_finding_window(&name, &window);
    bool possible = false;
    uint64_t newest = lq_command_finding_newest(finding, &window, &possible);

    ck_assert_msg(finding == windows[_i].finding, "%s: %d", windows[_i].name, (int)finding);
    ck_assert_msg(possible == windows[_i].possible, "%s", windows[_i].name);
    ck_assert_msg(!possible || newest == windows[_i].newest, "%s", windows[_i].name);
    ck_assert_uint_gt(strlen(lq_command_finding_window_text(finding)), 0);
}
END_TEST

/* The session itself judges the same of what it remembers. */
START_TEST(windows_are_read_as_load_reads_them)
{
    const struct lq_client_window entry = {lq_client_id_of(9, 5), 100, UINT64_C(0x8a5000000000f001),
                                           40};
    const struct lq_window_entry window = {.frame = 50,
                                           .known = true,
                                           .client = entry.client,
                                           .highest = entry.highest,
                                           .used_map = entry.used_map,
                                           .last_frame = entry.last_frame,
                                           .count = 1};

    for (uint64_t sequence = 1; sequence <= 170; sequence++) {
        const struct lq_command_name name = {entry.client, sequence};
        uint64_t frame = 0;
        enum lq_window_verdict verdict = lq_client_window_judge(&entry, sequence, &frame);
        enum lq_window_finding finding = lq_command_finding_window(&name, &window);
        ck_assert_int_eq(verdict == LQ_WINDOW_DUPLICATE, finding == LQ_WINDOW_USED);
        ck_assert_int_eq(verdict == LQ_WINDOW_TOO_OLD, finding == LQ_WINDOW_BELOW);
        ck_assert_int_eq(verdict == LQ_WINDOW_EXECUTE || verdict == LQ_WINDOW_TOO_FAR,
                         finding == LQ_WINDOW_FREE);
    }
}
END_TEST

#define WINDOW(what) .window_told = true, .finding = (what)
#define SEARCHED(first, kept) .searched = true, .searched_from = (first), .oldest = (kept)
#define IN(where) .sighting = {.place = (where)}
#define LETTER(what) .letter_id = 5, .letter_state = (what)

static const struct {
    enum lq_command_answer answer;
    const char *name;
    struct lq_command_evidence evidence;
} judgements[] = {
    {LQ_ANSWER_APPLIED,
     "in a frame",
     {WINDOW(LQ_WINDOW_USED), .found = true, .outcome = LQ_OUTCOME_APPLIED}},
    {LQ_ANSWER_REFUSED,
     "refused in a frame",
     {WINDOW(LQ_WINDOW_USED), .found = true, .outcome = LQ_OUTCOME_REFUSED}},
    {LQ_ANSWER_APPLIED,
     "in a frame, and a copy waits",
     {IN(LQ_COMMAND_IN_MAILBOX), WINDOW(LQ_WINDOW_USED), .found = true,
      .outcome = LQ_OUTCOME_APPLIED}},
    {LQ_ANSWER_WAITING, "in the mailbox", {IN(LQ_COMMAND_IN_MAILBOX), WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_WAITING, "in the mailbox, load is dead", {IN(LQ_COMMAND_IN_MAILBOX)}},
    {LQ_ANSWER_UNDER_WAY, "at a stage", {IN(LQ_COMMAND_UNDER_WAY), WINDOW(LQ_WINDOW_NO_CLIENT)}},
    {LQ_ANSWER_UNDECIDED,
     "a copy of what was used up waits, and the frame was not found",
     {IN(LQ_COMMAND_IN_MAILBOX), WINDOW(LQ_WINDOW_USED), SEARCHED(10, 0)}},
    {LQ_ANSWER_HELD, "its answer is held", {IN(LQ_COMMAND_HELD)}},
    {LQ_ANSWER_DEAD_LETTERED,
     "in a letter, as the broker says",
     {IN(LQ_COMMAND_IN_LETTER), WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_DEAD_LETTERED,
     "in a letter, as the list says",
     {LETTER(LQ_LETTER_OPEN), WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_REDRIVING,
     "the redrive waits",
     {.sighting = {.place = LQ_COMMAND_IN_MAILBOX, .letter_id = 5}, WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_REDRIVING,
     "the redrive is on its way",
     {LETTER(LQ_LETTER_REDRIVING), WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_NEVER_SEEN, "a free number", {WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_NEVER_SEEN, "a client nobody knows", {WINDOW(LQ_WINDOW_NO_CLIENT)}},
    {LQ_ANSWER_NEVER_SEEN, "redriven to nothing", {LETTER(LQ_LETTER_DONE), WINDOW(LQ_WINDOW_FREE)}},
    {LQ_ANSWER_NEVER_SEEN,
     "below the window, and in none of all frames",
     {WINDOW(LQ_WINDOW_BELOW), SEARCHED(0, 0)}},
    {LQ_ANSWER_NO_LONGER_KNOWN,
     "below the window, and older frames are gone",
     {WINDOW(LQ_WINDOW_BELOW), SEARCHED(7, 7)}},
    {LQ_ANSWER_NO_LONGER_KNOWN,
     "used up in a frame that is gone",
     {WINDOW(LQ_WINDOW_USED), SEARCHED(7, 7)}},
    {LQ_ANSWER_UNDECIDED,
     "used up, and the search was too short",
     {WINDOW(LQ_WINDOW_USED), SEARCHED(8, 7)}},
    {LQ_ANSWER_UNDECIDED,
     "a later incarnation, and the search was too short",
     {WINDOW(LQ_WINDOW_LATER), SEARCHED(1, 0)}},
    {LQ_ANSWER_UNDECIDED, "not searched", {WINDOW(LQ_WINDOW_EVICTED)}},
    {LQ_ANSWER_UNDECIDED, "nobody says", {.window_told = false}},
};

START_TEST(evidence_is_judged)
{
    enum lq_command_answer answer = lq_command_finding_judge(&judgements[_i].evidence);

    ck_assert_msg(answer == judgements[_i].answer, "%s: %s", judgements[_i].name,
                  lq_command_finding_text(answer));
}
END_TEST

TCase *lq_test_command_finding(void)
{
    TCase *tc = tcase_create("command_finding");

    tcase_add_loop_test(tc, commands_are_named, 0, sizeof names / sizeof names[0]);
    tcase_add_loop_test(tc, windows_are_read, 0, sizeof windows / sizeof windows[0]);
    tcase_add_test(tc, windows_are_read_as_load_reads_them);
    tcase_add_loop_test(tc, evidence_is_judged, 0, sizeof judgements / sizeof judgements[0]);
    return tc;
}
