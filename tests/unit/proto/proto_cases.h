// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* proto_cases.h - the test cases of this folder. */
#ifndef LQ_PROTO_CASES_H
#define LQ_PROTO_CASES_H

#include "tests/support/suite.h"

TCase *lq_test_actor_codec(void);
TCase *lq_test_admin_codec(void);
TCase *lq_test_client_codec(void);
TCase *lq_test_framing(void);
TCase *lq_test_mirror_codec(void);
TCase *lq_test_quota(void);
TCase *lq_test_subscription_codec(void);
TCase *lq_test_tick_codec(void);
TCase *lq_test_wire_samples_golden(void);
TCase *lq_test_wire_limits(void);
TCase *lq_test_wire_out(void);
TCase *lq_test_wire_samples(void);
TCase *lq_test_wire_text(void);
TCase *lq_test_wire_varint(void);

#endif
