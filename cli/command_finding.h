// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* command_finding.h - what became of a command, judged by what was found of it. No I/O.
 *
 *   broker  (FIND_COMMAND)   where it is, if it was not answered for good
 *   letters (LIST_LETTERS)   the dead letter that has it, open, redriving or done
 *   window  (WINDOW)         whether the session has used up its number
 *   frames  (READ)           the frame that has it, searched backwards within a bound
 *
 * They are asked in this order: a command goes from the broker into a letter or a frame, so that
 * what one source has given away already the next one has. A redrive takes it back to the broker
 * and leaves the letter where it is, as one that is being redriven.
 */
#ifndef LQ_COMMAND_FINDING_H
#define LQ_COMMAND_FINDING_H

#include "base/error_message.h"
#include "proto/reading.h"

/* "0123456789abcdef0123456789abcdef:7". False: `message` says why. */
bool lq_command_finding_name(const char *text, struct lq_command_name *name,
                             struct lq_error_message *message);

/* What a session's window says of a number. */
enum lq_window_finding {
    LQ_WINDOW_USED = 1,  /* used up, at or before the client's last frame */
    LQ_WINDOW_FREE,      /* not used up, and it may still be */
    LQ_WINDOW_NO_CLIENT, /* not used up: the session has never had a command of the client */
    LQ_WINDOW_BELOW,     /* not known: below the 64 that are remembered */
    LQ_WINDOW_LATER,     /* not known: only the player's later incarnation is remembered */
    LQ_WINDOW_EVICTED    /* not known: the client may have been forgotten for another one */
};
enum lq_window_finding lq_command_finding_window(const struct lq_command_name *name,
                                                 const struct lq_window_entry *window);

/* The newest frame that can have it; *possible false: none can. */
uint64_t lq_command_finding_newest(enum lq_window_finding finding,
                                   const struct lq_window_entry *window, bool *possible);

enum lq_command_answer {
    LQ_ANSWER_APPLIED = 1,
    LQ_ANSWER_REFUSED,
    LQ_ANSWER_WAITING,
    LQ_ANSWER_UNDER_WAY,
    LQ_ANSWER_HELD, /* it is in a frame; its answer waits for the mirror's table */
    LQ_ANSWER_DEAD_LETTERED,
    LQ_ANSWER_REDRIVING,
    LQ_ANSWER_NEVER_SEEN,
    LQ_ANSWER_NO_LONGER_KNOWN, /* the frame that may have it is not kept */
    LQ_ANSWER_UNDECIDED /* the search ended at its bound, or the session could not be asked */
};

/* What was found. */
struct lq_command_evidence {
    struct lq_command_sighting sighting;
    uint64_t letter_id;     /* 0: no letter has it, among those that were looked at */
    uint8_t letter_state;   /* enum lq_letter_state */
    uint64_t letter_frame;  /* DONE: the frame that it was redriven into */
    bool letters_cut;       /* there are more than were looked at */
    uint32_t letters_count; /* of the session, that were looked at */
    bool window_told;       /* else nobody said in time */
    struct lq_window_entry window;
    enum lq_window_finding finding;
    bool searched;
    uint64_t searched_from, searched_to; /* frames; from is the oldest of them */
    uint64_t oldest;                     /* that is kept */
    bool found;
    uint64_t frame;
    uint8_t outcome, kind;
    uint8_t hash[32];
    char reason[LQ_REASON_BYTES_MAX];
};
enum lq_command_answer lq_command_finding_judge(const struct lq_command_evidence *evidence);

const char *lq_command_finding_text(enum lq_command_answer answer);         /* "no longer known" */
const char *lq_command_finding_window_text(enum lq_window_finding finding); /* a sentence */

#endif
