// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* canonical.h - the one byte form of a tick that hashes and seals cover, and its way back.
 *
 * content(n) of docs/ledger-format.md: inputs (commands with outcomes, steps, seed, session
 * configuration, pipeline hash, stage versions, wall time), then the client windows and the whole
 * world after. Fields in order, little endian, columns up to the entry from which on all rows are
 * alike. Commands whose outcome is DUPLICATE or UNUSED are not part of it: nothing happened.
 *
 * Pure; depends on base/.
 */
#ifndef LQ_CANONICAL_H
#define LQ_CANONICAL_H

#include "base/view.h"
#include "world/tick.h"

/* 2 is 1 with flags behind the configuration, written for a session that has some: so each content
 * has one form, and what was hashed stays. */
#define LQ_CANONICAL_VERSION 1u
#define LQ_CANONICAL_VERSION_WITH_FLAGS 2u

/* Write `tick` to `to`. *written is the length. LQ_ERR_LIMIT: it does not fit into `bytes_max`.
 * LQ_ERR_INVALID: what no record can hold: a pending command (lq_tick_conclude() comes first), an
 * outcome or kind out of range, too many custom bytes or steps. On an error `to` holds rubbish. */
LQ_MUST_CHECK enum lq_result lq_canonical_encode(const struct lq_tick *tick, uint8_t *to,
                                                 size_t bytes_max, size_t *written);

/* Read a tick back. Views inside it (custom bytes) point into `content`. LQ_ERR_MALFORMED for
 * anything but exactly one well-formed content (truncated, trailing bytes, a bad world); then
 * *where names the field (static text) and `tick` is undefined. LQ_ERR_VERSION: another canonical
 * version. */
LQ_MUST_CHECK enum lq_result lq_canonical_decode(struct lq_view content, struct lq_tick *tick,
                                                 const char **where);

#endif
