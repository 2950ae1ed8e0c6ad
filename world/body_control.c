// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/body_control.h"

#include <inttypes.h>

uint32_t lq_body_control_find_by(const struct lq_world *world, struct lq_command *command,
                                 enum lq_player_rule rule)
{
    uint32_t id = command->body_id;
    uint32_t owner;
    uint32_t body;

    if (id == 0) {
        uint32_t player = lq_world_find_player_by(world, &command->client, rule);

        if (player == LQ_BODY_NONE) {
            lq_command_refuse(command, "body_id: the client has no player");
            return LQ_BODY_NONE;
        }
        body = lq_world_find_body(world, world->player_body[player]);
        LQ_ASSERT(body != LQ_BODY_NONE);
        return body;
    }
    body = lq_world_find_body(world, id);
    if (body == LQ_BODY_NONE) {
        lq_command_refuse(command, "body_id: there is no body %" PRIu32, id);
        return LQ_BODY_NONE;
    }
    owner = lq_world_find_owner(world, id);
    if (owner != LQ_BODY_NONE &&
        !lq_client_id_same_by(&world->player_client[owner], &command->client, rule)) {
        lq_command_refuse(command, "body_id: body %" PRIu32 " is another player's", id);
        return LQ_BODY_NONE;
    }
    return body;
}

uint32_t lq_body_control_find(const struct lq_world *world, struct lq_command *command)
{
    return lq_body_control_find_by(world, command, LQ_PLAYER_FIRST_HALF);
}
