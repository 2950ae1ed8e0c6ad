// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* error_message.h - what went wrong, and where, in words for a person.
 *
 * A value: whoever wants the words lends one; whoever fails fills it in. It says nothing unless the
 * call failed. Longer texts are cut.
 */
#ifndef LQ_ERROR_MESSAGE_H
#define LQ_ERROR_MESSAGE_H

/* The longest path, and what is wrong with it. */
#define LQ_ERROR_MESSAGE_BYTES 1536

struct lq_error_message {
    char text[LQ_ERROR_MESSAGE_BYTES];
};

/* Replace the text; printf's format. */
void lq_error_message_set(struct lq_error_message *message, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
