// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What is too old goes, some of it at the end of a group: so it needs no fsync of its own, and
 * whatever kills the writer finds records, head, index and proof as one transaction left them.
 * What may go, store/core/compaction.h says; here is how it is found and taken away. */
#include "base/clock.h"
#include "base/log.h"
#include "store/core/content_prefix.h"
#include "store/core/retention.h"
#include "store/lmdb/compaction_piece.h"

#include <inttypes.h>

static MDB_dbi database(const struct lq_commit_group *group, enum lq_ledger_database which)
{
    return group->ledger->environment.databases[which];
}

/* ---- what there is ---- */

/* Up to which record all feeds have come. */
static enum lq_result find_passed(struct lq_commit_group *group, uint64_t *passed)
{
    struct lq_outbox_cursors cursors = {.count = 0};
    enum lq_result result = LQ_OK;

    *passed = UINT64_MAX;
    if (group->state.cursor_count > 0) {
        result = lq_commit_cursor_list(group, &cursors);
    }
    for (uint32_t index = 0; index < cursors.count; index++) {
        uint64_t at = cursors.list[index].at.ledger_sequence;
        *passed = at < *passed ? at : *passed;
    }
    return result;
}

/* The next session behind the one that was looked at last. LQ_ERR_NOT_FOUND: that was the last. */
static enum lq_result next_session(struct lq_commit_group *group, struct lq_compaction_visit *visit)
{
    uint64_t after = group->ledger->compacted_session + 1;
    MDB_val key = lq_lmdb_environment_value(&after, sizeof after);
    MDB_val value = {0, NULL};
    enum lq_result result = lq_lmdb_environment_result(
        mdb_cursor_get(group->heads, &key, &value, MDB_SET_RANGE), "next head");

    if (result == LQ_OK) {
        memcpy(&visit->session_number, key.mv_data, sizeof visit->session_number);
        result = lq_head_decode(lq_lmdb_environment_view(value), &visit->head);
    }
    return result;
}

/* The farthest keyframe that a piece may end before. LQ_ERR_NOT_FOUND: none lies behind the first
 * frame. */
static enum lq_result walk_index(MDB_cursor *cursor, const struct lq_compaction_visit *visit,
                                 uint64_t *frame, uint64_t *sequence)
{
    uint8_t name[LQ_LEDGER_KEY_FRAME_BYTES];
    MDB_val key = lq_lmdb_environment_value(name, sizeof name);
    MDB_val value = {0, NULL};
    uint64_t end = visit->seen.first_frame + LQ_COMPACTION_FRAMES;
    uint64_t next_frame;
    uint64_t next_sequence;

    lq_ledger_key_frame(visit->session_number, visit->seen.first_frame + 1, name);
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    enum lq_result result =
        lq_compaction_piece_read_entry(visit, code, key, value, frame, sequence);
    if (result != LQ_OK) {
        return result;
    }
    while (*frame < end) {
        code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
        result =
            lq_compaction_piece_read_entry(visit, code, key, value, &next_frame, &next_sequence);
        if (result == LQ_ERR_NOT_FOUND || (result == LQ_OK && next_frame > end)) {
            return LQ_OK;
        }
        if (result != LQ_OK) {
            return result;
        }
        *frame = next_frame;
        *sequence = next_sequence;
    }
    return LQ_OK;
}

static enum lq_result find_keyframe(struct lq_commit_group *group,
                                    const struct lq_compaction_visit *visit, struct lq_view *record,
                                    struct lq_record_header *header)
{
    MDB_cursor *cursor;
    uint64_t frame = 0;
    uint64_t sequence = 0;
    int code = mdb_cursor_open(group->txn, database(group, LQ_LEDGER_FRAMES), &cursor);

    if (code != 0) {
        return lq_lmdb_environment_result(code, "open a cursor of frames");
    }
    enum lq_result result = walk_index(cursor, visit, &frame, &sequence);
    mdb_cursor_close(cursor);
    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_lookup_record(group->ledger, group->txn, sequence, record, header);
    bool fits = result == LQ_OK && header->session_number == visit->session_number &&
                header->frame == frame && frame <= visit->head.frame &&
                header->kind == LQ_RECORD_KEYFRAME;
    return fits || (result != LQ_OK && result != LQ_ERR_NOT_FOUND) ? result : LQ_ERR_CORRUPT;
}

/* How old a keyframe is, and for how long its tenant keeps frames. What does not open has no age:
 * that of a tenant whose keys were destroyed stays until it is deleted. */
static void date(struct lq_commit_group *group, struct lq_view record,
                 const struct lq_record_header *header, struct lq_compaction_session *seen)
{
    lq_ledger_t *ledger = group->ledger;
    struct lq_session_names names;
    struct lq_tenant_value tenant;
    const uint8_t *key;

    if (header->content_bytes > LQ_TICK_BYTES_MAX ||
        lq_ledger_lookup_key(ledger, group->txn, header->tenant_number, header->seal_generation,
                             &key) != LQ_OK ||
        lq_record_seal_unseal(record, key, ledger->plain) != LQ_OK) {
        return;
    }
    struct lq_view content =
        lq_view_of(ledger->plain + LQ_RECORD_SALT_BYTES, header->content_bytes);
    seen->is_dated = lq_content_prefix_wall(content, &seen->wall_ns) == LQ_OK &&
                     lq_content_prefix_read(content, &names) == LQ_OK &&
                     lq_ledger_lookup_tenant(ledger, group->txn, names.tenant, &tenant) == LQ_OK &&
                     tenant.number == header->tenant_number;
    if (seen->is_dated) {
        seen->retention_s = tenant.has_retention ? tenant.retention_s : ledger->retention_s;
    }
}

static struct lq_session_age *age_of(struct lq_commit_group *group,
                                     const struct lq_compaction_visit *visit)
{
    return &group->ledger->ages[visit->session_number % LQ_LEDGER_AGES_CACHED];
}

/* Looked at before, and still young. */
static bool is_young(struct lq_commit_group *group, const struct lq_compaction_visit *visit)
{
    const struct lq_session_age *age = age_of(group, visit);

    return visit->head.life != LQ_HEAD_DELETED && age->session_number == visit->session_number &&
           age->first_frame == lq_head_first_frame(&visit->head) &&
           !lq_retention_is_over(age->retention_s, group->now.wall_ns, age->wall_ns);
}

static enum lq_result look_at(struct lq_commit_group *group, struct lq_compaction_visit *visit)
{
    struct lq_compaction_session *seen = &visit->seen;
    struct lq_record_header header;
    struct lq_view record;

    *seen = (struct lq_compaction_session){
        .is_deleted = visit->head.life == LQ_HEAD_DELETED,
        .first_frame = lq_head_first_frame(&visit->head),
        .head_frame = visit->head.frame,
        .held_sequence = visit->head.ledger_sequence,
    };
    visit->last_sequence = visit->head.ledger_sequence;
    if (seen->first_frame >= seen->head_frame) {
        return LQ_OK; /* the head at most */
    }
    enum lq_result result = find_keyframe(group, visit, &record, &header);
    if (result == LQ_ERR_NOT_FOUND) {
        return LQ_OK;
    }
    if (result == LQ_OK) {
        seen->has_keyframe = true;
        seen->keyframe = header.frame;
        seen->held_sequence = header.ledger_sequence;
        visit->last_sequence = header.previous_sequence;
        if (!seen->is_deleted) {
            date(group, record, &header, seen);
            *age_of(group, visit) =
                (struct lq_session_age){seen->is_dated ? visit->session_number : 0,
                                        seen->first_frame, seen->wall_ns, seen->retention_s};
        }
    }
    return result;
}

/* ---- a step ---- */

/* What of one session may go, as far as the step goes. */
static enum lq_result compact_session(struct lq_commit_group *group,
                                      struct lq_compaction_visit *visit,
                                      const struct lq_compaction_now *now,
                                      struct lq_compaction_step *step)
{
    uint64_t last_frame = 0;
    uint64_t records;
    uint64_t bytes;

    for (;;) {
        enum lq_result result = look_at(group, visit);
        if (result != LQ_OK) {
            return result;
        }
        enum lq_compaction_verdict verdict = lq_compaction_judge(&visit->seen, now, &last_frame);
        if (verdict == LQ_COMPACTION_WAITS && !now->believed) {
            group->ledger->drop_waits_for_clock = true;
        }
        if (verdict != LQ_COMPACTION_GOES) {
            return LQ_OK;
        }
        result = lq_compaction_piece_drop(group, visit, last_frame, &records, &bytes);
        if (result != LQ_OK) {
            return result;
        }
        lq_compaction_step_dropped(step, records, bytes);
        if (!lq_compaction_step_goes_on(step, lq_clock_running_ns())) {
            group->ledger->compacted_session--; /* this one again */
            return LQ_OK;
        }
    }
}

static bool is_damage(enum lq_result result)
{
    return result == LQ_ERR_CORRUPT || result == LQ_ERR_VERSION;
}

static enum lq_result visit_next(struct lq_commit_group *group, const struct lq_compaction_now *now,
                                 struct lq_compaction_step *step)
{
    lq_ledger_t *ledger = group->ledger;
    struct lq_compaction_visit visit = {.session_number = 0};
    enum lq_result result = next_session(group, &visit);

    if (result == LQ_ERR_NOT_FOUND) {
        return result;
    }
    if (result == LQ_OK || is_damage(result)) {
        ledger->compacted_session = visit.session_number;
    }
    if (result == LQ_OK && !is_young(group, &visit)) {
        result = compact_session(group, &visit, now, step);
    }
    if (is_damage(result)) {
        lq_log_rarely(LQ_LOG_ERROR,
                      "session number %" PRIu64 " is damaged, and nothing of it is dropped: verify "
                      "the ledger",
                      visit.session_number);
        return LQ_OK;
    }
    return result;
}

enum lq_result lq_commit_compaction_step(struct lq_commit_group *group)
{
    lq_ledger_t *ledger = group->ledger;
    struct lq_compaction_now now = {.believed = ledger->wall_guard.verdict == LQ_WALL_BELIEVED,
                                    .wall_ns = group->now.wall_ns};
    struct lq_compaction_step step;
    uint64_t running_ns = lq_clock_running_ns();
    enum lq_result result = find_passed(group, &now.passed_sequence);

    lq_compaction_step_begin(&step, group->appended, running_ns);
    ledger->drop_waits_for_clock = ledger->drop_waits_for_clock && !now.believed;
    while (result == LQ_OK && lq_compaction_step_visits(&step, running_ns)) {
        result = visit_next(group, &now, &step);
        running_ns = lq_clock_running_ns();
    }
    if (result == LQ_ERR_NOT_FOUND) { /* all were looked at: the next step begins anew */
        ledger->compacted_session = 0;
        result = LQ_OK;
    }
    group->state.drop_waits = ledger->drop_waits_for_clock;
    return result;
}
