// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "cli/status_text.h"

#include "tests/unit/cli/cli_cases.h"

#include <stdlib.h>

static struct lq_status status;

/* One stage with one actor that serves it, and one more in a state of the row. */
static void make_status(uint8_t state, bool remote)
{
    status = (struct lq_status){.stage_count = 1, .actor_count = 2};
    status.stages[0] = (struct lq_stage_status){
        .name = lq_view_text("Ai"), .resource = lq_view_text("ai"), .version = 1, .actors = 1};
    status.actors[0] = (struct lq_actor_status){.instance = lq_view_text("ai-1"),
                                                .stage = lq_view_text("ai"),
                                                .version = 1,
                                                .state = LQ_ACTOR_READY};
    status.actors[1] = (struct lq_actor_status){.instance = lq_view_text("ai-2"),
                                                .stage = lq_view_text("ai"),
                                                .reason = lq_view_text("no sign of life"),
                                                .pid = 4711,
                                                .state = state,
                                                .remote = remote};
}

static const struct {
    uint8_t state;
    bool remote;
    bool healthy;
    const char *shown;
} rows[] = {
    {LQ_ACTOR_READY, false, true, "ready "},    {LQ_ACTOR_READY, true, true, "ready,remote "},
    {LQ_ACTOR_PAUSED, false, true, "paused "},  {LQ_ACTOR_LOST, false, true, "lost "},
    {LQ_ACTOR_SILENT, false, false, "silent "}, {LQ_ACTOR_SILENT, true, false, "silent,remote "},
};

START_TEST(test_status_of_an_actor)
{
    char *text = NULL;
    size_t bytes = 0;

    const struct lq_status_picture picture = {"test", &status, NULL, NULL};

    make_status(rows[_i].state, rows[_i].remote);
    ck_assert(lq_status_text_healthy(&picture) == rows[_i].healthy);
    FILE *to = open_memstream(&text, &bytes);
    lq_status_text_print(&picture, to);
    fclose(to);
    ck_assert_ptr_nonnull(strstr(text, rows[_i].healthy ? "HEALTHY" : "DEGRADED"));
    ck_assert_ptr_nonnull(strstr(text, rows[_i].shown));
    ck_assert((strstr(text, "ai-2 (pid 4711) is silent: no sign of life\n") == NULL) ==
              rows[_i].healthy);
    free(text);

    json_t *document = lq_status_text_json(&picture);
    json_t *actor = json_array_get(json_object_get(document, "actors"), 1);
    ck_assert(json_is_true(json_object_get(actor, "remote")) == rows[_i].remote);
    ck_assert(json_is_true(json_object_get(document, "healthy")) == rows[_i].healthy);
    json_decref(document);
}
END_TEST

TCase *lq_test_status_text(void)
{
    TCase *tc = tcase_create("status_text");

    tcase_add_loop_test(tc, test_status_of_an_actor, 0, (int)(sizeof rows / sizeof rows[0]));
    return tc;
}
