// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* map_guard.h - what is said when a damaged file kills its reader.
 *
 * LMDB reads pages in place, through a map of the file, and believes the page numbers and lengths
 * in them. A damaged one leads out of the file (SIGBUS), out of the map (SIGSEGV), or into an
 * assertion of LMDB's. A program that armed the guard then ends with a message that names the file
 * and what it was reading, instead of without a word. Only inside of enter and leave: a crash
 * anywhere else is a bug and stays one.
 *
 * One thread of a process reads under the guard.
 */
#ifndef LQ_MAP_GUARD_H
#define LQ_MAP_GUARD_H

/* Install the guard. `program` is static text; the process ends with `exit_code`. */
void lq_map_guard_arm(const char *program, int exit_code);

/* Take the guard away again, on the thread that armed it: from here on the process dies of such a
 * fault as of any other. */
void lq_map_guard_disarm(void);

/* From here on `file` is being read, for `what`: both are copied. May be nested: the inner one
 * changes only what is said. Does nothing but two copies when nobody armed the guard. */
void lq_map_guard_enter(const char *file, const char *what);
void lq_map_guard_leave(void);

/* Within: what is read now. */
void lq_map_guard_note(const char *what);

/* For LMDB, which calls it when one of its assertions fails. Returns if the guard is not armed. */
void lq_map_guard_fail(const char *why);

#endif
