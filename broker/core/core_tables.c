// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/core_tables.h"

/* Each pool hands out the record given back last, else the lowest one never used: what was never
 * used is never touched, so that pools sized for a crowd cost an idle broker no memory. */
#define POOL(name, field, maximum)                                                                 \
    uint32_t lq_core_tables_take_##name(struct lq_broker_core *core)                               \
    {                                                                                              \
        uint32_t index = core->field##_free;                                                       \
        if (index != 0) {                                                                          \
            core->field##_free = core->field[index].next;                                          \
        } else if (core->field##_top < (maximum)) {                                                \
            index = ++core->field##_top;                                                           \
        }                                                                                          \
        if (index != 0) {                                                                          \
            clear_##name(&core->field[index]);                                                     \
        }                                                                                          \
        return index;                                                                              \
    }                                                                                              \
    void lq_core_tables_give_##name(struct lq_broker_core *core, uint32_t index)                   \
    {                                                                                              \
        LQ_ASSERT(index != 0);                                                                     \
        core->field[index].next = core->field##_free;                                              \
        core->field##_free = index;                                                                \
    }

static void clear_command(struct lq_core_command *command)
{
    memset(command, 0, sizeof *command);
}

/* The texts at the end need only their first byte cleared. */
static void clear_execution(struct lq_core_execution *execution)
{
    memset(execution, 0, offsetof(struct lq_core_execution, error));
    execution->error[0] = '\0';
    execution->cause[0] = '\0';
    execution->tenant[0] = '\0';
    execution->name[0] = '\0';
}

static void clear_batch(struct lq_core_batch *batch)
{
    memset(batch, 0, offsetof(struct lq_core_batch, items));
}

POOL(command, commands, core->config.commands_max)
POOL(execution, executions, core->config.executions_max)
POOL(batch, batches, core->batches_max)

void lq_core_tables_copy_text(char *to, size_t bytes_max, struct lq_view text)
{
    size_t bytes = lq_view_cut(text, bytes_max - 1).bytes;

    if (bytes > 0) {
        memcpy(to, text.data, bytes);
    }
    to[bytes] = '\0';
}

/* splitmix64 (Steele, Lea, Flood 2014). */
uint64_t lq_core_tables_random(struct lq_broker_core *core)
{
    uint64_t mixed = core->random += UINT64_C(0x9e3779b97f4a7c15);

    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}
