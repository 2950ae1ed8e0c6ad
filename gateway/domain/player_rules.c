// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "gateway/domain/player_rules.h"

#include <stdio.h>

void lq_player_rules_default(struct lq_player_rules *rules)
{
    *rules = (struct lq_player_rules){.thrust_max = 20,
                                      .impulse_max = 20,
                                      .strength_max = 0,
                                      .join_width = LQ_POSITION_MAX,
                                      .join_height = LQ_POSITION_MAX,
                                      .radius_min = 1,
                                      .radius_max = 1,
                                      .radius = 1,
                                      .custom_bytes_max = 0,
                                      .commands_per_s = 20};
    rules->kinds[LQ_COMMAND_JOIN] = true;
    rules->kinds[LQ_COMMAND_LEAVE] = true;
    rules->kinds[LQ_COMMAND_SET_THRUST] = true;
    rules->kinds[LQ_COMMAND_APPLY_IMPULSE] = true;
}

/* Written so that what is no number is out of range too. */
static bool in_range(double value, double least, double most)
{
    return value >= least && value <= most;
}

static const char *wrong_creation(const struct lq_creation_rule *rule)
{
    char reason[LQ_REASON_BYTES_MAX];
    size_t prefix_bytes = strlen(rule->prefix);

    if (!lq_session_name_valid(lq_view_text(rule->prefix)) ||
        prefix_bytes > LQ_CREATION_PREFIX_BYTES_MAX) {
        return "create.prefix";
    }
    if (prefix_bytes > 0 && rule->prefix[prefix_bytes - 1] >= '0' &&
        rule->prefix[prefix_bytes - 1] <= '9') {
        return "create.prefix"; /* a digit at its end would run into the number */
    }
    if (rule->name[0] == '\0' || rule->count < 1 || rule->count > 100000) {
        return rule->name[0] == '\0' ? "create.name" : "create.count";
    }
    if (rule->config.rate_numerator == 0 && rule->attended) {
        return "create.attended";
    }
    return lq_session_config_check(&rule->config, reason) == LQ_OK ? NULL : "create";
}

enum lq_result lq_player_rules_check(const struct lq_player_rules *rules, const char **wrong)
{
    const struct {
        bool right;
        const char *name;
    } rows[] = {
        {in_range(rules->thrust_max, 0, LQ_ACCELERATION_MAX), "thrust_max"},
        {in_range(rules->impulse_max, 0, LQ_IMPULSE_MAX), "impulse_max"},
        {in_range(rules->strength_max, 0, LQ_ACCELERATION_MAX), "strength_max"},
        {in_range(rules->join_x, 0, LQ_POSITION_MAX), "join.x"},
        {in_range(rules->join_y, 0, LQ_POSITION_MAX), "join.y"},
        {in_range(rules->join_width, 0, LQ_POSITION_MAX), "join.width"},
        {in_range(rules->join_height, 0, LQ_POSITION_MAX), "join.height"},
        {rules->radius_min > 0 && rules->radius_min <= rules->radius, "join.radius_min"},
        {in_range(rules->radius_max, (double)rules->radius, LQ_RADIUS_MAX), "join.radius_max"},
        {rules->kind_min <= rules->kind, "join.kind_min"},
        {rules->kind_max >= rules->kind, "join.kind_max"},
        {rules->custom_bytes_max <= LQ_CUSTOM_BYTES_MAX, "custom_bytes_max"},
        {rules->commands_per_s >= 1 && rules->commands_per_s <= 1000, "commands_per_s"},
        {rules->creation_count <= LQ_CREATION_RULES_MAX, "create"},
    };

    for (size_t at = 0; at < sizeof rows / sizeof rows[0]; at++) {
        if (!rows[at].right) {
            *wrong = rows[at].name;
            return LQ_ERR_INVALID;
        }
    }
    for (uint32_t at = 0; at < rules->creation_count; at++) {
        *wrong = wrong_creation(&rules->creations[at]);
        if (*wrong != NULL) {
            return LQ_ERR_INVALID;
        }
    }
    return LQ_OK;
}

static enum lq_result refuse(char *reason, const char *what, double bound)
{
    snprintf(reason, LQ_REASON_BYTES_MAX, "%s: the rules allow at most %g", what, bound);
    return LQ_ERR_PERMISSION;
}

static enum lq_result refuse_outside(char *reason, const char *what, double least, double most)
{
    snprintf(reason, LQ_REASON_BYTES_MAX, "%s: the rules allow %g to %g", what, least, most);
    return LQ_ERR_PERMISSION;
}

static bool too_long(float x, float y, double most)
{
    return (double)x * (double)x + (double)y * (double)y > most * most;
}

/* A place of the rectangle for who names none: drawn by who asks and the number, so that players do
 * not arrive in one spot, and a repetition asks for the same. */
static double spread(const struct lq_client_id *id, uint64_t number, uint64_t axis)
{
    uint64_t state = number * UINT64_C(0x9E3779B97F4A7C15) + axis;

    for (size_t at = 0; at < LQ_CLIENT_ID_BYTES; at++) {
        state = (state ^ id->bytes[at]) * UINT64_C(0x100000001B3);
    }
    state ^= state >> 29;
    state *= UINT64_C(0xBF58476D1CE4E5B9);
    return (double)(state >> 11) / 9007199254740992.0;
}

/* What of the rectangle lies between the walls, so far from them as the body is wide. */
static void clip(double from, double length, double wall, double radius, double *least,
                 double *most)
{
    *least = from > radius ? from : radius;
    *most = from + length < wall - radius ? from + length : wall - radius;
    if (*most < *least) {
        *most = *least = wall / 2; /* no room: the ledger says so */
    }
}

static void choose_place(const struct lq_player_rules *rules, const struct lq_rules_player *player,
                         uint64_t number, struct lq_command *command)
{
    double radius = (double)command->radius;
    double least, most;

    clip(rules->join_x, rules->join_width, player->width, radius, &least, &most);
    command->x = least + (most - least) * spread(&player->id, number, 1);
    clip(rules->join_y, rules->join_height, player->height, radius, &least, &most);
    command->y = least + (most - least) * spread(&player->id, number, 2);
}

static enum lq_result judge_join(const struct lq_player_rules *rules,
                                 const struct lq_rules_player *player,
                                 const struct lq_player_message *message,
                                 struct lq_command *command, char *reason)
{
    if (!lq_player_message_has(message, LQ_PLAYER_FIELD_JOIN_top_radius)) {
        command->radius = rules->radius;
    } else if (command->radius < rules->radius_min || command->radius > rules->radius_max) {
        return refuse_outside(reason, "radius", (double)rules->radius_min,
                              (double)rules->radius_max);
    }
    if (!lq_player_message_has(message, LQ_PLAYER_FIELD_JOIN_top_body_kind)) {
        command->body_kind = rules->kind;
    } else if (command->body_kind < rules->kind_min || command->body_kind > rules->kind_max) {
        return refuse_outside(reason, "body_kind", rules->kind_min, rules->kind_max);
    }
    if (!lq_player_message_has(message, LQ_PLAYER_FIELD_JOIN_top_x)) {
        choose_place(rules, player, (uint64_t)message->number, command);
    } else if (!in_range(command->x, rules->join_x, rules->join_x + rules->join_width) ||
               !in_range(command->y, rules->join_y, rules->join_y + rules->join_height)) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "x, y: not where the rules let a player join");
        return LQ_ERR_PERMISSION;
    }
    return LQ_OK;
}

static enum lq_result judge_values(const struct lq_player_rules *rules,
                                   const struct lq_command *command, char *reason)
{
    switch (command->kind) {
    case LQ_COMMAND_SET_THRUST:
        return too_long(command->vx, command->vy, rules->thrust_max)
                   ? refuse(reason, "vx, vy", rules->thrust_max)
                   : LQ_OK;
    case LQ_COMMAND_APPLY_IMPULSE:
        return too_long(command->vx, command->vy, rules->impulse_max)
                   ? refuse(reason, "vx, vy", rules->impulse_max)
                   : LQ_OK;
    case LQ_COMMAND_SET_BEHAVIOR:
        return (double)command->strength > rules->strength_max
                   ? refuse(reason, "strength", rules->strength_max)
                   : LQ_OK;
    case LQ_COMMAND_SPAWN:
        return command->radius < rules->radius_min || command->radius > rules->radius_max
                   ? refuse_outside(reason, "radius", (double)rules->radius_min,
                                    (double)rules->radius_max)
                   : LQ_OK;
    case LQ_COMMAND_CUSTOM:
        return command->custom.bytes > rules->custom_bytes_max
                   ? refuse(reason, "custom", rules->custom_bytes_max)
                   : LQ_OK;
    default:
        return LQ_OK;
    }
}

enum lq_result lq_player_rules_judge(const struct lq_player_rules *rules,
                                     const struct lq_rules_player *player,
                                     const struct lq_player_message *message,
                                     struct lq_command *command, char *reason)
{
    lq_player_message_command(message, command);
    LQ_ASSERT(command->kind <= LQ_COMMAND_KIND_LAST);
    if (!rules->kinds[command->kind]) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "kind: %s is not allowed",
                 lq_command_kind_name(command->kind));
        return LQ_ERR_PERMISSION;
    }
    if (command->body_id != 0 && command->body_id != player->body_id) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "body: %u is not the player's own", command->body_id);
        return LQ_ERR_PERMISSION;
    }
    command->body_id = 0; /* whatever it is by then, it is the player's own */
    if (command->kind == LQ_COMMAND_JOIN) {
        return judge_join(rules, player, message, command, reason);
    }
    return judge_values(rules, command, reason);
}

/* The number at the end of a name, written without a zero in front. UINT32_MAX: none below count.
 * */
static uint32_t number_below(const char *digits, uint32_t count)
{
    uint32_t number = 0;

    if (digits[0] == '\0' || strlen(digits) > 6 || (digits[0] == '0' && digits[1] != '\0')) {
        return UINT32_MAX;
    }
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9') {
            return UINT32_MAX;
        }
        number = number * 10 + (uint32_t)(*digits - '0');
    }
    return number < count ? number : UINT32_MAX;
}

const struct lq_creation_rule *lq_player_rules_creation(const struct lq_player_rules *rules,
                                                        const struct lq_client_id *player,
                                                        const char *create, const char *session,
                                                        char *name)
{
    char own[2 * LQ_PLAYER_BYTES_IN_ID + 2] = "";

    for (size_t at = 0; at < LQ_PLAYER_BYTES_IN_ID; at++) {
        snprintf(own + 2 * at, 3, "%02x", player->bytes[at]);
    }
    own[2 * LQ_PLAYER_BYTES_IN_ID] = '-';
    for (uint32_t at = 0; at < rules->creation_count; at++) {
        const struct lq_creation_rule *rule = &rules->creations[at];
        size_t prefix_bytes = strlen(rule->prefix);
        if (strcmp(rule->name, create) != 0 || strncmp(session, rule->prefix, prefix_bytes) != 0) {
            continue;
        }
        const char *rest = session + prefix_bytes;
        if (rule->own && strncmp(rest, own, strlen(own)) == 0) {
            rest += strlen(own);
        }
        uint32_t number = number_below(rest, rule->count);
        if (number != UINT32_MAX) {
            snprintf(name, LQ_SESSION_NAME_BYTES_MAX + 1, "%s%s%u", rule->prefix,
                     rule->own ? own : "", number);
            return rule;
        }
    }
    return NULL;
}
