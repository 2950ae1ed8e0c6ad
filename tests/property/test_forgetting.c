// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* Sessions that grow, are deleted and forgotten piece by piece, against a model that knows all
 * frames there ever were: nothing young goes, all that is old and passed goes, what stays begins
 * with a keyframe and follows from the proof. LQ_SEED=n repeats one run. */
#include "store/core/compaction.h"
#include "store/core/drop_proof.h"
#include "store/core/retention.h"
#include "tests/support/suite.h"

#include <string.h>

enum { RUNS = 100, EVENTS = 3000, SESSIONS = 5, FRAMES_MAX = 1000 };
#define S UINT64_C(1000000000)

struct frame {
    struct lq_record_header header;
    uint8_t clear[LQ_RECORD_HEADER_BYTES];
    uint8_t digest[LQ_HASH_BYTES];
    uint8_t hash[LQ_HASH_BYTES];
    uint64_t wall_ns;
};

static struct session {
    struct frame frames[FRAMES_MAX];
    uint64_t count, first; /* first: what is there; count: all that there ever was */
    uint64_t retention_s;
    bool is_deleted;
    struct lq_drop_proof proof;
} sessions[SESSIONS];

static uint64_t draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fold(uint8_t digest[LQ_HASH_BYTES], struct lq_view message)
{
    uint8_t made[LQ_HASH_BYTES] = {0};
    uint64_t mixed = 1469598103934665603u;

    for (size_t index = 0; index < message.bytes; index++) {
        mixed = (mixed ^ message.data[index]) * 1099511628211u;
        made[index % LQ_HASH_BYTES] ^= (uint8_t)(mixed >> 40);
    }
    memcpy(digest, made, LQ_HASH_BYTES);
}

static struct lq_chain_link link_of(const struct frame *frame)
{
    return (struct lq_chain_link){&frame->header, frame->clear, frame->digest, frame->hash};
}

static void append(struct session *session, uint64_t number, uint64_t sequence, uint64_t wall_ns,
                   bool keyframe)
{
    static const uint8_t nothing[LQ_HASH_BYTES];
    struct frame *frame = &session->frames[session->count];
    const struct frame *before = session->count > 0 ? frame - 1 : NULL;

    memset(frame, 0, sizeof *frame);
    frame->header = (struct lq_record_header){
        .kind = LQ_RECORD_KEYFRAME,
        .ledger_sequence = sequence,
        .tenant_number = 1,
        .session_number = number,
        .frame = session->count,
        .previous_sequence = before == NULL ? 0 : before->header.ledger_sequence,
        .keyframe_sequence =
            before == NULL || keyframe ? sequence : before->header.keyframe_sequence,
    };
    memcpy(frame->clear, &sequence, sizeof sequence);
    memcpy(frame->digest, &wall_ns, sizeof wall_ns);
    frame->wall_ns = wall_ns;
    lq_hash_chain_next(fold, before == NULL ? nothing : before->hash, frame->clear, frame->digest,
                       frame->hash);
    session->count++;
}

static bool is_keyframe(const struct frame *frame)
{
    return frame->header.keyframe_sequence == frame->header.ledger_sequence;
}

static struct lq_compaction_session look_at(const struct session *session)
{
    struct lq_compaction_session seen = {
        .is_deleted = session->is_deleted,
        .first_frame = session->first,
        .head_frame = session->count - 1,
        .held_sequence = session->frames[session->count - 1].header.ledger_sequence,
        .retention_s = session->retention_s,
    };

    for (uint64_t frame = session->first + 1; frame < session->count; frame++) {
        if (is_keyframe(&session->frames[frame])) {
            seen.has_keyframe = seen.is_dated = true;
            seen.keyframe = frame;
            seen.held_sequence = session->frames[frame].header.ledger_sequence;
            seen.wall_ns = session->frames[frame].wall_ns;
            break;
        }
    }
    return seen;
}

/* All that may go of a session, piece by piece. */
static void forget(struct session *session, const struct lq_compaction_now *now)
{
    uint64_t last;

    for (;;) {
        struct lq_compaction_session seen = look_at(session);
        if (lq_compaction_judge(&seen, now, &last) != LQ_COMPACTION_GOES) {
            return;
        }
        for (uint64_t frame = session->first; frame <= last; frame++) {
            struct lq_chain_link link = link_of(&session->frames[frame]);
            LQ_HOLDS(lq_drop_proof_extend(&session->proof, &link, fold) == LQ_OK, "extend");
        }
        session->first = last + 1;
    }
}

/* What the frames themselves say: the first one that has to be there. */
static uint64_t first_by_model(const struct session *session, uint64_t first_before,
                               const struct lq_compaction_now *now)
{
    uint64_t first = first_before;

    for (uint64_t frame = first_before + 1; frame <= session->count; frame++) {
        bool is_end = frame == session->count;
        const struct frame *held = &session->frames[is_end ? frame - 1 : frame];
        if (held->header.ledger_sequence > now->passed_sequence ||
            (is_end && !session->is_deleted)) {
            break;
        }
        if (session->is_deleted) {
            first = is_end || is_keyframe(&session->frames[frame]) ? frame : first;
        } else if (is_keyframe(&session->frames[frame])) {
            const struct frame *key = &session->frames[frame];
            if (!now->believed || session->retention_s == 0 || key->wall_ns > now->wall_ns ||
                now->wall_ns - key->wall_ns < session->retention_s * S) {
                break;
            }
            first = frame;
        }
    }
    return first;
}

static void check(const struct session *session)
{
    LQ_HOLDS(lq_drop_proof_count(&session->proof) == session->first, "frames without a proof");
    if (session->first == 0 || session->first == session->count) {
        return;
    }
    struct lq_chain_link link = link_of(&session->frames[session->first]);
    LQ_HOLDS(lq_drop_proof_precedes(&session->proof, &link, fold), "the front does not follow");
    LQ_HOLDS(is_keyframe(&session->frames[session->first]), "the front is no keyframe");
}

START_TEST(test_forgetting_against_a_model)
{
    uint64_t state = lq_suite_seed(20261129) + (uint64_t)_i;
    struct lq_compaction_now now = {true, 1000000 * S, 0};
    uint64_t sequence = 0;
    uint64_t gone = 0;

    memset(sessions, 0, sizeof sessions);
    for (uint64_t number = 0; number < SESSIONS; number++) {
        sessions[number].retention_s = draw(&state) % 4 == 0 ? 0 : 60 + draw(&state) % 5000;
        append(&sessions[number], number + 1, ++sequence, now.wall_ns, true);
    }
    for (int event = 0; event < EVENTS; event++) {
        struct session *session = &sessions[draw(&state) % SESSIONS];
        now.wall_ns += draw(&state) % (10 * S);
        now.believed = draw(&state) % 16 != 0;
        now.passed_sequence = draw(&state) % 8 == 0 ? draw(&state) % (sequence + 1) : UINT64_MAX;
        if (draw(&state) % 2000 == 0) {
            session->is_deleted = true;
        }
        if (!session->is_deleted && session->count < FRAMES_MAX) {
            append(session, session->frames[0].header.session_number, ++sequence, now.wall_ns,
                   draw(&state) % 20 == 0);
        }
        if (draw(&state) % 4 == 0) {
            uint64_t wanted = first_by_model(session, session->first, &now);
            forget(session, &now);
            LQ_HOLDS(session->first == wanted, "first frame %lu instead of %lu",
                     (unsigned long)session->first, (unsigned long)wanted);
            check(session);
        }
    }
    for (uint64_t number = 0; number < SESSIONS; number++) {
        gone += sessions[number].first;
    }
    ck_assert_uint_gt(gone, 0);
}
END_TEST

static TCase *forgetting(void)
{
    TCase *tc = tcase_create("forgetting");

    tcase_add_loop_test(tc, test_forgetting_against_a_model, 0, RUNS);
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {forgetting};

    return lq_suite_run("forgetting", cases, sizeof cases / sizeof cases[0]);
}
