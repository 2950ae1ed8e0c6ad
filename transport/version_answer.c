// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "transport/version_answer.h"

#include "base/clock.h"
#include "base/log.h"
#include "proto/actor_codec.h"

#include <stdio.h>

bool lq_version_answer_allows(struct lq_version_answer *answer, uint64_t now_ns)
{
    if (answer->second_ns == 0 || now_ns - answer->second_ns >= LQ_NS_PER_S) {
        answer->second_ns = now_ns;
        answer->count = 0;
    }
    if (answer->count == LQ_VERSION_ANSWERS_PER_S) {
        return false;
    }
    answer->count++;
    return true;
}

struct lq_view lq_version_answer_make(uint8_t peers_version, uint8_t version,
                                      uint8_t to[LQ_VERSION_ANSWER_BYTES_MAX])
{
    char why[LQ_REASON_BYTES_MAX];
    size_t bytes = 0;

    snprintf(why, sizeof why,
             "wire version %u is not spoken here, but %d: build against this version of the engine",
             peers_version, LQ_WIRE_VERSION);
    struct lq_welcome welcome = {.refused = lq_view_text(why)};
    enum lq_result encoded = lq_welcome_encode(&welcome, to, LQ_VERSION_ANSWER_BYTES_MAX, &bytes);
    LQ_ASSERT(encoded == LQ_OK);
    to[LQ_FRAMING_VERSION_AT] = version;
    return lq_view_of(to, bytes);
}

void lq_version_answer_tell(uint8_t peers_version, uint32_t pid)
{
    static struct lq_log_throttle lines = LQ_LOG_THROTTLE(4);

    lq_log_throttled(&lines, LQ_LOG_WARNING,
                     "process %u speaks wire version %u and not %d: it was built "
                     "against another version of the engine, and gets no work and no answers",
                     pid, peers_version, LQ_WIRE_VERSION);
}
