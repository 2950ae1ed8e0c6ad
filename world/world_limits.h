// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* world_limits.h - the hard ceilings of a world and of one tick. Every count that comes from
 * outside is checked against these before it is used. */
#ifndef LQ_WORLD_LIMITS_H
#define LQ_WORLD_LIMITS_H

enum {
    LQ_TENANT_NAME_BYTES_MAX = 32,
    LQ_SESSION_NAME_BYTES_MAX = 64,
    LQ_STAGE_NAME_BYTES_MAX = 32,
    LQ_STAGES_MAX = 16, /* stages of one pipeline */
    LQ_BODIES_MAX = 2048,
    LQ_AGENTS_MAX = 2048,
    LQ_PLAYERS_MAX = 256,
    LQ_CLIENTS_MAX = 256,        /* players with a window against duplicates, per session */
    LQ_TENANT_BYTES_MAX = 16384, /* opaque bytes of a world */
    LQ_CUSTOM_BYTES_MAX = 16384, /* opaque bytes of a Custom command */
    LQ_COMMANDS_PER_TICK_MAX = 64,
    LQ_EVENTS_PER_TICK_MAX = 128,
    LQ_STEPS_PER_TICK_MAX = 1000,
    LQ_RATE_PART_MAX = 1000000, /* a rate's numerator and its denominator */
    LQ_RATE_HZ_MAX = 1000,
    LQ_REASON_BYTES_MAX = 120,     /* a refusal's text, with its NUL */
    LQ_TICK_BYTES_MAX = 512 * 1024 /* one encoded tick: a payload between stages, and a content */
};

#define LQ_CLIENT_WINDOW 64u       /* sequence numbers remembered below the highest */
#define LQ_POSITION_MAX 1.0e9      /* metres; a world's width and height, a body's x and y */
#define LQ_SPEED_MAX 1.0e6f        /* metres per second */
#define LQ_RADIUS_MAX 1.0e6f       /* metres */
#define LQ_ACCELERATION_MAX 1.0e6f /* metres per second squared: thrust, an agent's strength */
#define LQ_SPIN_MAX 1.0e3f         /* turns per second */
#define LQ_IMPULSE_MAX 1.0e18f     /* kg m/s: the heaviest body brought to the highest speed */

#endif
