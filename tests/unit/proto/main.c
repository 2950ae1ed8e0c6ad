// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "tests/unit/proto/proto_cases.h"

int main(void)
{
    static const lq_test_case_fn cases[] = {
        lq_test_framing,      lq_test_wire_text,          lq_test_wire_out,
        lq_test_wire_limits,  lq_test_tick_codec,         lq_test_actor_codec,
        lq_test_client_codec, lq_test_admin_codec,        lq_test_wire_samples_golden,
        lq_test_wire_samples, lq_test_wire_varint,        lq_test_quota,
        lq_test_mirror_codec, lq_test_subscription_codec,
    };

    return lq_suite_run("proto", cases, sizeof cases / sizeof cases[0]);
}
