// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "world/command.h"

#include "world/world.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static bool number_valid(double value, int64_t min, int64_t max, const char *field, char *reason)
{
    if (!isfinite(value)) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "%s: not a finite number", field);
        return false;
    }
    if (value < (double)min || value > (double)max) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "%s: not between %" PRId64 " and %" PRId64, field,
                 min, max);
        return false;
    }
    return true;
}

static bool radius_valid(float radius, char *reason)
{
    if (!number_valid((double)radius, 0, (int64_t)LQ_RADIUS_MAX, "radius", reason)) {
        return false;
    }
    if (radius == 0.0f) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "radius: must be above 0");
        return false;
    }
    return true;
}

static bool place_valid(const struct lq_command *command, char *reason)
{
    int64_t max = (int64_t)LQ_POSITION_MAX;

    return number_valid(command->x, -max, max, "x", reason) &&
           number_valid(command->y, -max, max, "y", reason) &&
           radius_valid(command->radius, reason);
}

static bool vector_valid(const struct lq_command *command, float limit, char *reason)
{
    int64_t max = (int64_t)limit;

    return number_valid((double)command->vx, -max, max, "vx", reason) &&
           number_valid((double)command->vy, -max, max, "vy", reason);
}

static bool behavior_valid(const struct lq_command *command, char *reason)
{
    if (command->behavior < LQ_BEHAVIOR_IDLE || command->behavior > LQ_BEHAVIOR_LAST) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "behavior: %u is unknown",
                 (unsigned)command->behavior);
        return false;
    }
    return number_valid((double)command->strength, 0, (int64_t)LQ_ACCELERATION_MAX, "strength",
                        reason);
}

static bool custom_valid(const struct lq_command *command, char *reason)
{
    if (command->custom.bytes > LQ_CUSTOM_BYTES_MAX) {
        snprintf(reason, LQ_REASON_BYTES_MAX, "custom: more than %d bytes", LQ_CUSTOM_BYTES_MAX);
        return false;
    }
    return true;
}

static bool fields_valid(const struct lq_command *command, char *reason)
{
    switch (command->kind) {
    case LQ_COMMAND_JOIN:
        return place_valid(command, reason);
    case LQ_COMMAND_SPAWN:
        return place_valid(command, reason) && vector_valid(command, LQ_SPEED_MAX, reason);
    case LQ_COMMAND_LEAVE:
    case LQ_COMMAND_DESPAWN:
        return true;
    case LQ_COMMAND_SET_THRUST:
        return vector_valid(command, LQ_ACCELERATION_MAX, reason);
    case LQ_COMMAND_APPLY_IMPULSE:
        return vector_valid(command, LQ_IMPULSE_MAX, reason);
    case LQ_COMMAND_SET_BEHAVIOR:
        return behavior_valid(command, reason);
    case LQ_COMMAND_CUSTOM:
        return custom_valid(command, reason);
    default:
        snprintf(reason, LQ_REASON_BYTES_MAX, "kind: %u is unknown", (unsigned)command->kind);
        return false;
    }
}

enum lq_result lq_command_check(const struct lq_command *command, char *reason)
{
    return fields_valid(command, reason) ? LQ_OK : LQ_ERR_INVALID;
}

void lq_command_refuse(struct lq_command *command, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command->reason, sizeof command->reason, format, arguments);
    va_end(arguments);
    command->outcome = LQ_OUTCOME_REFUSED;
}

const char *lq_command_kind_name(uint8_t kind)
{
    static const char *const names[] = {
        [LQ_COMMAND_JOIN] = "Join",
        [LQ_COMMAND_LEAVE] = "Leave",
        [LQ_COMMAND_SPAWN] = "Spawn",
        [LQ_COMMAND_DESPAWN] = "Despawn",
        [LQ_COMMAND_SET_THRUST] = "SetThrust",
        [LQ_COMMAND_APPLY_IMPULSE] = "ApplyImpulse",
        [LQ_COMMAND_SET_BEHAVIOR] = "SetBehavior",
        [LQ_COMMAND_CUSTOM] = "Custom",
    };

    return kind >= LQ_COMMAND_JOIN && kind <= LQ_COMMAND_KIND_LAST ? names[kind] : "?";
}

const char *lq_outcome_name(uint8_t outcome)
{
    static const char *const names[] = {
        [LQ_OUTCOME_PENDING] = "pending", [LQ_OUTCOME_APPLIED] = "applied",
        [LQ_OUTCOME_REFUSED] = "refused", [LQ_OUTCOME_DUPLICATE] = "duplicate",
        [LQ_OUTCOME_UNUSED] = "unused",   [LQ_OUTCOME_DEAD_LETTERED] = "dead-lettered",
    };

    return outcome >= LQ_OUTCOME_PENDING && outcome <= LQ_OUTCOME_LAST ? names[outcome] : "?";
}
