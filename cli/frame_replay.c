// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/frame_replay.h"

#include "replay/replay.h"
#include "world/canonical.h"

#include <inttypes.h>
#include <stdio.h>

struct session_replay {
    struct lq_frame_replay *memory;
    lq_ledger_t *ledger;
    struct lq_session_names names;
    struct lq_frame_replay_counts *counts;
    struct lq_error_message *message;
    uint64_t places[LQ_PLACES_MAX]; /* of the frames from `places_from` on */
    uint64_t places_from;
    uint32_t places_count;
};

/* Where record `frame` lies: asked for by runs, since frames are read one after the other. */
static enum lq_result find_place(struct session_replay *job, uint64_t frame, uint64_t *place)
{
    if (frame < job->places_from || frame - job->places_from >= job->places_count) {
        enum lq_result rc =
            lq_ledger_places(job->ledger, job->names, frame, job->places, &job->places_count);
        if (rc != LQ_OK) {
            return rc;
        }
        job->places_from = frame;
    }
    *place = job->places[frame - job->places_from];
    return LQ_OK;
}

/* Read and decode record `frame` into place `which`. */
static enum lq_result read_frame(struct session_replay *job, uint64_t frame, unsigned which,
                                 struct lq_record_info *info)
{
    struct lq_record_buffer buffer = {.memory = job->memory->contents[which],
                                      .bytes_max = LQ_TICK_BYTES_MAX};
    const char *where = NULL;
    uint64_t place = 0;
    enum lq_result rc = find_place(job, frame, &place);

    if (rc == LQ_OK) {
        rc = lq_ledger_read_record(job->ledger, job->names, place, &buffer, info, job->message);
    }
    if (rc == LQ_OK && info->frame != frame) {
        rc = LQ_ERR_CORRUPT;
    }
    if (rc != LQ_OK) {
        if (job->message->text[0] == '\0') {
            lq_error_message_set(job->message, "frame %" PRIu64 ": %s", frame, lq_result_text(rc));
        }
        return rc;
    }
    rc = lq_canonical_decode(buffer.content, &job->memory->ticks[which], &where);
    if (rc != LQ_OK) {
        lq_error_message_set(job->message, "frame %" PRIu64 " cannot be decoded at %s", frame,
                             where != NULL ? where : "its version");
        return LQ_ERR_CORRUPT;
    }
    return LQ_OK;
}

static void note_missing(struct lq_frame_replay_counts *counts,
                         const struct lq_stage_version *missing)
{
    counts->as_recorded++;
    if (counts->missing_stage[0] == '\0') {
        snprintf(counts->missing_stage, sizeof counts->missing_stage, "%s version %u",
                 missing->name, missing->version);
    }
}

void lq_frame_replay_compare(struct lq_frame_replay *replay, struct lq_tick *before,
                             const struct lq_record_info *info, const struct lq_tick *recorded,
                             struct lq_frame_replay_counts *counts)
{
    const struct lq_stage_version *missing = NULL;
    uint8_t digest[LQ_HASH_BYTES];
    size_t bytes = 0;

    counts->frames++;
    if (lq_replay_frame(before, recorded, &missing) == LQ_REPLAY_AS_RECORDED) {
        note_missing(counts, missing);
        return;
    }
    enum lq_result rc = lq_canonical_encode(before, replay->recomputed, LQ_TICK_BYTES_MAX, &bytes);
    if (rc == LQ_OK) {
        lq_ledger_digest_as(info, lq_view_of(replay->recomputed, bytes), digest);
    } else {
        memset(digest, 0, sizeof digest); /* what no record can hold equals no record */
    }
    if (memcmp(digest, info->digest, sizeof digest) == 0) {
        counts->equal++;
        return;
    }
    if (counts->differing++ == 0) {
        counts->first.frame = info->frame;
        memcpy(counts->first.recorded, info->digest, LQ_HASH_BYTES);
        memcpy(counts->first.recomputed, digest, LQ_HASH_BYTES);
        (void)lq_world_difference_find(&recorded->world, &before->world, &counts->first.world);
    }
}

/* One frame: place `which` holds the frame before it, the other one gets this frame's. */
static enum lq_result replay_one(struct session_replay *job, uint64_t frame, unsigned which)
{
    struct lq_record_info info;
    enum lq_result rc = read_frame(job, frame, which ^ 1, &info);

    if (rc == LQ_OK) {
        lq_frame_replay_compare(job->memory, &job->memory->ticks[which], &info,
                                &job->memory->ticks[which ^ 1], job->counts);
    }
    return rc;
}

enum lq_result lq_frame_replay_session(struct lq_frame_replay *replay, lq_ledger_t *ledger,
                                       struct lq_session_names names, struct lq_frame_range range,
                                       struct lq_frame_replay_counts *counts,
                                       struct lq_error_message *message)
{
    struct session_replay job = {
        .memory = replay,
        .ledger = ledger,
        .names = names,
        .counts = counts,
        .message = message,
    };
    struct lq_record_info info;
    struct lq_head head;
    unsigned which = 0;

    LQ_ASSERT(range.from >= 1);
    *counts = (struct lq_frame_replay_counts){.frames = 0};
    message->text[0] = '\0';
    enum lq_result rc = lq_ledger_read_begin(ledger);
    if (rc != LQ_OK) {
        return rc;
    }
    rc = lq_ledger_head(ledger, job.names, &head);
    lq_ledger_read_end(ledger);
    /* Of a session that was restored without its oldest frames, from the second one on. */
    uint64_t second = rc == LQ_OK ? head.frame + 2 - head.record_count : 0;
    uint64_t from = range.from > second ? range.from : second;
    if (rc == LQ_OK && from <= head.frame) {
        rc = read_frame(&job, from - 1, which, &info);
    }
    for (uint64_t frame = from; rc == LQ_OK && frame <= range.to && frame <= head.frame; frame++) {
        rc = replay_one(&job, frame, which);
        which ^= 1;
    }
    return rc;
}
