// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* contract.h - assertions for bugs. They stay on in every build.
 *
 * LQ_ASSERT is for what only a mistake in this code can make false, never for input. It has no side
 * effects, and compound conditions are split so that the message names the one that failed.
 */
#ifndef LQ_CONTRACT_H
#define LQ_CONTRACT_H

#define LQ_MUST_CHECK __attribute__((warn_unused_result))
#define LQ_NORETURN __attribute__((noreturn))
#define LQ_PRINTF(text, first) __attribute__((format(printf, text, first)))

#define LQ_ASSERT(condition)                                                                       \
    do {                                                                                           \
        if (__builtin_expect(!(condition), 0)) {                                                   \
            lq_contract_broken(#condition, __FILE__, __LINE__);                                    \
        }                                                                                          \
    } while (0)

/* Writes the broken condition to stderr and aborts. */
LQ_NORETURN void lq_contract_broken(const char *condition, const char *file, int line);

#endif
