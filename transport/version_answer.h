// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* version_answer.h - what a peer hears that speaks another version of the wire.
 *
 * Two messages: a WELCOME of epoch 0 in the peer's own version, which says in `refused` what is
 * wrong; and the same in ours, whose framing tells it to a program that expects no refusal. The log
 * here names the process. Answers are bounded, so that nobody can have many for little.
 */
#ifndef LQ_VERSION_ANSWER_H
#define LQ_VERSION_ANSWER_H

#include "base/view.h"

#include <stdint.h>

#define LQ_VERSION_ANSWER_BYTES_MAX 256u
#define LQ_VERSION_ANSWERS_PER_S 32u

struct lq_version_answer {
    uint64_t second_ns; /* the one under way began then */
    uint32_t count;     /* answers in it */
};

/* Whether one more may be given at that time. */
bool lq_version_answer_allows(struct lq_version_answer *answer, uint64_t now_ns);

/* The message in the framing of `version`; lies in `to`. */
struct lq_view lq_version_answer_make(uint8_t peers_version, uint8_t version,
                                      uint8_t to[LQ_VERSION_ANSWER_BYTES_MAX]);

/* Say in the log who it is; pid 0: not known. */
void lq_version_answer_tell(uint8_t peers_version, uint32_t pid);

#endif
