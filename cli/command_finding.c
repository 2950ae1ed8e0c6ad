// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/command_finding.h"

#include "base/contract.h"
#include "proto/admin_codec.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>

#define MAP_BITS LQ_CLIENT_WINDOW

static int digit_of(char letter)
{
    return letter >= '0' && letter <= '9'   ? letter - '0'
           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
           : letter >= 'A' && letter <= 'F' ? letter - 'A' + 10
                                            : -1;
}

static bool read_client(const char *text, size_t bytes, struct lq_client_id *client)
{
    if (bytes != 2 * LQ_CLIENT_ID_BYTES) {
        return false;
    }
    for (size_t index = 0; index < LQ_CLIENT_ID_BYTES; index++) {
        int high = digit_of(text[2 * index]);
        int low = digit_of(text[2 * index + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        client->bytes[index] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool lq_command_finding_name(const char *text, struct lq_command_name *name,
                             struct lq_error_message *message)
{
    const char *colon = strchr(text, ':');
    char *end = NULL;

    if (colon == NULL || !read_client(text, (size_t)(colon - text), &name->client)) {
        lq_error_message_set(message,
                             "%.200s is no command: say CLIENT:NUMBER, the client in %d "
                             "hexadecimal digits",
                             text, 2 * LQ_CLIENT_ID_BYTES);
        return false;
    }
    errno = 0;
    name->sequence = strtoull(colon + 1, &end, 10);
    if (!isdigit((unsigned char)colon[1]) || *end != '\0' || errno != 0 || name->sequence == 0) {
        lq_error_message_set(message, "%.200s: a number is a whole one, from 1 on", text);
        return false;
    }
    return true;
}

enum lq_window_finding lq_command_finding_window(const struct lq_command_name *name,
                                                 const struct lq_window_entry *window)
{
    uint64_t incarnation = lq_client_id_incarnation(&name->client);

    if (!window->known) {
        bool full = window->count >= LQ_CLIENTS_MAX;
        return full && incarnation <= window->lowest_incarnation ? LQ_WINDOW_EVICTED
                                                                 : LQ_WINDOW_NO_CLIENT;
    }
    if (!lq_client_id_equal(&window->client, &name->client)) {
        return incarnation > lq_client_id_incarnation(&window->client) ? LQ_WINDOW_NO_CLIENT
                                                                       : LQ_WINDOW_LATER;
    }
    if (name->sequence > window->highest) {
        return LQ_WINDOW_FREE;
    }
    uint64_t below = window->highest - name->sequence; /* 0: the highest itself */
    if (below > MAP_BITS) {
        return LQ_WINDOW_BELOW;
    }
    return below == 0 || (window->used_map >> (below - 1) & 1) != 0 ? LQ_WINDOW_USED
                                                                    : LQ_WINDOW_FREE;
}

uint64_t lq_command_finding_newest(enum lq_window_finding finding,
                                   const struct lq_window_entry *window, bool *possible)
{
    *possible = finding != LQ_WINDOW_FREE && finding != LQ_WINDOW_NO_CLIENT;
    /* An earlier incarnation's last command is before the later one's first. */
    return finding == LQ_WINDOW_EVICTED ? window->frame : window->last_frame;
}

/* What the broker and its letters have of it, where no frame does. 0: nothing. */
static enum lq_command_answer judge_broker(const struct lq_command_evidence *evidence)
{
    uint8_t place = evidence->sighting.place;
    bool open = evidence->letter_id != 0 && evidence->letter_state == LQ_LETTER_OPEN;
    bool redriving = evidence->letter_id != 0 && evidence->letter_state == LQ_LETTER_REDRIVING;

    if (redriving || (evidence->sighting.letter_id != 0 &&
                      (place == LQ_COMMAND_IN_MAILBOX || place == LQ_COMMAND_UNDER_WAY))) {
        return LQ_ANSWER_REDRIVING;
    }
    if (place == LQ_COMMAND_IN_MAILBOX) {
        return LQ_ANSWER_WAITING;
    }
    if (place == LQ_COMMAND_UNDER_WAY) {
        return LQ_ANSWER_UNDER_WAY;
    }
    if (place == LQ_COMMAND_IN_LETTER || open) {
        return LQ_ANSWER_DEAD_LETTERED;
    }
    return place == LQ_COMMAND_HELD ? LQ_ANSWER_HELD : 0;
}

enum lq_command_answer lq_command_finding_judge(const struct lq_command_evidence *evidence)
{
    /* A copy of a command that a frame has may be on its way: the frame is what counts. */
    if (evidence->found) {
        return evidence->outcome == LQ_OUTCOME_APPLIED ? LQ_ANSWER_APPLIED : LQ_ANSWER_REFUSED;
    }
    bool used = evidence->window_told && evidence->finding == LQ_WINDOW_USED;
    enum lq_command_answer broker = judge_broker(evidence);
    if (broker != 0 && !used) {
        return broker;
    }
    if (!evidence->window_told) {
        return LQ_ANSWER_UNDECIDED;
    }
    if (evidence->finding == LQ_WINDOW_FREE || evidence->finding == LQ_WINDOW_NO_CLIENT) {
        return LQ_ANSWER_NEVER_SEEN;
    }
    if (!evidence->searched || evidence->searched_from > evidence->oldest) {
        return LQ_ANSWER_UNDECIDED;
    }
    /* All frames that are kept were searched. */
    return evidence->oldest == 0 && !used ? LQ_ANSWER_NEVER_SEEN : LQ_ANSWER_NO_LONGER_KNOWN;
}

const char *lq_command_finding_text(enum lq_command_answer answer)
{
    static const char *const texts[] = {
        [LQ_ANSWER_APPLIED] = "applied",
        [LQ_ANSWER_REFUSED] = "refused",
        [LQ_ANSWER_WAITING] = "waiting",
        [LQ_ANSWER_UNDER_WAY] = "under way",
        [LQ_ANSWER_HELD] = "held",
        [LQ_ANSWER_DEAD_LETTERED] = "dead-lettered",
        [LQ_ANSWER_REDRIVING] = "redriving",
        [LQ_ANSWER_NEVER_SEEN] = "never seen",
        [LQ_ANSWER_NO_LONGER_KNOWN] = "no longer known",
        [LQ_ANSWER_UNDECIDED] = "undecided",
    };

    LQ_ASSERT(answer >= LQ_ANSWER_APPLIED && answer <= LQ_ANSWER_UNDECIDED);
    return texts[answer];
}

const char *lq_command_finding_window_text(enum lq_window_finding finding)
{
    static const char *const texts[] = {
        [LQ_WINDOW_USED] = "its number is used up",
        [LQ_WINDOW_FREE] = "its number is not used up",
        [LQ_WINDOW_NO_CLIENT] = "the session has had no command of this client",
        [LQ_WINDOW_BELOW] = "its number is below the 64 that are remembered",
        [LQ_WINDOW_LATER] = "a later incarnation of the player is remembered alone",
        [LQ_WINDOW_EVICTED] = "the client is not remembered, or not any more",
    };

    LQ_ASSERT(finding >= LQ_WINDOW_USED && finding <= LQ_WINDOW_EVICTED);
    return texts[finding];
}
