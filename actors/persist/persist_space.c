// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the partition takes, measured where it is written: after a batch, a step of the window
 * apart. The samples lie in the partition's folder, for lqctl and for the next writer; what is too
 * soon is in the log once an hour, and in the status while it lasts. */
#include "actors/persist/persist_handler.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/lmdb/ledger_space.h"

#include <inttypes.h>
#include <stdio.h>

#define SAY_AGAIN_NS (3600 * LQ_NS_PER_S)
#define S_PER_HOUR 3600u
#define S_PER_MINUTE 60u

/* Samples of another boot, or of another window, cannot be gone on with. */
void lq_persist_space_begin(struct lq_persist_handler *handler,
                            const struct lq_cluster_config *cluster)
{
    struct lq_persist_space *space = &handler->space;
    uint64_t window_ns = cluster->growth_window_s * LQ_NS_PER_S;
    char boot[LQ_SPACE_BOOT_BYTES];
    enum lq_result result = lq_space_page_read(handler->paths.folder, &space->page);

    lq_space_page_boot(boot);
    if (result != LQ_OK || boot[0] == '\0' || strcmp(boot, space->page.boot) != 0 ||
        space->page.history.window_ns != window_ns) {
        memset(&space->page, 0, sizeof space->page);
        memcpy(space->page.boot, boot, sizeof boot);
        lq_space_history_begin(&space->page.history, window_ns);
    }
    space->map_bytes_max =
        cluster->map_bytes_max > cluster->map_bytes ? cluster->map_bytes_max : cluster->map_bytes;
    space->reserve_s = cluster->reserve_hours * S_PER_HOUR;
    space->said = LQ_SPACE_ENOUGH;
    lq_persist_space_watch(handler);
}

static void say(struct lq_persist_space *space, enum lq_space_verdict verdict,
                const struct lq_space_forecast *forecast, uint64_t now_ns)
{
    bool map = verdict == LQ_SPACE_MAP_SHORT;
    uint64_t full_s = map ? forecast->map_full_s : forecast->disk_full_s;
    struct lq_space_growth growth = lq_space_history_growth(&space->page.history);

    snprintf(space->remark, sizeof space->remark,
             "the %s is full in %" PRIu64 " h %" PRIu64 " min as the ledger grows",
             map ? "map" : "disk", full_s / S_PER_HOUR, full_s % S_PER_HOUR / S_PER_MINUTE);
    if (now_ns >= space->say_ns) {
        lq_log_warning("%s, by %" PRIu64 " bytes an hour; the reserve is %" PRIu64 " h: %s",
                       space->remark, growth.bytes_per_hour, space->reserve_s / S_PER_HOUR,
                       map ? "raise store/map_bytes_max and restart persist"
                           : "free space on it, or move the data folder to a larger one");
        space->said = verdict;
        space->say_ns = now_ns + SAY_AGAIN_NS;
    }
}

static void judge(struct lq_persist_space *space, const struct lq_ledger_space *found,
                  uint64_t now_ns)
{
    const struct lq_space_room room = {
        found->used_bytes, found->free_bytes,
        space->map_bytes_max > found->map_bytes ? space->map_bytes_max : found->map_bytes,
        found->disk_free_bytes};
    struct lq_space_growth growth = lq_space_history_growth(&space->page.history);
    struct lq_space_forecast forecast = lq_space_forecast_make(&room, &growth);
    enum lq_space_verdict verdict = lq_space_forecast_judge(&forecast, &growth, space->reserve_s);

    if (verdict != LQ_SPACE_ENOUGH) {
        say(space, verdict, &forecast, now_ns);
        return;
    }
    if (space->said != LQ_SPACE_ENOUGH) {
        lq_log_info("the ledger's map and disk have room for the reserve again");
    }
    space->said = LQ_SPACE_ENOUGH;
    space->remark[0] = '\0';
}

void lq_persist_space_watch(struct lq_persist_handler *handler)
{
    struct lq_persist_space *space = &handler->space;
    uint64_t now_ns = lq_clock_monotonic_ns();
    struct lq_ledger_space found;

    if (now_ns < space->look_ns) {
        return;
    }
    space->look_ns = now_ns + space->page.history.window_ns / LQ_SPACE_STEPS;
    enum lq_result result = lq_ledger_read_begin(handler->ledger);
    if (result == LQ_OK) {
        result = lq_ledger_space(handler->ledger, &found);
        lq_ledger_read_end(handler->ledger);
    }
    if (result != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "what the ledger takes is not known: %s",
                      lq_result_text(result));
        return;
    }
    lq_space_history_add(&space->page.history,
                         (struct lq_space_sample){now_ns, found.used_bytes, found.free_bytes});
    if (lq_space_page_write(handler->paths.folder, &space->page) != LQ_OK) {
        lq_log_rarely(LQ_LOG_WARNING, "%s/space cannot be written", handler->paths.folder);
    }
    judge(space, &found, now_ns);
}
