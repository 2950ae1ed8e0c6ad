// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/unused_reason.h"
#include "tests/unit/client/client_cases.h"

static const struct {
    const char *reason;
    uint32_t copies;
    bool decides;
} rows[] = {
    {"MAILBOX_FULL: too many commands of this session wait", 1, true}, /* no other copy exists */
    {"MAILBOX_FULL: too many commands of this session wait", 2, false},
    {"BROKER_PAUSED: the store takes no work at the moment", 2, false},
    {"BROKER_FULL: too many bytes are under way", 3, false},
    {"TENANT_QUOTA: too many commands of this tenant wait", 2, false},
    {"UNDECIDED: the session is parked at load, which cannot look this command up", 2, false},
    {"CLIENT_QUOTA: too many commands of this client wait for this session", 2, false},
    {"UNDECIDED", 2, false},
    {"SESSION_PARKED: see its dead letters; lqctl session resume", 2, true}, /* load looked */
    {"SESSION_STOPPED: by an operator; lqctl session start", 2, true},
    {"SEQUENCE_TOO_OLD", 2, true},
    {"SUPERSEDED", 2, true},
    {"INCARNATION_TOO_OLD", 2, true},
    {"Session.Unknown", 2, true},
    {"INVALID_NAME: tenant or session", 2, true}, /* can never have been executed */
    {"BROKER_FULLER", 2, true},
    {"", 2, true},
};

START_TEST(reasons_decide)
{
    ck_assert_msg(lq_unused_reason_decides(lq_view_text(rows[_i].reason), rows[_i].copies) ==
                      rows[_i].decides,
                  "%s after %u copies", rows[_i].reason, rows[_i].copies);
}
END_TEST

TCase *lq_test_unused_reason(void)
{
    TCase *tcase = tcase_create("unused_reason");

    tcase_add_loop_test(tcase, reasons_decide, 0, (int)(sizeof rows / sizeof rows[0]));
    return tcase;
}
