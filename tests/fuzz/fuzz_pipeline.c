// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* A pipeline's document and, behind the first NUL, its policy: whatever the bytes, the answer is a
 * pipeline that can be walked or a message that names file and line. */
#include "base/error_message.h"
#include "pipeline/document/pipeline_document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void check_pipeline(const struct lq_plan *pipeline)
{
    uint32_t state = pipeline->start;

    LQ_ASSERT(pipeline->state_count >= 2);
    LQ_ASSERT(pipeline->state_count <= LQ_STAGES_MAX);
    for (uint32_t step = 1; step < pipeline->state_count; step++) {
        state = pipeline->states[state].next;
        LQ_ASSERT(state < pipeline->state_count);
    }
    LQ_ASSERT(state == pipeline->persist);
    LQ_ASSERT(pipeline->states[state].next == LQ_STATE_NONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static struct lq_plan pipeline;
    struct lq_error_message message = {""};
    const uint8_t *nul = bytes > 0 ? memchr(data, 0, bytes) : NULL;
    size_t document_bytes = nul != NULL ? (size_t)(nul - data) : bytes;
    struct lq_view policy =
        nul != NULL ? lq_view_of(nul + 1, bytes - document_bytes - 1) : lq_view_of("", 0);

    if (lq_pipeline_document_parse(lq_view_of(data, document_bytes), "document", policy, "policy",
                                   &pipeline, &message) == LQ_OK) {
        check_pipeline(&pipeline);
    } else {
        LQ_ASSERT(strncmp(message.text, "document:", 9) == 0 ||
                  strncmp(message.text, "policy:", 7) == 0);
    }
    return 0;
}
