// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Steps of telling the ledger's tables again. */
#include "actors/persist/persist_handler.h"

void lq_persist_telling_take(struct lq_persist_handler *handler, uint32_t item_index,
                             const struct lq_admin_request *request, struct lq_commit *commit)
{
    commit->names = (struct lq_session_names){lq_view_of(NULL, 0), lq_view_of(NULL, 0)};
    commit->kind = LQ_COMMIT_TELL_AGAIN;
    if (lq_persist_request_keep(handler, request->place, &commit->place)) {
        lq_persist_handler_add(handler, item_index, request->tag);
    }
}

void lq_persist_telling_answer(const struct lq_commit *commit, uint64_t tag,
                               struct lq_answer *answer, struct lq_out_buffer *out)
{
    const struct lq_commit_telling *telling = &commit->telling;
    struct lq_admin_reply reply = {.tag = tag,
                                   .result = LQ_OK,
                                   .count = telling->told,
                                   .has_telling = true,
                                   .telling = {lq_view_of(telling->place, telling->place_bytes),
                                               telling->first, telling->last, telling->told,
                                               telling->all}};

    if (commit->verdict == LQ_COMMIT_DONE) {
        lq_persist_request_reply(&reply, answer, out);
    } else if (commit->verdict == LQ_COMMIT_UNKNOWN) {
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_INVALID, "place: none of an answer");
    } else {
        lq_persist_request_refuse(tag, answer, out, LQ_ERR_CORRUPT,
                                  "an entry of the ledger's tables cannot be read: verify it");
    }
}
