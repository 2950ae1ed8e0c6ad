// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/unused_reason.h"

#include "base/error_name.h"

/* First words of the reasons of broker/core that say nothing about the ledger. */
static const char *const undecided[] = {LQ_REASON_BROKER_FULL,   LQ_REASON_BROKER_PAUSED,
                                        LQ_REASON_CLIENT_QUOTA,  LQ_REASON_MAILBOX_FULL,
                                        LQ_REASON_MIRROR_BEHIND, LQ_REASON_TENANT_QUOTA,
                                        LQ_REASON_UNDECIDED};

/* As a word of its own, or with a colon and a text behind it. */
static bool begins_with(struct lq_view reason, const char *text)
{
    struct lq_view word = lq_view_text(text);

    return reason.bytes >= word.bytes && memcmp(reason.data, word.data, word.bytes) == 0 &&
           (reason.bytes == word.bytes || reason.data[word.bytes] == ':');
}

bool lq_unused_reason_is_quota(struct lq_view reason)
{
    return begins_with(reason, LQ_REASON_TENANT_QUOTA) ||
           begins_with(reason, LQ_REASON_MIRROR_BEHIND);
}

bool lq_unused_reason_decides(struct lq_view reason, uint32_t copies)
{
    LQ_ASSERT(copies > 0);
    if (copies == 1) {
        return true;
    }
    for (size_t index = 0; index < sizeof undecided / sizeof undecided[0]; index++) {
        if (begins_with(reason, undecided[index])) {
            return false;
        }
    }
    return true;
}
