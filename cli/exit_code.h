// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* exit_code.h - what lqctl tells a script. The manual page has the same list. */
#ifndef LQ_EXIT_CODE_H
#define LQ_EXIT_CODE_H

enum lq_exit_code {
    LQ_EXIT_OK = 0,           /* done, verified */
    LQ_EXIT_FAILED = 1,       /* refused or failed */
    LQ_EXIT_USAGE = 2,        /* the command line or the configuration is wrong */
    LQ_EXIT_NOT_FOUND = 3,    /* no such tenant, session, frame, letter or command */
    LQ_EXIT_PARTLY = 5,       /* some of it was done, or is known */
    LQ_EXIT_BROKEN = 7,       /* verification failed: a chain, a record, a replayed frame */
    LQ_EXIT_UNREACHABLE = 69, /* no broker answers (EX_UNAVAILABLE) */
    LQ_EXIT_TRY_AGAIN = 75,   /* busy, full or paused (EX_TEMPFAIL) */
    LQ_EXIT_TIMEOUT = 99      /* a broker was there, the answer did not come in time */
};

#endif
