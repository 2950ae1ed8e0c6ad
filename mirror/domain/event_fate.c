// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "mirror/domain/event_fate.h"

#include "base/contract.h"

/* Names that an entry is refused by until somebody mends what is around it. */
static const char *const mendable[] = {
    "AccessDenied",
    "AccessDeniedException",
    "IncompleteSignature",
    "IncompleteSignatureException",
    "InvalidAccountIdException",
    "InvalidSignatureException",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "NotAuthorizedForDetailTypeException",
    "NotAuthorizedForSourceException",
    "OptInRequired",
    "ResourceInUseException",
    "ResourceNotFoundException",
    "SignatureDoesNotMatch",
    "UnknownOperationException",
};

/* Names that a whole call is refused by for what it holds. */
static const char *const content[] = {
    "RequestEntityTooLarge",  "RequestEntityTooLargeException",
    "SerializationException", "ValidationError",
    "ValidationException",
};

static bool has(const char *const *names, size_t count, struct lq_view code)
{
    for (size_t index = 0; index < count; index++) {
        if (lq_view_equal(code, lq_view_text(names[index]))) {
            return true;
        }
    }
    return false;
}

enum lq_event_fate lq_event_fate_of_entry(enum lq_verdict verdict, struct lq_view error_code)
{
    if (verdict == LQ_VERDICT_DONE) {
        return LQ_EVENT_LEFT;
    }
    return verdict == LQ_VERDICT_REFUSED &&
                   !has(mendable, sizeof mendable / sizeof mendable[0], error_code)
               ? LQ_EVENT_REFUSED
               : LQ_EVENT_AGAIN;
}

enum lq_event_fate lq_event_fate_of_call(enum lq_verdict verdict, struct lq_view error_code,
                                         uint32_t count)
{
    LQ_ASSERT(verdict != LQ_VERDICT_DONE);
    if (verdict != LQ_VERDICT_REFUSED ||
        !has(content, sizeof content / sizeof content[0], error_code)) {
        return LQ_EVENT_AGAIN;
    }
    return count > 1 ? LQ_EVENT_ALONE : LQ_EVENT_REFUSED;
}
