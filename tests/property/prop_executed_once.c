// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* No order of copies, takeovers, evictions and redrives executes a command twice, and what load 2
 * says of each is what the table of docs/protocol.md says: ticks of random commands, beside a model
 * that keeps every number of every incarnation for ever. */
#include "actors/load/domain/admission.h"
#include "actors/load/domain/load_v2.h"
#include "tests/property/random_world.h"
#include "tests/support/suite.h"

#include <string.h>

#define PLAYERS 300u /* more than have an entry */
#define INCARNATIONS 12u
#define SEQUENCES 160u
#define NOBODY UINT32_MAX

/* One command that was made; copies of it come at any time later. */
struct made {
    uint32_t player, incarnation;
    uint64_t sequence;
    uint64_t letter_id; /* not 0: it died and lies in this letter, or lay there */
    bool letter_open;
    bool letter_decided; /* stands in the letters' table */
};

enum { MADE_MAX = 1 << 15 };

static struct {
    uint64_t frame;
    struct {
        uint32_t count; /* incarnations that there were so far, in order of their age */
        uint64_t value[INCARNATIONS];
        uint8_t first_byte[INCARNATIONS]; /* not 0: random bits of before */
        uint64_t highest[INCARNATIONS];
        bool used[INCARNATIONS][SEQUENCES];     /* by the windows */
        bool executed[INCARNATIONS][SEQUENCES]; /* at all */
        uint32_t entry;                         /* the incarnation that has it, or NOBODY */
        uint64_t last_frame;
    } players[PLAYERS];
    struct made made[MADE_MAX];
    uint32_t made_count;
    uint64_t letters;
    uint32_t verdicts[LQ_WINDOW_CLIENTS_FULL + 1];
    uint32_t takeovers, evictions, decided_by_letter, executions;
} model;

static struct lq_tick tick;

/* ---- the table, word for word, on what is kept for ever ---- */

static uint64_t counts_as(uint32_t player, uint32_t incarnation)
{
    return model.players[player].first_byte[incarnation] != 0
               ? 0
               : model.players[player].value[incarnation];
}

static uint32_t entries(void)
{
    uint32_t count = 0;

    for (uint32_t player = 0; player < PLAYERS; player++) {
        count += model.players[player].entry != NOBODY;
    }
    return count;
}

/* The player whose entry goes when one must: lowest, silent longest, first by its id. */
static uint32_t lowest_player(void)
{
    uint32_t lowest = NOBODY;

    for (uint32_t player = 0; player < PLAYERS; player++) {
        if (model.players[player].entry == NOBODY) {
            continue;
        }
        uint64_t value = counts_as(player, model.players[player].entry);
        uint64_t least = lowest == NOBODY ? 0 : counts_as(lowest, model.players[lowest].entry);
        if (lowest == NOBODY || value < least ||
            (value == least &&
             model.players[player].last_frame < model.players[lowest].last_frame)) {
            lowest = player;
        }
    }
    return lowest;
}

static enum lq_window_verdict expect_own(const struct made *command)
{
    uint64_t highest = model.players[command->player].highest[command->incarnation];

    if (command->sequence > highest + LQ_CLIENT_WINDOW) {
        return LQ_WINDOW_TOO_FAR;
    }
    if (command->sequence + LQ_CLIENT_WINDOW < highest) {
        return LQ_WINDOW_TOO_OLD;
    }
    return model.players[command->player].used[command->incarnation][command->sequence]
               ? LQ_WINDOW_DUPLICATE
               : LQ_WINDOW_EXECUTE;
}

static enum lq_window_verdict expect(const struct made *command)
{
    uint32_t entry = model.players[command->player].entry;
    uint64_t value = counts_as(command->player, command->incarnation);
    uint32_t lowest;

    if (command->sequence == 0) {
        return LQ_WINDOW_ZERO;
    }
    if (entry == command->incarnation) {
        return expect_own(command);
    }
    if (entry != NOBODY && value <= counts_as(command->player, entry)) {
        return LQ_WINDOW_SUPERSEDED;
    }
    if (entry == NOBODY && entries() == LQ_CLIENTS_MAX) {
        lowest = lowest_player();
        if (value <= counts_as(lowest, model.players[lowest].entry)) {
            return LQ_WINDOW_INCARNATION_TOO_OLD;
        }
    }
    return command->sequence > LQ_CLIENT_WINDOW ? LQ_WINDOW_TOO_FAR : LQ_WINDOW_EXECUTE;
}

static void use(const struct made *command)
{
    uint32_t player = command->player;
    uint64_t *highest = &model.players[player].highest[command->incarnation];

    if (model.players[player].entry == NOBODY && entries() == LQ_CLIENTS_MAX) {
        model.players[lowest_player()].entry = NOBODY;
        model.evictions++;
    }
    model.takeovers += model.players[player].entry != NOBODY &&
                       model.players[player].entry != command->incarnation;
    model.players[player].entry = command->incarnation;
    model.players[player].last_frame = model.frame;
    model.players[player].used[command->incarnation][command->sequence] = true;
    *highest = command->sequence > *highest ? command->sequence : *highest;
}

/* ---- random commands ---- */

static struct lq_client_id id_of(const struct made *command)
{
    uint32_t player = command->player;
    struct lq_client_id id =
        lq_client_id_of((uint64_t)player << 40 | 77, /* in the players' order */
                        model.players[player].value[command->incarnation]);

    id.bytes[LQ_PLAYER_BYTES] = model.players[player].first_byte[command->incarnation];
    return id;
}

/* A player comes under a new id: mostly a later one, by a clock that several share; some ids have
 * random bits in its place, some are older than all that is known. */
static uint32_t new_incarnation(struct lq_random_world *random, uint32_t player)
{
    uint32_t incarnation = model.players[player].count++;
    uint64_t kind = lq_random_world_number(random, 8);
    uint64_t value = 1000 + 3 * model.frame + lq_random_world_number(random, 40);

    if (kind == 0) {
        value = lq_random_world_number(random, 1000 + model.frame);
    }
    model.players[player].value[incarnation] = value << 4 | incarnation; /* each its own */
    model.players[player].first_byte[incarnation] =
        kind == 1 ? (uint8_t)(1 + lq_random_world_number(random, 255)) : 0;
    return incarnation;
}

static struct made *make_command(struct lq_random_world *random)
{
    struct made *command = &model.made[model.made_count];
    uint32_t player = (uint32_t)lq_random_world_number(random, PLAYERS);
    uint32_t count = model.players[player].count;
    uint64_t highest;

    if (count == 0 || (count < INCARNATIONS && lq_random_world_number(random, 6) == 0)) {
        (void)new_incarnation(random, player);
        count++;
    }
    *command = (struct made){.player = player, .incarnation = count - 1};
    if (lq_random_world_number(random, 5) == 0) {
        command->incarnation = (uint32_t)lq_random_world_number(random, count);
    }
    highest = model.players[player].highest[command->incarnation];
    command->sequence = lq_random_world_number(random, 4) == 0
                            ? lq_random_world_number(random, highest + 70)
                            : highest + 1 + lq_random_world_number(random, 12);
    if (command->sequence >= SEQUENCES || model.made_count + 1 == MADE_MAX) {
        return NULL;
    }
    model.made_count++;
    return command;
}

/* What was made before: a copy on its way. */
static struct made *any_made(struct lq_random_world *random)
{
    return model.made_count == 0 ? NULL
                                 : &model.made[lq_random_world_number(random, model.made_count)];
}

/* The same command may be in the list more than once: its letter is that of all of them. */
static struct made *find_letter(const struct made *command)
{
    for (uint32_t index = 0; index < model.made_count; index++) {
        struct made *other = &model.made[index];
        if (other->letter_id != 0 && other->player == command->player &&
            other->incarnation == command->incarnation && other->sequence == command->sequence) {
            return other;
        }
    }
    return NULL;
}

/* The next command of a tick, as the broker lets it through: what lies in an open letter comes only
 * as a redrive. NULL: none. */
static struct made *next_command(struct lq_random_world *random, uint64_t *letter_id)
{
    struct made *command =
        lq_random_world_number(random, 3) == 0 ? any_made(random) : make_command(random);

    *letter_id = 0;
    if (command == NULL) {
        return NULL;
    }
    struct made *letter = find_letter(command);
    if (letter == NULL && command->sequence > 0 && lq_random_world_number(random, 12) == 0 &&
        !model.players[command->player].executed[command->incarnation][command->sequence]) {
        command->letter_id = ++model.letters; /* it dies before it is executed */
        command->letter_open = true;
        return NULL;
    }
    if (letter != NULL && letter->letter_open) {
        *letter_id = letter->letter_id;
        return letter;
    }
    return command;
}

/* ---- a tick ---- */

static bool is_in_tick(const struct lq_command *command, uint32_t index)
{
    for (uint32_t at = 0; at < index; at++) {
        const struct lq_command *earlier = &tick.commands[at];
        if (earlier->outcome != LQ_OUTCOME_UNUSED && earlier->sequence == command->sequence &&
            lq_client_id_equal(&earlier->client, &command->client)) {
            return true;
        }
    }
    return false;
}

static void expect_outcome(const struct lq_command *command, uint8_t outcome, const char *reason)
{
    ck_assert_msg(command->outcome == outcome && strcmp(command->reason, reason) == 0,
                  "frame %d: %s %s, not %s %s", (int)model.frame, lq_outcome_name(command->outcome),
                  command->reason, lq_outcome_name(outcome), reason);
}

static void note_execution(struct made *from, const struct lq_command *command)
{
    bool *executed = &model.players[from->player].executed[from->incarnation][from->sequence];

    ck_assert_msg(!*executed, "frame %d: number %d of player %d is executed twice",
                  (int)model.frame, (int)from->sequence, (int)from->player);
    *executed = true;
    if (command->letter_id != 0) {
        from->letter_decided = true; /* in the frame's transaction */
        from->letter_open = false;   /* done; a copy may come again */
    }
}

static void compare(uint32_t index, struct made *from)
{
    const struct lq_command *command = &tick.commands[index];
    enum lq_window_verdict verdict = expect(from);
    bool unknown = verdict == LQ_WINDOW_TOO_OLD || verdict == LQ_WINDOW_SUPERSEDED ||
                   verdict == LQ_WINDOW_INCARNATION_TOO_OLD;

    model.verdicts[verdict]++;
    if (command->letter_id != 0 && unknown) {
        model.decided_by_letter++;
        if (is_in_tick(command, index)) {
            expect_outcome(command, LQ_OUTCOME_DUPLICATE, "");
            ck_assert_uint_eq(command->duplicate_of_frame, model.frame);
        } else {
            expect_outcome(command, LQ_OUTCOME_PENDING, "");
            note_execution(from, command);
        }
    } else if (verdict == LQ_WINDOW_EXECUTE) {
        expect_outcome(command, LQ_OUTCOME_PENDING, "");
        note_execution(from, command);
        use(from);
    } else if (verdict == LQ_WINDOW_DUPLICATE) {
        expect_outcome(command, LQ_OUTCOME_DUPLICATE, "");
        ck_assert_uint_eq(command->duplicate_of_frame, model.players[from->player].last_frame);
    } else {
        expect_outcome(command, LQ_OUTCOME_UNUSED, lq_window_verdict_reason(verdict));
    }
}

/* Without the model's table: whatever load says, it says "execute" once of each command. */
static void compare_executions(uint32_t index, struct made *from)
{
    const struct lq_command *command = &tick.commands[index];
    uint64_t *highest = &model.players[from->player].highest[from->incarnation];

    if (command->outcome == LQ_OUTCOME_PENDING) {
        note_execution(from, command);
        *highest = from->sequence > *highest ? from->sequence : *highest;
        model.executions++;
    }
}

static void run_tick(struct lq_random_world *random,
                     void (*compare_one)(uint32_t index, struct made *from))
{
    struct made *from[8];
    uint64_t letter_id;

    tick.frame = ++model.frame;
    tick.command_count = 0;
    for (uint64_t left = lq_random_world_number(random, 9); left > 0; left--) {
        struct made *command = next_command(random, &letter_id);
        if (command == NULL || (letter_id != 0 && command->letter_decided)) {
            continue; /* load finds the letter in its table and does not judge the command */
        }
        from[tick.command_count] = command;
        tick.commands[tick.command_count++] = (struct lq_command){.client = id_of(command),
                                                                  .sequence = command->sequence,
                                                                  .letter_id = letter_id,
                                                                  .kind = LQ_COMMAND_LEAVE,
                                                                  .outcome = LQ_OUTCOME_PENDING};
    }
    lq_load_v2_step(&tick);
    for (uint32_t index = 0; index < tick.command_count; index++) {
        compare_one(index, from[index]);
    }
    ck_assert(lq_client_windows_valid(&tick.windows));
}

static void run(uint64_t seed, uint32_t ticks,
                void (*compare_one)(uint32_t index, struct made *from))
{
    struct lq_random_world random = {lq_suite_seed(seed)};

    memset(&model, 0, sizeof model);
    for (uint32_t player = 0; player < PLAYERS; player++) {
        model.players[player].entry = NOBODY;
    }
    lq_tick_clear(&tick);
    for (uint32_t count = 0; count < ticks; count++) {
        run_tick(&random, compare_one);
    }
}

START_TEST(prop_nothing_is_executed_twice)
{
    run(21 + (uint64_t)_i, 4000, compare_executions);
    ck_assert_uint_ge(model.executions, 3000);
    ck_assert_uint_eq(tick.windows.count, LQ_CLIENTS_MAX);
}
END_TEST

START_TEST(prop_the_table_decides)
{
    run(11 + (uint64_t)_i, 4000, compare);
    ck_assert_uint_eq(tick.windows.count, entries());
    /* All that the table has a line for was there, and often. */
    for (int verdict = LQ_WINDOW_EXECUTE; verdict < LQ_WINDOW_CLIENTS_FULL; verdict++) {
        ck_assert_msg(model.verdicts[verdict] >= 20, "%s: %u times",
                      lq_window_verdict_reason(verdict), model.verdicts[verdict]);
    }
    ck_assert_uint_eq(model.verdicts[LQ_WINDOW_CLIENTS_FULL], 0);
    ck_assert_uint_ge(model.takeovers, 200);
    ck_assert_uint_ge(model.evictions, 200);
    ck_assert_uint_ge(model.decided_by_letter, 20);
}
END_TEST

TCase *lq_prop_executed_once(void);
TCase *lq_prop_executed_once(void)
{
    TCase *tcase = tcase_create("executed_once");

    tcase_add_loop_test(tcase, prop_nothing_is_executed_twice, 0, 3);
    tcase_add_loop_test(tcase, prop_the_table_decides, 0, 3);
    return tcase;
}
