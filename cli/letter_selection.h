// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* letter_selection.h - which dead letters a command is about: ids, or filters, or all. Filters are
 * turned into ids by listing, so that what is counted, asked about and changed is the same set. */
#ifndef LQ_LETTER_SELECTION_H
#define LQ_LETTER_SELECTION_H

#include "cli/broker_call.h"

struct lq_letter_selection {
    const char *tenant, *session, *stage, *error; /* NULL: any. session: the name alone */
    char
        stage_name[LQ_STAGE_NAME_BYTES_MAX + 1]; /* as letters have it, once the broker was asked */
    struct lq_session_path path;
    uint8_t state; /* enum lq_letter_state; 0: any */
    bool by_ids;
    uint64_t *ids;
    uint32_t id_count, id_count_max;
    uint32_t missing;  /* of the named ids: those that are no letter's */
    uint32_t left_out; /* being redriven: only ids and --state redriving mean them */
};

/* From the options, and ids from the arguments where `with_ids`; then one of ids, a filter or --all
 * must be there. LQ_EXIT_USAGE is said on stderr. Released by lq_letter_selection_release(),
 * always. */
enum lq_exit_code lq_letter_selection_read(const struct lq_invocation *invocation, bool with_ids,
                                           struct lq_letter_selection *selection);
void lq_letter_selection_release(struct lq_letter_selection *selection);

/* "dlq_<16 hexadecimal digits>" */
bool lq_letter_selection_id(const char *text, uint64_t *id);

/* Calls `each` for every letter that fits, page by page, oldest first; letters live for the call.
 * LQ_EXIT_NOT_FOUND: none does because the tenant, session or stage asked for does not exist (said
 * on stderr). */
typedef void (*lq_letter_selection_fn)(void *context, const struct lq_letter *letter);
enum lq_exit_code lq_letter_selection_each(struct lq_broker_call *call,
                                           struct lq_letter_selection *selection,
                                           lq_letter_selection_fn each, void *context);

/* The ids of all letters that fit, unless ids were given. Those being redriven do not fit a
 * selection that does not name their state. */
enum lq_exit_code lq_letter_selection_collect(struct lq_broker_call *call,
                                              struct lq_letter_selection *selection);

/* Ask for `kind` with all collected ids, a thousand at a time; *count: those it happened to. What
 * the broker remarks is passed on as a note. */
enum lq_exit_code lq_letter_selection_apply(struct lq_broker_call *call,
                                            const struct lq_letter_selection *selection,
                                            enum lq_admin_kind kind, bool dry_run, uint64_t *count);

const char *lq_letter_selection_state_name(uint8_t state);

#endif
