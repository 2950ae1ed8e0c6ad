// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* message_text.h - the gateway's messages as text, but for a state's content (state_text.h). Each
 * writes one whole JSON object to a started writer. Pure. */
#ifndef LQ_MESSAGE_TEXT_H
#define LQ_MESSAGE_TEXT_H

#include "base/json_writer.h"
#include "base/number_text.h"
#include "gateway/domain/player_rules.h"
#include "world/tick.h"

struct lq_welcome_text {
    struct lq_client_id id;
    uint64_t previous;  /* an incarnation; 0: none */
    const char *resume; /* "": none */
    const char *session;
    uint64_t frame;
    uint32_t states_per_s;
    const struct lq_player_rules *rules;
};
void lq_message_text_welcome(struct lq_json_writer *writer, const struct lq_welcome_text *welcome);

struct lq_receipt_text {
    uint64_t number;
    bool previous;
    uint8_t outcome; /* enum lq_outcome */
    uint64_t frame;
    const uint8_t *hash; /* 32 bytes; NULL: none */
    uint64_t letter_id;
    struct lq_view reason;
};
void lq_message_text_receipt(struct lq_json_writer *writer, const struct lq_receipt_text *receipt);

void lq_message_text_events(struct lq_json_writer *writer, uint64_t frame,
                            const struct lq_tick_event *events, uint32_t count);
void lq_message_text_gap(struct lq_json_writer *writer, uint64_t from, uint64_t to);

struct lq_error_text {
    const char *code, *reason;
    uint64_t number; /* 0: it had none */
    bool previous;
};
void lq_message_text_error(struct lq_json_writer *writer, const struct lq_error_text *error);
void lq_message_text_pong(struct lq_json_writer *writer, int64_t at);

/* A state's head, up to its content; the object stays open. */
struct lq_state_head {
    uint64_t state, frame, applied;
    const uint8_t *hash; /* 32 bytes */
    int64_t base;        /* a state's number; -1: that of hello's have */
    bool is_whole;       /* against nothing */
};
void lq_message_text_state_head(struct lq_json_writer *writer, const struct lq_state_head *head);

#endif
