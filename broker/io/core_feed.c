// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/io/core_feed.h"

#include "base/alloc.h"
#include "broker/io/effect_runner.h"

#include <stdlib.h>

void lq_core_feed_open(struct lq_core_feed *feed, lq_broker_core_t *core,
                       struct lq_effect_runner *runner, uint64_t epoch)
{
    feed->core = core;
    feed->runner = runner;
    feed->epoch = epoch;
    feed->effects.count_max = LQ_CORE_FEED_EFFECTS_MAX;
    feed->effects.entries = lq_alloc(LQ_CORE_FEED_EFFECTS_MAX, sizeof *feed->effects.entries);
}

void lq_core_feed_close(struct lq_core_feed *feed)
{
    free(feed->effects.entries);
    feed->effects.entries = NULL;
}

void lq_core_feed_step(struct lq_core_feed *feed, const struct lq_broker_event *event)
{
    lq_broker_core_step(feed->core, event, feed->now_ns, &feed->effects);
    lq_effect_runner_run(feed->runner, &feed->effects);
}
