// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_chaos.h - what a disk and operators do to the letters of core_chaos.h. */
#ifndef LQ_LETTER_CHAOS_H
#define LQ_LETTER_CHAOS_H

#include "tests/property/core_chaos.h"

/* Those on their way get to the disk, most of them. */
void lq_letter_chaos_store(struct lq_core_chaos *chaos);

/* One is redriven, or goes. */
void lq_letter_chaos_work(struct lq_core_chaos *chaos, bool redrive);

/* One of a tick without commands. They are known by their ids only. */
void lq_letter_chaos_work_on_tick(struct lq_core_chaos *chaos);

/* Somebody makes room where nothing else can. */
void lq_letter_chaos_purge_redriving(struct lq_core_chaos *chaos);

#endif
