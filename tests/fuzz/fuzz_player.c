// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A message of a player, a template of its tenant, and a resume token, by the first byte: each is
 * taken within its limits, or refused with a reason. What a message asks for is judged by the usual
 * rules, and what they let through is a command. */
#include "base/contract.h"
#include "gateway/domain/player_rules.h"
#include "gateway/domain/resume_token.h"
#include "gateway/infrastructure/message_reader.h"
#include "gateway/infrastructure/rules_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void judge(const struct lq_player_message *message)
{
    static struct lq_player_rules rules;
    const struct lq_rules_player player = {{{1}}, 7, 100, 100};
    struct lq_command command;
    char reason[LQ_REASON_BYTES_MAX] = "";

    lq_player_rules_default(&rules);
    rules.kinds[LQ_COMMAND_CUSTOM] = true;
    rules.custom_bytes_max = LQ_CUSTOM_BYTES_MAX;
    if (lq_player_rules_judge(&rules, &player, message, &command, reason) == LQ_OK) {
        LQ_ASSERT(lq_command_check(&command, reason) == LQ_OK);
        LQ_ASSERT(command.body_id == 0);
    } else {
        LQ_ASSERT(reason[0] != '\0');
    }
}

static void fuzz_message(struct lq_view text)
{
    static struct lq_message_reader reader;
    static struct lq_player_message message;
    char reason[LQ_REASON_BYTES_MAX];
    enum lq_result result = lq_message_reader_read(&reader, text, &message, reason);

    LQ_ASSERT((result == LQ_OK) == (reason[0] == '\0'));
    LQ_ASSERT(memchr(reason, 0, sizeof reason) != NULL);
    if (result == LQ_OK && message.number > 0) {
        judge(&message);
    }
}

static void fuzz_rules(struct lq_view text)
{
    static struct lq_player_rules rules;
    struct lq_error_message message = {""};
    const char *wrong;

    if (lq_rules_file_parse(text, &rules, &message) == LQ_OK) {
        LQ_ASSERT(lq_player_rules_check(&rules, &wrong) == LQ_OK);
    } else {
        LQ_ASSERT(message.text[0] != '\0');
    }
}

static void fuzz_token(struct lq_view from)
{
    static struct lq_resume_token token;
    uint8_t again[LQ_RESUME_TOKEN_BYTES_MAX];
    size_t bytes;

    if (lq_resume_token_decode(from, &token) == LQ_OK &&
        lq_resume_token_encode(&token, again, &bytes) == LQ_OK) {
        LQ_ASSERT(lq_view_equal(from, lq_view_of(again, bytes)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0) {
        return 0;
    }
    struct lq_view rest = lq_view_of(data + 1, bytes - 1);
    switch (data[0]) {
    case 'r':
        fuzz_rules(rest);
        break;
    case 't':
        fuzz_token(rest);
        break;
    default:
        fuzz_message(rest);
        break;
    }
    return 0;
}
