// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* mirror_samples.h - for wire_samples.c: what is said of the mirror and of places in the ledger. */
#ifndef LQ_MIRROR_SAMPLES_H
#define LQ_MIRROR_SAMPLES_H

#include "tests/unit/proto/wire_samples.h"

enum lq_result lq_mirror_sample_placed(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_report(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_orders(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_state(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_durability(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_cursor(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_feed(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_telling_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_mirror_sample_telling_reply(uint8_t *to, size_t bytes_max, size_t *written);

/* By the names of rows. */
#define encode_placed_result lq_mirror_sample_placed
#define encode_mirror_report lq_mirror_sample_report
#define encode_mirror_orders lq_mirror_sample_orders
#define encode_mirror_state lq_mirror_sample_state
#define encode_durability lq_mirror_sample_durability
#define encode_cursor_request lq_mirror_sample_cursor
#define encode_feed_reply lq_mirror_sample_feed
#define encode_telling_request lq_mirror_sample_telling_request
#define encode_telling_reply lq_mirror_sample_telling_reply
#define again_telling_request again_admin_request
#define again_telling_reply again_admin_reply
#define again_cursor_request again_admin_request
#define again_feed_reply again_admin_reply
#define again_placed_result again_result
#define again_mirror_report again_admin_request
#define again_mirror_orders again_admin_reply
#define again_mirror_state again_admin_reply
#define again_durability again_admin_request

#endif
