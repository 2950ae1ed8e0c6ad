// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "broker/core/submission.h"

#include "base/error_name.h"
#include "broker/core/effect_list.h"
#include "broker/core/held_answers.h"
#include "broker/core/mailbox.h"
#include "broker/core/parking.h"
#include "broker/core/partition.h"
#include "broker/core/quota_report.h"
#include "broker/core/session.h"
#include "broker/core/tenant.h"
#include "broker/core/tenant_load.h"
#include "broker/core/tenant_quota.h"

static struct lq_broker_effect *answer(const struct lq_broker_event *event,
                                       struct lq_broker_effects *out)
{
    lq_effect_list_release_event(event, out);
    struct lq_broker_effect *effect = lq_effect_list_add(out, LQ_EFFECT_ANSWER);

    effect->answer.peer = event->peer;
    effect->answer.tag = event->tag;
    return effect;
}

/* Returns the answer. */
static struct lq_broker_effect *refuse(struct lq_broker_core *core,
                                       const struct lq_broker_event *event, const char *reason,
                                       struct lq_broker_effects *out)
{
    struct lq_broker_effect *effect = answer(event, out);

    effect->answer.outcome = LQ_OUTCOME_UNUSED;
    effect->answer.reason = lq_view_text(reason);
    core->counters.commands_refused++;
    return effect;
}

/* It lies in an open letter: so much is told once the table tells of the letter as well. */
static void answer_letter(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint32_t tenant, uint64_t letter, struct lq_broker_effects *out)
{
    const struct lq_core_needs needs = {.broker_sequence = core->tenants[tenant].newest_letter};
    const struct lq_held_command command = {event->client, event->sequence,
                                            lq_hashed_names_of(event->names).hash};

    const char *barred =
        lq_held_answers_waits(core, tenant, &needs) ? lq_held_answers_barred(core, tenant) : NULL;
    if (tenant == 0 && core->tenants[0].mirrored) {
        barred = LQ_REASON_BROKER_FULL ": too many tenants are at work";
    }
    if (barred != NULL) {
        refuse(core, event, barred, out);
        return;
    }
    struct lq_broker_effect *effect = answer(event, out);
    effect->answer.outcome = LQ_OUTCOME_DEAD_LETTERED;
    effect->answer.letter_id = letter;
    (void)lq_held_answers_take_answer(core, tenant, &command, &needs, out);
}

/* Above what its tenant may use: before anything is kept for it. */
static bool refused_by_quota(struct lq_broker_core *core, const struct lq_broker_event *event,
                             uint32_t tenant, uint32_t session, struct lq_broker_effects *out)
{
    struct lq_tenant_refusal refusal =
        lq_tenant_quota_refuses(core, tenant, session != 0, event->payload.bytes);

    if (refusal.reason == NULL) {
        return false;
    }
    struct lq_broker_effect *effect = refuse(core, event, refusal.reason, out);
    effect->answer.again_ms = lq_tenant_quota_refused(core, tenant, refusal.quota);
    lq_quota_report_refused(core, tenant, refusal.quota, out);
    return true;
}

/* It came without its body: the tenant might submit nothing, or one before it was refused. */
static bool is_withheld(const struct lq_broker_event *event)
{
    return event->payload.bytes > 0 && event->payload.buffer == 0;
}

/* There would be room again, but what stood before it in its round was refused: it must not
 * overtake that. Of a tenant with commands/s it counts as refused for that, as a rule it was. */
static void refuse_behind(struct lq_broker_core *core, const struct lq_broker_event *event,
                          uint32_t tenant, struct lq_broker_effects *out)
{
    bool rated = lq_tenant_quota_limit(core, tenant, LQ_QUOTA_COMMANDS) != LQ_QUOTA_NO_LIMIT;
    struct lq_broker_effect *effect =
        refuse(core, event,
               rated ? LQ_REASON_TENANT_QUOTA ": commands/s"
                     : LQ_REASON_TENANT_QUOTA ": behind one that was refused",
               out);

    effect->answer.again_ms =
        lq_tenant_quota_refused(core, tenant, rated ? LQ_QUOTA_COMMANDS : LQ_QUOTA_KINDS);
}

/* The command in a list, or 0; *of_client grows by the client's commands before it. */
static uint32_t find_in_list(const struct lq_broker_core *core, uint32_t first,
                             const struct lq_broker_event *event, uint32_t *of_client)
{
    for (uint32_t index = first; index != 0; index = core->commands[index].next) {
        if (!lq_client_id_equal(&core->commands[index].client, &event->client)) {
            continue;
        }
        if (core->commands[index].sequence == event->sequence) {
            return index;
        }
        ++*of_client;
    }
    return 0;
}

/* A copy of a command that is still here only renews the address of its answer. If it is none,
 * *of_client says how many of the client's commands are here. */
static bool renew_address(struct lq_broker_core *core, const struct lq_core_session *session,
                          const struct lq_broker_event *event, uint32_t *of_client)
{
    uint32_t index = find_in_list(core, session->mailbox.first, event, of_client);

    if (index == 0 && session->execution != 0) {
        index = find_in_list(core, core->executions[session->execution].tick.commands.first, event,
                             of_client);
    }
    if (index == 0) {
        return false;
    }
    core->commands[index].peer = event->peer;
    core->commands[index].tag = event->tag;
    core->counters.resends++;
    return true;
}

static const char *why_refused(const struct lq_broker_core *core,
                               const struct lq_core_session *session, uint32_t of_client)
{
    const char *barred = lq_partition_barred(core, session->partition);

    if (lq_parking_is_unreadable(core, session)) {
        return LQ_PARKING_UNDECIDED;
    }
    if (of_client >= LQ_CLIENT_WINDOW) {
        return LQ_REASON_CLIENT_QUOTA ": too many commands of this client wait for this session";
    }
    if (session->mailbox.count >= core->config.mailbox_commands_max) {
        return LQ_REASON_MAILBOX_FULL ": too many commands of this session wait";
    }
    if (core->tenants[session->tenant].commands >= core->config.tenant_commands_max) {
        return LQ_REASON_TENANT_QUOTA ": too many commands of this tenant wait";
    }
    const char *behind = lq_held_answers_barred(core, session->tenant);
    return behind != NULL ? behind : barred;
}

static uint32_t keep_command(struct lq_broker_core *core, uint32_t session,
                             const struct lq_broker_event *event)
{
    uint32_t index = lq_record_pool_take(&core->command_pool, lq_core_tables_command_links(core));

    if (index == 0) {
        return 0;
    }
    uint32_t tenant = core->sessions[session].tenant;
    struct lq_core_command *command = &core->commands[index];
    memset(command, 0, sizeof *command);
    command->client = event->client;
    command->sequence = event->sequence;
    command->peer = event->peer;
    command->tag = event->tag;
    command->payload = event->payload;
    lq_tenant_quota_hold(core, tenant, event->payload.bytes);
    core->tenants[tenant].commands++;
    core->tenants[tenant].mailbox_bytes += event->payload.bytes;
    core->commands_held++;
    return index;
}

void lq_submission_command(struct lq_broker_core *core, const struct lq_broker_event *event,
                           struct lq_broker_effects *out)
{
    if (!lq_tenant_name_valid(event->names.tenant) ||
        !lq_session_name_valid(event->names.session)) {
        refuse(core, event, LQ_REASON_INVALID_NAME ": tenant or session", out);
        return;
    }
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t session = lq_session_find(core, &key);
    uint32_t of_client = 0;
    if (session != 0 && renew_address(core, &core->sessions[session], event, &of_client)) {
        lq_effect_list_release_event(event, out);
        return;
    }
    uint32_t tenant = session != 0 ? core->sessions[session].tenant : lq_tenant_find(core, &key);
    if (lq_held_answers_renew(core, event, key.hash)) {
        lq_effect_list_release_event(event, out);
        return;
    }
    uint64_t letter =
        lq_letter_index_find(&core->letters, &event->client, event->sequence, key.hash);
    if (letter != 0) {
        answer_letter(core, event, lq_tenant_keep(core, &key), letter, out);
        return;
    }
    if (refused_by_quota(core, event, tenant, session, out)) {
        return;
    }
    session = session != 0 ? session : lq_session_keep(core, &key);
    if (session == 0) {
        refuse(core, event, LQ_REASON_BROKER_FULL ": too many sessions are at work", out);
        return;
    }
    const char *reason = why_refused(core, &core->sessions[session], of_client);
    if (reason == NULL && is_withheld(event)) {
        refuse_behind(core, event, core->sessions[session].tenant, out);
        lq_session_release(core, session);
        return;
    }
    uint32_t command = reason == NULL ? keep_command(core, session, event) : 0;
    if (command == 0) {
        refuse(core, event,
               reason != NULL ? reason : LQ_REASON_BROKER_FULL ": too many commands wait", out);
        lq_session_release(core, session);
        return;
    }
    lq_tenant_quota_pay_command(core, core->sessions[session].tenant);
    lq_tenant_load_submitted(core, core->sessions[session].tenant);
    lq_mailbox_post(core, session, command);
}

void lq_submission_redrive(struct lq_broker_core *core, const struct lq_broker_event *event,
                           struct lq_broker_effects *out)
{
    struct lq_hashed_names key = lq_hashed_names_of(event->names);
    uint32_t session = lq_session_keep(core, &key);
    uint32_t command = 0;

    if (session != 0 && !core->sessions[session].stopped) {
        lq_parking_unpark(core, session, out);
        if (!event->letter.has_command) {
            lq_effect_list_release_event(event, out);
            lq_parking_revive_tick(core, session, event->letter.id, out);
            return;
        }
        if (core->sessions[session].mailbox.count < core->config.mailbox_commands_max) {
            command = keep_command(core, session, event);
        }
    }
    if (command == 0) {
        lq_effect_list_release_event(event, out);
        lq_effect_list_letter_open(out, event->letter.id);
        if (session != 0) {
            lq_session_release(core, session);
        }
        return;
    }
    core->commands[command].letter_id = event->letter.id;
    core->commands[command].peer = 0;
    lq_mailbox_post(core, session, command);
}
