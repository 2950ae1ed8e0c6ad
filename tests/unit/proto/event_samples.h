// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* event_samples.h - samples of what events say, and of what tenants subscribe to. */
#ifndef LQ_EVENT_SAMPLES_H
#define LQ_EVENT_SAMPLES_H

#include "proto/tick_codec.h"

enum lq_result lq_event_sample_collision(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_event_sample_dispatch(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_event_sample_request(uint8_t *to, size_t bytes_max, size_t *written);
enum lq_result lq_event_sample_reply(uint8_t *to, size_t bytes_max, size_t *written);

/* By the names of rows. */
#define encode_collision_tick lq_event_sample_collision
#define encode_subscribed_dispatch lq_event_sample_dispatch
#define encode_events_request lq_event_sample_request
#define encode_events_reply lq_event_sample_reply
#define again_collision_tick again_tick
#define again_subscribed_dispatch again_dispatch
#define again_events_request again_admin_request
#define again_events_reply again_admin_reply

#endif
