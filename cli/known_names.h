// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* known_names.h - whether the names of a filter exist. A filter that finds nothing is success only
 * when what it names is there: a mistyped name is told, with the names that would be right. */
#ifndef LQ_KNOWN_NAMES_H
#define LQ_KNOWN_NAMES_H

#include "cli/broker_call.h"

/* The stage of the pipeline that is called so, in whatever case, by the name of its state or of its
 * resource ("Score", "score"), as letters and parked sessions name it. `stage` has
 * LQ_STAGE_NAME_BYTES_MAX + 1 bytes and holds `text` itself when the pipeline has none: there may
 * be letters of a stage that is gone. *known says which. LQ_EXIT_USAGE: no name of a stage. */
enum lq_exit_code lq_known_names_stage(struct lq_broker_call *call, const char *text, char *stage,
                                       bool *known);

/* Nothing was found under these names (NULL: not asked for). LQ_EXIT_NOT_FOUND, said on stderr: no
 * such tenant, or session. LQ_EXIT_OK: they exist, or nobody could say in time (told as a note). */
enum lq_exit_code lq_known_names_find(struct lq_broker_call *call, const char *tenant,
                                      const char *session);

/* "--stage nosuch: no such stage; the pipeline has load, physics": on stderr. LQ_EXIT_NOT_FOUND. */
enum lq_exit_code lq_known_names_no_stage(struct lq_broker_call *call, const char *option,
                                          const char *text);

#endif
