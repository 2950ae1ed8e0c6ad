// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* text_output.h - text for people: messages on stderr, numbers and times as words. */
#ifndef LQ_TEXT_OUTPUT_H
#define LQ_TEXT_OUTPUT_H

#include "base/contract.h"
#include "base/view.h"
#include "cli/invocation.h"

/* "lqctl: ..." on stderr. */
void lq_text_output_error(const char *format, ...) LQ_PRINTF(1, 2);

/* A line on stderr, unless --quiet. */
void lq_text_output_note(const struct lq_invocation *invocation, const char *format, ...)
    LQ_PRINTF(2, 3);

/* Ask a question on stderr that only "y" or "yes" answers with yes. With --yes: true without
 * asking; without a terminal or with --no-input: false, and says so; a
 * question that could not be shown has no yes. */
bool lq_text_output_confirm(const struct lq_invocation *invocation, const char *format, ...)
    LQ_PRINTF(2, 3);

/* 32 bytes as 64 digits, or the first `digits` of them. */
#define LQ_TEXT_HASH_BYTES 65
const char *lq_text_output_hash(const uint8_t *hash, uint32_t digits, char *to);

/* "1,234,567" in `to` (32 bytes). */
const char *lq_text_output_count(uint64_t count, char *to);

/* "3h12m", "41s", "12ms" in `to` (32 bytes). */
const char *lq_text_output_span(uint64_t ms, char *to);

/* Local time "2026-01-31 12:00:00" in `to` (32 bytes). */
const char *lq_text_output_time(uint64_t wall_ns, char *to);

#endif
