// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/player_message.h"

#include <stdio.h>

#define MEMBER_top(field) field
#define MEMBER_have(field) have_##field
#define MEMBER_view(field) view_##field
#define GROUP_top ""
#define GROUP_have "have"
#define GROUP_view "view"
#define PATH_top ""
#define PATH_have "have."
#define PATH_view "view."
#define NEED_MUST true
#define NEED_MAY false
#define TYPE_TEXT LQ_PLAYER_FIELD_TEXT
#define TYPE_COUNT LQ_PLAYER_FIELD_COUNT_NUMBER
#define TYPE_DOUBLE LQ_PLAYER_FIELD_DOUBLE
#define TYPE_FLOAT LQ_PLAYER_FIELD_FLOAT
#define TYPE_FLAG LQ_PLAYER_FIELD_FLAG
#define TYPE_HEX LQ_PLAYER_FIELD_HEX
#define TYPE_BASE64 LQ_PLAYER_FIELD_BASE64
#define TYPE_KIND LQ_PLAYER_FIELD_KIND
#define TYPE_BEHAVIOR LQ_PLAYER_FIELD_BEHAVIOR
#define TYPE_RIGHT LQ_PLAYER_FIELD_RIGHT

static const struct lq_player_field_row rows[] = {
#define CLIENT_FIELD(message, group, field, type, least, most, need, text)                         \
    {LQ_PLAYER_MESSAGE_##message,                                                                  \
     GROUP_##group,                                                                                \
     #field,                                                                                       \
     PATH_##group #field,                                                                          \
     TYPE_##type,                                                                                  \
     (least),                                                                                      \
     (most),                                                                                       \
     NEED_##need,                                                                                  \
     offsetof(struct lq_player_message, MEMBER_##group(field)),                                    \
     sizeof((struct lq_player_message *)0)->MEMBER_##group(field),                                 \
     text},
#include "gateway/domain/messages.def"
};

static const char *const names[] = {
    "",
#define FROM_CLIENT(message, type, text) type,
#include "gateway/domain/messages.def"
};

/* A command's fields by kind; the rest of a `command` message is not looked at here. */
static const struct {
    uint8_t kind;
    enum lq_player_field field;
    bool required;
} command_rows[] = {
#define COMMAND_FIELD(kind, field, need)                                                           \
    {LQ_COMMAND_##kind, LQ_PLAYER_FIELD_COMMAND_top_##field, NEED_##need},
#include "gateway/domain/messages.def"
};

const struct lq_player_field_row *lq_player_message_fields(void)
{
    return rows;
}

const char *lq_player_message_name(enum lq_player_message_type type)
{
    LQ_ASSERT(type < LQ_PLAYER_MESSAGE_TYPES);
    return names[type];
}

enum lq_player_message_type lq_player_message_named(struct lq_view name)
{
    for (uint32_t type = 1; type < LQ_PLAYER_MESSAGE_TYPES; type++) {
        if (lq_view_equal(name, lq_view_text(names[type]))) {
            return (enum lq_player_message_type)type;
        }
    }
    return LQ_PLAYER_MESSAGE_NONE;
}

static enum lq_result missing(const char *field, const char *what, char *reason)
{
    snprintf(reason, LQ_REASON_BYTES_MAX, "%s: missing%s", field, what);
    return LQ_ERR_INVALID;
}

static enum lq_result check_command(const struct lq_player_message *message, char *reason)
{
    uint64_t allowed = UINT64_C(1) << LQ_PLAYER_FIELD_COMMAND_top_number |
                       UINT64_C(1) << LQ_PLAYER_FIELD_COMMAND_top_kind |
                       UINT64_C(1) << LQ_PLAYER_FIELD_COMMAND_top_previous;

    for (size_t at = 0; at < sizeof command_rows / sizeof command_rows[0]; at++) {
        if (command_rows[at].kind != message->kind) {
            continue;
        }
        allowed |= UINT64_C(1) << command_rows[at].field;
        if (command_rows[at].required && !lq_player_message_has(message, command_rows[at].field)) {
            return missing(rows[command_rows[at].field].name, "", reason);
        }
    }
    for (uint32_t field = 0; field < LQ_PLAYER_FIELD_COUNT; field++) {
        if (lq_player_message_has(message, field) && (allowed >> field & 1) == 0) {
            snprintf(reason, LQ_REASON_BYTES_MAX, "%s: no field of %s", rows[field].name,
                     lq_command_kind_name(message->kind));
            return LQ_ERR_INVALID;
        }
    }
    return LQ_OK;
}

/* All four of a rectangle, or none. */
static enum lq_result check_rectangle(const struct lq_player_message *message,
                                      enum lq_player_field first, bool *is_there, char *reason)
{
    uint32_t count = 0;

    for (uint32_t field = first; field < (uint32_t)first + 4; field++) {
        count += lq_player_message_has(message, field) ? 1 : 0;
    }
    *is_there = count == 4;
    for (uint32_t field = first; count != 0 && count != 4; field++) {
        if (!lq_player_message_has(message, field)) {
            return missing(rows[field].path, " of a rectangle", reason);
        }
    }
    return LQ_OK;
}

static enum lq_result check_hello(const struct lq_player_message *message, char *reason)
{
    bool has_view;

    if (lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_have_frame) !=
        lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_have_hash)) {
        return missing("have", " frame or hash", reason);
    }
    return check_rectangle(message, LQ_PLAYER_FIELD_HELLO_view_x, &has_view, reason);
}

static enum lq_result check_view(const struct lq_player_message *message, char *reason)
{
    bool has_view;

    if (check_rectangle(message, LQ_PLAYER_FIELD_VIEW_top_x, &has_view, reason) != LQ_OK) {
        return LQ_ERR_INVALID;
    }
    if (has_view == message->all) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "all: %s",
                 has_view ? "beside a rectangle" : "missing, and no rectangle");
        return LQ_ERR_INVALID;
    }
    return LQ_OK;
}

static enum lq_result check_join(const struct lq_player_message *message, char *reason)
{
    if (lq_player_message_has(message, LQ_PLAYER_FIELD_JOIN_top_x) !=
        lq_player_message_has(message, LQ_PLAYER_FIELD_JOIN_top_y)) {
        return missing(lq_player_message_has(message, LQ_PLAYER_FIELD_JOIN_top_x) ? "y" : "x", "",
                       reason);
    }
    return LQ_OK;
}

enum lq_result lq_player_message_check(const struct lq_player_message *message, char *reason)
{
    switch (message->type) {
    case LQ_PLAYER_MESSAGE_HELLO:
        return check_hello(message, reason);
    case LQ_PLAYER_MESSAGE_JOIN:
        return check_join(message, reason);
    case LQ_PLAYER_MESSAGE_COMMAND:
        return check_command(message, reason);
    case LQ_PLAYER_MESSAGE_VIEW:
        return check_view(message, reason);
    default:
        return LQ_OK;
    }
}

void lq_player_message_command(const struct lq_player_message *message, struct lq_command *command)
{
    *command = (struct lq_command){.kind = message->kind,
                                   .outcome = LQ_OUTCOME_PENDING,
                                   .body_kind = (uint8_t)message->body_kind,
                                   .behavior = message->behavior,
                                   .body_id = (uint32_t)message->body,
                                   .target_id = (uint32_t)message->target,
                                   .x = message->x,
                                   .y = message->y,
                                   .radius = message->radius,
                                   .vx = message->vx,
                                   .vy = message->vy,
                                   .strength = message->strength,
                                   .custom = message->custom};
    if (message->type == LQ_PLAYER_MESSAGE_JOIN) {
        command->kind = LQ_COMMAND_JOIN;
    } else if (message->type == LQ_PLAYER_MESSAGE_LEAVE) {
        command->kind = LQ_COMMAND_LEAVE;
    }
}

struct lq_view_rectangle lq_player_message_view(const struct lq_player_message *message)
{
    struct lq_view_rectangle view = {.all = true};

    if (lq_player_message_has(message, LQ_PLAYER_FIELD_HELLO_view_x)) {
        view = (struct lq_view_rectangle){message->view_x, message->view_y, message->view_width,
                                          message->view_height, false};
    } else if (lq_player_message_has(message, LQ_PLAYER_FIELD_VIEW_top_x)) {
        view = (struct lq_view_rectangle){message->x, message->y, message->width, message->height,
                                          false};
    }
    return view;
}

const char *lq_player_message_close_word(enum lq_player_close code)
{
    static const struct {
        enum lq_player_close code;
        const char *word;
    } words[] = {
#define CLOSE(name, code, word, means, sdk) {LQ_PLAYER_CLOSE_##name, word},
#include "gateway/domain/messages.def"
    };

    for (size_t at = 0; at < sizeof words / sizeof words[0]; at++) {
        if (words[at].code == code) {
            return words[at].word;
        }
    }
    return "";
}
