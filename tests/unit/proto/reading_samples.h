// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* reading_samples.h - for wire_samples.c: frames that are read, a player's window, frames for
 * players, and what actors have done. */
#ifndef LQ_READING_SAMPLES_H
#define LQ_READING_SAMPLES_H

#include "tests/unit/proto/wire_samples.h"

enum lq_result lq_reading_sample_read_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_read_reply(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_window_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_window_reply(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_history_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_history_reply(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_find_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_find_reply(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_change_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_life_reply(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_rate_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_attended(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_counting(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_counted(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_tailed(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_watch_play(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_marker(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_play_notice(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_play(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_reading_sample_play_again(struct lq_view message, struct lq_arena *arena,
                                            uint8_t *to, size_t bytes_max, size_t *written,
                                            const char **where);

/* By the names of rows. */
#define encode_read_request lq_reading_sample_read_request
#define encode_read_reply lq_reading_sample_read_reply
#define encode_window_request lq_reading_sample_window_request
#define encode_window_reply lq_reading_sample_window_reply
#define encode_history_request lq_reading_sample_history_request
#define encode_history_reply lq_reading_sample_history_reply
#define encode_find_request lq_reading_sample_find_request
#define encode_find_reply lq_reading_sample_find_reply
#define encode_change_request lq_reading_sample_change_request
#define encode_life_reply lq_reading_sample_life_reply
#define encode_rate_request lq_reading_sample_rate_request
#define encode_attended lq_reading_sample_attended
#define encode_counting lq_reading_sample_counting
#define encode_counted lq_reading_sample_counted
#define encode_tailed_result lq_reading_sample_tailed
#define encode_watch_play lq_reading_sample_watch_play
#define encode_marker lq_reading_sample_marker
#define encode_play_notice lq_reading_sample_play_notice
#define encode_play lq_reading_sample_play
#define again_read_request again_admin_request
#define again_read_reply again_admin_reply
#define again_window_request again_admin_request
#define again_window_reply again_admin_reply
#define again_history_request again_admin_request
#define again_history_reply again_admin_reply
#define again_find_request again_admin_request
#define again_find_reply again_admin_reply
#define again_change_request again_admin_request
#define again_life_reply again_admin_reply
#define again_rate_request again_tick_request
#define again_attended again_admin_request
#define again_counting again_heartbeat
#define again_counted again_admin_reply
#define again_tailed_result again_result
#define again_watch_play again_watch_request
#define again_marker again_watching
#define again_play_notice again_frame_notice
#define again_play lq_reading_sample_play_again

#endif
