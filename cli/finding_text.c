// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/finding_text.h"

#include "cli/frame_text.h"
#include "cli/json_output.h"
#include "cli/letter_selection.h"
#include "cli/text_output.h"

#include <inttypes.h>

static const char *place_name(uint8_t place)
{
    static const char *const names[] = {"nowhere", "mailbox", "under way", "held", "letter"};

    LQ_ASSERT(place <= LQ_COMMAND_PLACE_LAST);
    return names[place];
}

static json_t *window_json(const struct lq_command_evidence *evidence)
{
    static const char *const names[] = {"",      "used",  "free",   "no client",
                                        "below", "later", "evicted"};
    const struct lq_window_entry *window = &evidence->window;

    return evidence->window_told
               ? json_pack("{s:I,s:s,s:I,s:I}", "frame", (json_int_t)window->frame, "number",
                           names[evidence->finding], "highest", (json_int_t)window->highest,
                           "last_frame", (json_int_t)window->last_frame)
               : json_null();
}

static json_t *search_json(const struct lq_command_evidence *evidence)
{
    return evidence->searched
               ? json_pack("{s:I,s:I,s:I}", "from", (json_int_t)evidence->searched_from, "to",
                           (json_int_t)evidence->searched_to, "oldest",
                           (json_int_t)evidence->oldest)
               : json_null();
}

static json_t *found_json(const struct lq_command_evidence *evidence)
{
    const struct lq_frame_command command = {.kind = evidence->kind};

    return evidence->found
               ? json_pack("{s:I,s:o,s:s,s:s,s:s}", "frame", (json_int_t)evidence->frame, "hash",
                           lq_json_output_hex(evidence->hash, sizeof evidence->hash), "kind",
                           lq_frame_text_kind(&command), "outcome",
                           lq_frame_text_outcome(evidence->outcome), "reason", evidence->reason)
               : json_null();
}

static json_t *letter_json(uint64_t id)
{
    return id == 0 ? json_null() : lq_json_output_letter_id(id);
}

json_t *lq_finding_text_json(const struct lq_finding_subject *subject,
                             const struct lq_command_evidence *evidence,
                             enum lq_command_answer answer)
{
    const struct lq_command_sighting *sighting = &evidence->sighting;
    json_t *broker = json_pack(
        "{s:I,s:s,s:I,s:o,s:o,s:o}", "epoch", (json_int_t)subject->epoch, "place",
        place_name(sighting->place), "ahead", (json_int_t)sighting->ahead, "stage",
        lq_json_output_text(sighting->stage), "parked_by", lq_json_output_text(sighting->parked_by),
        "letter", letter_json(sighting->letter_id));
    json_t *letters = json_pack(
        "{s:I,s:b,s:o,s:s}", "count", (json_int_t)evidence->letters_count, "cut",
        (int)evidence->letters_cut, "letter", letter_json(evidence->letter_id), "state",
        evidence->letter_id == 0 ? "" : lq_letter_selection_state_name(evidence->letter_state));

    return json_pack("{s:o,s:I,s:s,s:s,s:s,s:o,s:o,s:o,s:o,s:o}", "client",
                     lq_json_output_hex(subject->name.client.bytes, LQ_CLIENT_ID_BYTES), "sequence",
                     (json_int_t)subject->name.sequence, "tenant", subject->path.tenant, "session",
                     subject->path.session, "answer", lq_command_finding_text(answer), "found",
                     found_json(evidence), "broker", broker, "letters", letters, "window",
                     window_json(evidence), "search", search_json(evidence));
}

static void print_broker(const struct lq_command_sighting *sighting, uint64_t epoch)
{
    printf("broker     epoch %" PRIu64 ": ", epoch);
    switch ((enum lq_command_place)sighting->place) {
    case LQ_COMMAND_NOWHERE:
        printf("has nothing of it\n");
        break;
    case LQ_COMMAND_IN_MAILBOX:
        printf("it waits, %u before it\n", sighting->ahead);
        break;
    case LQ_COMMAND_UNDER_WAY:
        printf("its tick is at %.*s\n", (int)sighting->stage.bytes,
               (const char *)sighting->stage.data);
        break;
    case LQ_COMMAND_HELD:
        printf("its answer waits for the mirror's table\n");
        break;
    case LQ_COMMAND_IN_LETTER:
        printf("it lies in the dead letter dlq_%016" PRIx64 "\n", sighting->letter_id);
        break;
    }
    if (sighting->parked_by.bytes > 0) {
        printf("           its session is parked by %.*s\n", (int)sighting->parked_by.bytes,
               (const char *)sighting->parked_by.data);
    }
}

static void print_letters(const struct lq_command_evidence *evidence)
{
    if (evidence->letter_id != 0) {
        printf("letters    dlq_%016" PRIx64 " has it, %s\n", evidence->letter_id,
               lq_letter_selection_state_name(evidence->letter_state));
    } else {
        printf("letters    %s%u of the session, none has it\n",
               evidence->letters_cut ? "only the oldest looked at: " : "", evidence->letters_count);
    }
}

static void print_session(const struct lq_command_evidence *evidence)
{
    if (!evidence->window_told) {
        printf("window     not told: no actor of load answered\n");
        return;
    }
    printf("window     after frame %" PRIu64 ": %s", evidence->window.frame,
           lq_command_finding_window_text(evidence->finding));
    if (evidence->finding == LQ_WINDOW_USED) {
        printf(", in frame %" PRIu64 " or before", evidence->window.last_frame);
    }
    printf("\n");
    if (!evidence->searched) {
        printf("frames     %s\n", evidence->found ? "the letter's frame has it" : "not searched");
        return;
    }
    printf("frames     %" PRIu64 " to %" PRIu64 " searched, the oldest that is kept is %" PRIu64
           ": %s\n",
           evidence->searched_from, evidence->searched_to, evidence->oldest,
           evidence->found ? "found" : "not found");
}

void lq_finding_text_print(const struct lq_finding_subject *subject,
                           const struct lq_command_evidence *evidence,
                           enum lq_command_answer answer)
{
    const struct lq_frame_command command = {.kind = evidence->kind};
    char name[LQ_FRAME_TEXT_NAME_BYTES];
    char hash[LQ_TEXT_HASH_BYTES];

    printf("command    %s\n",
           lq_frame_text_name(&subject->name.client, subject->name.sequence, name));
    printf("session    %s/%s\n", subject->path.tenant, subject->path.session);
    printf("answer     %s", lq_command_finding_text(answer));
    if (evidence->found) {
        printf(" in frame %" PRIu64 "%s%s\nkind       %s\nhash       %s", evidence->frame,
               evidence->reason[0] != '\0' ? ": " : "", evidence->reason,
               lq_frame_text_kind(&command), lq_text_output_hash(evidence->hash, 64, hash));
    }
    printf("\n");
    print_broker(&evidence->sighting, subject->epoch);
    print_letters(evidence);
    print_session(evidence);
}
