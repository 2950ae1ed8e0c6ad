// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "base/alloc.h"
#include "base/error_message.h"
#include "cli/broker_call.h"
#include "cli/commands.h"
#include "cli/json_output.h"
#include "cli/session_rate.h"
#include "cli/text_output.h"
#include "cli/world_file.h"
#include "proto/tick_codec.h"

#include <inttypes.h>
#include <stdlib.h>

enum { WORLD_BYTES_MAX = LQ_HEADER_BYTES_MAX };

struct creation {
    struct lq_session_path path;
    struct lq_session_config config;
    struct lq_world world;
    uint8_t encoded[WORLD_BYTES_MAX];
    size_t encoded_bytes;
};

static bool read_decimal(const struct lq_invocation *invocation, const char *name, double usual,
                         double *value, struct lq_error_message *message)
{
    const char *text = lq_invocation_value(invocation, name);
    char *end = NULL;

    *value = usual;
    if (text == NULL) {
        return true;
    }
    *value = strtod(text, &end);
    if (end == text || *end != '\0') {
        lq_error_message_set(message, "--%s %s is no number", name, text);
        return false;
    }
    return true;
}

static bool read_rate(const struct lq_invocation *invocation, struct lq_session_config *config,
                      struct lq_error_message *message)
{
    const char *text = lq_invocation_value(invocation, "rate");
    struct lq_session_rate rate = {0, 1};

    if (text != NULL && !lq_session_rate_read(text, "--rate", &rate, message)) {
        return false;
    }
    config->rate_numerator = rate.numerator;
    config->rate_denominator = rate.denominator;
    return true;
}

static bool read_config(const struct lq_invocation *invocation, struct lq_session_config *config,
                        struct lq_error_message *message)
{
    uint64_t steps = 1;
    double restitution = 0;

    if (!read_rate(invocation, config, message) ||
        !lq_invocation_number(invocation, "seed", (struct lq_number_range){0, UINT64_MAX, 1},
                              &config->seed, message) ||
        !lq_invocation_number(invocation, "steps-per-command",
                              (struct lq_number_range){1, LQ_STEPS_PER_TICK_MAX, 1}, &steps,
                              message) ||
        !read_decimal(invocation, "width", 100, &config->width, message) ||
        !read_decimal(invocation, "height", 100, &config->height, message) ||
        !read_decimal(invocation, "restitution", 0.9, &restitution, message)) {
        return false;
    }
    config->steps_per_command = (uint32_t)steps;
    config->restitution = (float)restitution;
    config->attended = lq_invocation_value(invocation, "attended") != NULL;
    return lq_session_config_check(config, message->text) == LQ_OK;
}

static bool read_creation(const struct lq_invocation *invocation, struct creation *creation,
                          struct lq_error_message *message)
{
    const char *world_path = lq_invocation_value(invocation, "world");

    if (!lq_invocation_session_argument(invocation, &creation->path, message) ||
        !read_config(invocation, &creation->config, message)) {
        return false;
    }
    lq_world_clear(&creation->world);
    if (world_path != NULL && lq_world_file_read(world_path, &creation->world, message) != LQ_OK) {
        return false;
    }
    enum lq_result rc = lq_world_encode(&creation->world, creation->encoded, WORLD_BYTES_MAX,
                                        &creation->encoded_bytes);
    if (rc != LQ_OK) {
        lq_error_message_set(message, "the world: %s", lq_result_text(rc));
    }
    return rc == LQ_OK;
}

/* What an existing session has that was not asked for, as " rate 10/1, not 20/1;". */
static void compare_config(const struct lq_session_config *there,
                           const struct lq_session_config *asked, char *text, size_t bytes_max)
{
    const struct {
        const char *name;
        double there, asked;
    } numbers[] = {{"steps-per-command", there->steps_per_command, asked->steps_per_command},
                   {"width", there->width, asked->width},
                   {"height", there->height, asked->height},
                   {"restitution", (double)there->restitution, (double)asked->restitution}};
    size_t used = 0;

    text[0] = '\0';
    if (there->rate_numerator != asked->rate_numerator ||
        (asked->rate_numerator != 0 && there->rate_denominator != asked->rate_denominator)) {
        used = (size_t)snprintf(text, bytes_max, " rate %u/%u, not %u/%u;", there->rate_numerator,
                                there->rate_denominator, asked->rate_numerator,
                                asked->rate_denominator);
    }
    if (there->seed != asked->seed) {
        used += (size_t)snprintf(text + used, bytes_max - used,
                                 " seed %" PRIu64 ", not %" PRIu64 ";", there->seed, asked->seed);
    }
    if (there->attended != asked->attended) {
        used += (size_t)snprintf(text + used, bytes_max - used, " %s;",
                                 there->attended ? "attended" : "not attended");
    }
    for (size_t index = 0; index < sizeof numbers / sizeof numbers[0] && used < bytes_max;
         index++) {
        if (numbers[index].there != numbers[index].asked) {
            used +=
                (size_t)snprintf(text + used, bytes_max - used, " %s %.9g, not %.9g;",
                                 numbers[index].name, numbers[index].there, numbers[index].asked);
        }
    }
}

/* `reply` has a result or, where nobody answered (which was said), none. */
static void complain(const struct creation *creation, const char *name, enum lq_exit_code code,
                     const struct lq_admin_reply *reply)
{
    char differences[512];

    if (code == LQ_EXIT_UNREACHABLE || code == LQ_EXIT_TIMEOUT) {
        return;
    }
    if (reply->result != LQ_ERR_EXISTS || reply->session_count == 0) {
        lq_broker_call_complain(name, reply);
        return;
    }
    compare_config(&reply->sessions[0].config, &creation->config, differences, sizeof differences);
    if (differences[0] == '\0') {
        lq_text_output_error(
            "%s: exists already, with this configuration; its world was not touched", name);
    } else {
        differences[strlen(differences) - 1] = '\0';
        lq_text_output_error("%s: exists already, with another configuration:%s", name,
                             differences);
    }
}

static enum lq_exit_code create_session(struct lq_broker_call *call, struct creation *creation)
{
    bool dry_run = call->invocation->dry_run;
    const char *name = call->invocation->arguments[0];
    struct lq_admin_request request = {
        .kind = LQ_ADMIN_CREATE_SESSION,
        .tenant = lq_view_text(creation->path.tenant),
        .session = lq_view_text(creation->path.session),
        .has_config = true,
        .config = creation->config,
        .world = lq_view_of(creation->encoded, creation->encoded_bytes),
    };
    struct lq_admin_reply reply = {.result = LQ_OK};

    if (!dry_run) {
        enum lq_exit_code code = lq_broker_call_ask(call, &request, NULL, &reply);
        if (code != LQ_EXIT_OK) {
            complain(creation, name, code, &reply);
            return code;
        }
    }
    if (call->invocation->json) {
        lq_json_output_print("session.create",
                             json_pack("{s:s,s:s,s:b,s:i,s:I,s:I,s:o}", "tenant",
                                       creation->path.tenant, "session", creation->path.session,
                                       "dry_run", (int)dry_run, "count", 1, "bodies",
                                       (json_int_t)creation->world.body_count, "agents",
                                       (json_int_t)creation->world.agent_count, "config",
                                       lq_json_output_config(&creation->config)));
    } else {
        printf("session %s %s: %u bodies, %u agents\n", name,
               dry_run ? "would be created" : "created", creation->world.body_count,
               creation->world.agent_count);
    }
    return LQ_EXIT_OK;
}

enum lq_exit_code lq_session_create_run(const struct lq_invocation *invocation)
{
    struct lq_error_message message = {""};
    struct lq_broker_call call;
    struct creation *creation = lq_alloc(1, sizeof *creation);

    if (!read_creation(invocation, creation, &message)) {
        lq_text_output_error("%s", message.text);
        free(creation);
        return LQ_EXIT_USAGE;
    }
    enum lq_exit_code code = lq_broker_call_open(invocation, &call);
    if (code == LQ_EXIT_OK) {
        code = create_session(&call, creation);
    }
    lq_broker_call_close(&call);
    free(creation);
    return code;
}
