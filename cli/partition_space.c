// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/partition_space.h"

#include "base/clock.h"
#include "base/error_message.h"
#include "cli/exit_code.h"
#include "store/lmdb/map_guard.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

#define S_PER_HOUR 3600u

static void note_fault(struct lq_partition_space *space, enum lq_result result, const char *text)
{
    snprintf(space->fault, sizeof space->fault, "%s",
             text[0] != '\0' ? text : lq_result_text(result));
}

static enum lq_result find(lq_ledger_t *ledger, struct lq_partition_space *space)
{
    enum lq_result result = lq_ledger_read_begin(ledger);

    if (result != LQ_OK) {
        return result;
    }
    result = lq_ledger_space(ledger, &space->found);
    if (result == LQ_OK) {
        result = lq_ledger_feed_state(ledger, &space->feed);
    }
    lq_ledger_read_end(ledger);
    return result;
}

/* LMDB keeps the slot of a process that was killed until somebody looks for it. */
static void forget_dead_reader(struct lq_ledger_space *found)
{
    if (found->reader_pid != 0 && kill((pid_t)found->reader_pid, 0) != 0 && errno == ESRCH) {
        found->reader_pid = 0;
        found->reader_lag = 0;
    }
}

void lq_partition_space_judge(struct lq_partition_space *space, struct lq_space_page *page,
                              const char *boot, uint64_t now_ns)
{
    const struct lq_ledger_space *found = &space->found;
    const struct lq_space_room room = {
        found->used_bytes, found->free_bytes,
        space->map_bytes_max > found->map_bytes ? space->map_bytes_max : found->map_bytes,
        found->disk_free_bytes};

    space->growth = (struct lq_space_growth){0};
    if (page != NULL) {
        /* What happened since its writer's last sample counts, that nothing did above all. */
        if (boot[0] != '\0' && strcmp(boot, page->boot) == 0 && page->history.count > 0 &&
            now_ns >= page->history.samples[page->history.count - 1].at_ns) {
            lq_space_history_add(&page->history, (struct lq_space_sample){now_ns, found->used_bytes,
                                                                          found->free_bytes});
        }
        space->growth = lq_space_history_growth(&page->history);
    }
    space->forecast = lq_space_forecast_make(&room, &space->growth);
    space->verdict = lq_space_forecast_judge(&space->forecast, &space->growth, space->reserve_s);
}

static void look(lq_ledger_t **ledger, const struct lq_cluster_config *cluster,
                 struct lq_partition_space *space)
{
    const struct lq_partition_paths paths = lq_cluster_partition(cluster, space->partition);
    const struct lq_ledger_options options = {
        .folder = paths.folder, .map_bytes = cluster->map_bytes, .partition = space->partition};
    struct lq_error_message message = {""};
    struct lq_space_page page;
    char boot[LQ_SPACE_BOOT_BYTES];
    enum lq_result result = LQ_OK;

    if (*ledger == NULL) {
        result = lq_ledger_open_reader(&options, ledger, &message);
    }
    if (result == LQ_OK) {
        result = find(*ledger, space);
    }
    if (result != LQ_OK) {
        note_fault(space, result, message.text);
        return;
    }
    forget_dead_reader(&space->found);
    lq_space_page_boot(boot);
    bool has_page = lq_space_page_read(paths.folder, &page) == LQ_OK;
    lq_partition_space_judge(space, has_page ? &page : NULL, boot, lq_clock_monotonic_ns());
}

void lq_partition_space_look(struct lq_partition_spaces *spaces,
                             const struct lq_cluster_config *cluster)
{
    struct lq_partition_space *space = &spaces->spaces[0];

    LQ_ASSERT(cluster->partitions == 1);
    spaces->count = 1;
    *space = (struct lq_partition_space){.map_bytes_max = cluster->map_bytes_max,
                                         .reserve_s = cluster->reserve_hours * S_PER_HOUR,
                                         .verdict = LQ_SPACE_ENOUGH};
    if (space->map_bytes_max < cluster->map_bytes) {
        space->map_bytes_max = cluster->map_bytes;
    }
    lq_map_guard_arm("lqctl", LQ_EXIT_BROKEN);
    look(&spaces->ledger, cluster, space);
    lq_map_guard_disarm();
}

void lq_partition_space_close(struct lq_partition_spaces *spaces)
{
    lq_ledger_close(&spaces->ledger);
}

bool lq_partition_space_enough(const struct lq_partition_spaces *spaces)
{
    for (uint32_t index = 0; index < spaces->count; index++) {
        const struct lq_partition_space *space = &spaces->spaces[index];
        if (space->verdict != LQ_SPACE_ENOUGH || space->feed.drop_waits) {
            return false;
        }
    }
    return true;
}
