// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* player_message.h - a message of a client as plain data, and the rows of messages.def.
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_PLAYER_MESSAGE_H
#define LQ_PLAYER_MESSAGE_H

#include "base/view.h"
#include "world/command.h"

#define LQ_RESUME_TEXT_BYTES_MAX 2048u
#define LQ_PLAYER_MESSAGE_BYTES_MAX 65536u
#define LQ_PLAYER_MESSAGE_BYTES_MAX 65536u

enum lq_player_message_type {
    LQ_PLAYER_MESSAGE_NONE,
#define FROM_CLIENT(message, type, text) LQ_PLAYER_MESSAGE_##message,
#include "gateway/domain/messages.def"
    LQ_PLAYER_MESSAGE_TYPES
};

/* The fields of all messages in a row; of one message they stand together. */
enum lq_player_field {
#define CLIENT_FIELD(message, group, field, type, least, most, need, text)                         \
    LQ_PLAYER_FIELD_##message##_##group##_##field,
#include "gateway/domain/messages.def"
    LQ_PLAYER_FIELD_COUNT
};
_Static_assert(LQ_PLAYER_FIELD_COUNT <= 64, "lq_player_message.given has a bit for each");

enum lq_player_field_type {
    LQ_PLAYER_FIELD_TEXT = 1,
    LQ_PLAYER_FIELD_COUNT_NUMBER,
    LQ_PLAYER_FIELD_DOUBLE,
    LQ_PLAYER_FIELD_FLOAT,
    LQ_PLAYER_FIELD_FLAG,
    LQ_PLAYER_FIELD_HEX,
    LQ_PLAYER_FIELD_BASE64,
    LQ_PLAYER_FIELD_KIND,
    LQ_PLAYER_FIELD_BEHAVIOR,
    LQ_PLAYER_FIELD_RIGHT
};

struct lq_player_field_row {
    enum lq_player_message_type message;
    const char *group; /* "" at the top */
    const char *name;
    const char *path; /* with its group in front: what a client finds it by */
    enum lq_player_field_type type;
    double least, most;
    bool required;
    size_t offset, bytes; /* in struct lq_player_message */
    const char *text;
};

/* What a rectangle of the world is: bodies that touch it are seen. */
struct lq_view_rectangle {
    double x, y, width, height; /* metres; its corner with the least coordinates, and its sides */
    bool all;                   /* everything; the rest does not count */
};

/* What a message does not have is zero. */
struct lq_player_message {
    enum lq_player_message_type type;
    uint64_t given; /* a bit for each enum lq_player_field that was there */
    char session[LQ_SESSION_NAME_BYTES_MAX + 1];
    uint8_t right; /* LQ_RIGHT_PLAY (1), LQ_RIGHT_WATCH (2) */
    char create[32 + 1];
    char resume[LQ_RESUME_TEXT_BYTES_MAX + 1];
    int64_t have_frame;
    uint8_t have_hash[32];
    double view_x, view_y, view_width, view_height;
    int64_t states_per_s;
    int64_t number;
    bool previous;
    uint8_t kind; /* enum lq_command_kind */
    int64_t body;
    double x, y, width, height;
    float radius;
    int64_t body_kind;
    float vx, vy;
    uint8_t behavior; /* enum lq_behavior */
    int64_t target;
    float strength;
    struct lq_view custom; /* lives as long as the reader that made it */
    bool all;
    int64_t state;
    int64_t at;
};

static inline bool lq_player_message_has(const struct lq_player_message *message,
                                         enum lq_player_field field)
{
    return (message->given >> field & 1) != 0;
}

/* LQ_PLAYER_FIELD_COUNT rows. */
const struct lq_player_field_row *lq_player_message_fields(void);

/* "hello", ...; the type of a name, LQ_PLAYER_MESSAGE_NONE if there is none. */
const char *lq_player_message_name(enum lq_player_message_type type);
enum lq_player_message_type lq_player_message_named(struct lq_view name);

/* Whether a `command` has the fields that its kind wants, and no others; a `view` a rectangle or
 * `all`; a hello whole groups. LQ_ERR_INVALID: `reason` (LQ_REASON_BYTES_MAX) names the field. */
LQ_MUST_CHECK enum lq_result lq_player_message_check(const struct lq_player_message *message,
                                                     char *reason);

/* The command that a join, command or leave asks for, without client and number; custom is borrowed
 * from the message. */
void lq_player_message_command(const struct lq_player_message *message, struct lq_command *command);

/* What a hello or a view message wants to see. */
struct lq_view_rectangle lq_player_message_view(const struct lq_player_message *message);

#define LQ_CLOSE_REASON_BYTES_MAX 123
enum lq_player_close {
    LQ_PLAYER_CLOSE_NONE,
#define CLOSE(name, code, word, means, sdk) LQ_PLAYER_CLOSE_##name = (code),
#include "gateway/domain/messages.def"
};

/* "stopping", ... */
const char *lq_player_message_close_word(enum lq_player_close code);

#endif
