// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* standard_output.h - what a program prints arrives, or the program says why not and fails.
 *
 * Programs go on using printf and stdout. Behind stdout stands one function that sees every write,
 * an early flush of a full buffer too, and keeps the first reason of a failure; stdio alone forgets
 * it. At exit(), by whatever way, the rest is flushed and the descriptor closed; if anything did
 * not arrive, "PROGRAM: standard output: REASON" is said on stderr and the exit status is 1.
 *
 * A reader that went away (lqctl ... | head -1) ends the program quietly by SIGPIPE, as it ends
 * others; where SIGPIPE is ignored, it is a reason like any other. A file size limit is a reason
 * too: SIGXFSZ is ignored. Trouble of stderr itself changes nothing: the exit status is what is
 * left to tell. Needs glibc (stdout can be assigned there). */
#ifndef LQ_STANDARD_OUTPUT_H
#define LQ_STANDARD_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* First thing in main(), once. A standard descriptor that the caller closed is filled, so that no
 * file or socket of the program is taken for it; writing to a filled stdout fails. */
void lq_standard_output_open(const char *program);

/* Hand over what was printed so far. False: it did not arrive, now or earlier, and nothing printed
 * from now on will: whoever works only to print should end. */
bool lq_standard_output_flush(void);

/* The stream below, for what must draw on the terminal itself (curses). */
FILE *lq_standard_output_terminal(void);

/* The first reason of a failure, an errno; 0: none. Flushes nothing. */
int lq_standard_output_reason(void);

#endif
