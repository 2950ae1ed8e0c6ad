// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* player_rules.h - what players of a tenant may send. To the ledger bodies without a player are
 * everybody's, and a Join takes any place and radius; so somebody has to say what a stranger with a
 * token may do. A tenant's template (docs/gateway.md) is read into this.
 *
 * Which sessions a token may make is bounded by their names, so that no count has to be kept:
 * `prefix` and a number below `count`; with `own`, prefix, the player's 16 digits, a dash, a
 * number.
 *
 * Pure; depends on base/ and world/.
 */
#ifndef LQ_PLAYER_RULES_H
#define LQ_PLAYER_RULES_H

#include "gateway/domain/player_message.h"
#include "world/tick.h"

#define LQ_CREATION_RULES_MAX 8u
#define LQ_CREATION_PREFIX_BYTES_MAX 32u
#define LQ_PLAYER_BYTES_IN_ID 8 /* the first half of a client id; the second is the incarnation */

/* Sessions that a token may make. */
struct lq_creation_rule {
    char name[33];
    char prefix[LQ_CREATION_PREFIX_BYTES_MAX + 1];
    uint32_t count; /* 1 to 100,000: so many, of each player with `own` */
    bool own;
    bool attended;                   /* made so that it ticks only while somebody is there */
    struct lq_session_config config; /* its seed is drawn for each */
};

struct lq_player_rules {
    bool kinds[LQ_COMMAND_KIND_LAST + 1];
    double thrust_max, impulse_max, strength_max; /* m/s^2, kg m/s, m/s^2 */
    double join_x, join_y, join_width, join_height;
    float radius_min, radius_max, radius; /* of a Join: what it may have, what it gets by itself */
    uint8_t kind_min, kind_max, kind;     /* of its body, likewise */
    uint32_t custom_bytes_max;
    uint32_t commands_per_s; /* of a connection; twice as many at once */
    uint32_t creation_count;
    struct lq_creation_rule creations[LQ_CREATION_RULES_MAX];
};

/* A tenant without a template: Join anywhere with radius 1 and Leave; thrust and impulse of the own
 * body, up to 20 m/s^2 and 20 kg m/s; 20 commands a second; no session is made. */
void lq_player_rules_default(struct lq_player_rules *rules);

/* Whether ranges are in order and within the world's. `wrong` names the field. */
LQ_MUST_CHECK enum lq_result lq_player_rules_check(const struct lq_player_rules *rules,
                                                   const char **wrong);

/* Who asks. */
struct lq_rules_player {
    struct lq_client_id id;
    uint32_t body_id;     /* its own, in the newest state known; 0: none known */
    double width, height; /* of the session, metres */
};

/* Judge a join, command or leave, and make the command of it: the place of a Join that names none,
 * 0 for the player's own body. LQ_ERR_PERMISSION: `reason` (LQ_REASON_BYTES_MAX) says what. */
LQ_MUST_CHECK enum lq_result lq_player_rules_judge(const struct lq_player_rules *rules,
                                                   const struct lq_rules_player *player,
                                                   const struct lq_player_message *message,
                                                   struct lq_command *command, char *reason);

/* The rule by which `session` may be made under the name `create`, and what it is then called:
 * `name` has LQ_SESSION_NAME_BYTES_MAX + 1 bytes. NULL: it may not. */
const struct lq_creation_rule *lq_player_rules_creation(const struct lq_player_rules *rules,
                                                        const struct lq_client_id *player,
                                                        const char *create, const char *session,
                                                        char *name);

#endif
