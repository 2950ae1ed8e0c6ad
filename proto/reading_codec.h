// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* reading_codec.h - for admin_codec.c: which frames are asked for, frames, a player's window, and
 * where a command is. */
#ifndef LQ_READING_CODEC_H
#define LQ_READING_CODEC_H

#include "base/arena.h"
#include "proto/reading.h"
#include "proto/wire_out.h"

struct Ledgerquest__V1__ReadRange;
struct Ledgerquest__V1__FrameEntry;
struct Ledgerquest__V1__WindowEntry;
struct Ledgerquest__V1__CommandName;
struct Ledgerquest__V1__CommandSighting;

void lq_reading_codec_put_range(struct lq_wire_out *out, uint32_t number,
                                const struct lq_read_range *range);
void lq_reading_codec_take_range(const struct Ledgerquest__V1__ReadRange *from,
                                 struct lq_read_range *range);

void lq_reading_codec_put_frame(struct lq_wire_out *out, uint32_t number,
                                const struct lq_frame_entry *frame);
/* Commands and events lie in the arena. */
LQ_MUST_CHECK enum lq_result
lq_reading_codec_take_frame(const struct Ledgerquest__V1__FrameEntry *from, struct lq_arena *arena,
                            struct lq_frame_entry *frame, const char **where);

void lq_reading_codec_put_window(struct lq_wire_out *out, uint32_t number,
                                 const struct lq_window_entry *window);
LQ_MUST_CHECK enum lq_result
lq_reading_codec_take_window(const struct Ledgerquest__V1__WindowEntry *from,
                             struct lq_window_entry *window, const char **where);

void lq_reading_codec_put_name(struct lq_wire_out *out, uint32_t number,
                               const struct lq_command_name *name);
LQ_MUST_CHECK enum lq_result
lq_reading_codec_take_name(const struct Ledgerquest__V1__CommandName *from,
                           struct lq_command_name *name, const char **where);

void lq_reading_codec_put_sighting(struct lq_wire_out *out, uint32_t number,
                                   const struct lq_command_sighting *sighting);
LQ_MUST_CHECK enum lq_result
lq_reading_codec_take_sighting(const struct Ledgerquest__V1__CommandSighting *from,
                               struct lq_command_sighting *sighting, const char **where);

#endif
