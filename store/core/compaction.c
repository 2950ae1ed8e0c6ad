// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "store/core/compaction.h"

#include "store/core/retention.h"

/* Too old, or nobody's any more. */
static enum lq_compaction_verdict judge_age(const struct lq_compaction_session *session,
                                            const struct lq_compaction_now *now)
{
    if (session->is_deleted) {
        return LQ_COMPACTION_GOES;
    }
    if (!session->has_keyframe || !session->is_dated ||
        !lq_retention_is_over(session->retention_s, now->wall_ns, session->wall_ns)) {
        return LQ_COMPACTION_STAYS;
    }
    return now->believed ? LQ_COMPACTION_GOES : LQ_COMPACTION_WAITS;
}

enum lq_compaction_verdict lq_compaction_judge(const struct lq_compaction_session *session,
                                               const struct lq_compaction_now *now,
                                               uint64_t *last_frame)
{
    if (session->first_frame > session->head_frame) {
        return LQ_COMPACTION_STAYS;
    }
    LQ_ASSERT(!session->has_keyframe || session->keyframe > session->first_frame);
    LQ_ASSERT(!session->has_keyframe || session->keyframe <= session->head_frame);
    enum lq_compaction_verdict verdict = judge_age(session, now);
    if (verdict == LQ_COMPACTION_GOES && session->held_sequence > now->passed_sequence) {
        verdict = LQ_COMPACTION_WAITS;
    }
    if (verdict == LQ_COMPACTION_GOES) {
        *last_frame = session->has_keyframe ? session->keyframe - 1 : session->head_frame;
    }
    return verdict;
}

void lq_compaction_step_begin(struct lq_compaction_step *step, uint64_t appended,
                              uint64_t running_ns)
{
    *step = (struct lq_compaction_step){
        .visits_left = 1 + appended / LQ_COMPACTION_APPENDS_PER_VISIT,
        .records_left = LQ_COMPACTION_RECORDS_LEAST + LQ_COMPACTION_RECORDS_PER_APPEND * appended,
        .bytes_left = LQ_COMPACTION_BYTES_MAX,
        .end_ns = running_ns + LQ_COMPACTION_NS_MAX,
    };
}

bool lq_compaction_step_goes_on(const struct lq_compaction_step *step, uint64_t running_ns)
{
    return step->records_left > 0 && step->bytes_left > 0 && running_ns < step->end_ns;
}

bool lq_compaction_step_visits(struct lq_compaction_step *step, uint64_t running_ns)
{
    if (step->visits_left == 0 || !lq_compaction_step_goes_on(step, running_ns)) {
        return false;
    }
    step->visits_left--;
    return true;
}

static void take(uint64_t *left, uint64_t amount)
{
    *left -= amount < *left ? amount : *left;
}

void lq_compaction_step_dropped(struct lq_compaction_step *step, uint64_t records, uint64_t bytes)
{
    take(&step->records_left, records);
    take(&step->bytes_left, bytes);
}
