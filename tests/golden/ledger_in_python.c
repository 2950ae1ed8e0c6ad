// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* The program of examples/verify_in_python, which knows our documents and none of our code, reads a
 * ledger that our code wrote. Needs python3-lmdb and python3-nacl; skipped without them. */
#include "store/core/record.h"
#include "tests/support/suite.h"
#include "tests/unit/store/lmdb/ledger_fixture.h"
#include "world/canonical.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FRAMES = 70, EXIT_SKIPPED = 77, EXIT_NOT_FOUND = 3, EXIT_BROKEN = 7 };

static struct lq_ledger_fixture fixture;
static struct lq_tick tick;
static uint8_t content[LQ_TICK_BYTES_MAX];

static const char *source_folder(void)
{
    const char *source = getenv("srcdir");

    return source != NULL ? source : ".";
}

/* Run the program with `arguments`; its exit code, and the front of its output. */
static int run_verifier(const char *arguments, char *output, size_t bytes_max)
{
    char command[2048];

    snprintf(command, sizeof command,
             "/usr/bin/python3 %s/examples/verify_in_python/verify_ledger.py %s 2>&1",
             source_folder(), arguments);
    FILE *stream = popen(command, "r");
    ck_assert_ptr_nonnull(stream);
    size_t bytes = fread(output, 1, bytes_max - 1, stream);
    output[bytes] = '\0';
    int status = pclose(stream);
    ck_assert_msg(WIFEXITED(status), "%s", command);
    return WEXITSTATUS(status);
}

/* A frame with one command of every kind, half of them refused. */
static void fill_tick(uint64_t frame)
{
    lq_tick_clear(&tick);
    snprintf(tick.tenant, sizeof tick.tenant, "demo");
    snprintf(tick.session, sizeof tick.session, "s1");
    tick.frame = frame;
    tick.config = (struct lq_session_config){1, 10, 1, 1, 100.0, 100.0, 0.5f, false};
    if (frame == 0) {
        return;
    }
    ck_assert_int_eq(lq_tick_add_stage(&tick, "load", 1), LQ_OK);
    for (uint8_t kind = 1; kind <= LQ_COMMAND_KIND_LAST; kind++) {
        struct lq_command *command = &tick.commands[tick.command_count++];
        memset(command, 0, sizeof *command);
        memset(command->client.bytes, 0xc1, sizeof command->client.bytes);
        command->sequence = (frame - 1) * LQ_COMMAND_KIND_LAST + kind;
        command->kind = kind;
        command->outcome = LQ_OUTCOME_APPLIED;
        command->custom = lq_view_text("opaque");
        if (kind % 2 == 0) {
            lq_command_refuse(command, "kind %d is even", kind);
        }
    }
}

static void commit_frame(uint64_t frame)
{
    size_t bytes;

    fill_tick(frame);
    ck_assert_int_eq(lq_canonical_encode(&tick, content, sizeof content, &bytes), LQ_OK);
    struct lq_commit item = {.kind = frame == 0 ? LQ_COMMIT_CREATE_SESSION : LQ_COMMIT_FRAME,
                             .execution = {1, 100 + frame},
                             .names = {lq_view_text("demo"), lq_view_text("s1")},
                             .frame = frame,
                             .content = lq_view_of(content, bytes)};
    ck_assert_int_eq(lq_ledger_commit(fixture.ledger, &item, 1), LQ_OK);
    ck_assert_int_eq(item.verdict, LQ_COMMIT_DONE);
}

static int run_on_ledger(const char *options, char *output, size_t bytes_max)
{
    char arguments[1024];

    snprintf(arguments, sizeof arguments, "%s %s", fixture.partition_folder, options);
    return run_verifier(arguments, output, bytes_max);
}

START_TEST(test_python_self_test)
{
    char arguments[512];
    char output[256];

    snprintf(arguments, sizeof arguments, "--self-test %s/tests/golden/ledger_record_v%d.hex",
             source_folder(), _i);
    ck_assert_int_eq(run_verifier(arguments, output, sizeof output), 0);
    ck_assert_str_eq(output, "self-test: ok\n");
}
END_TEST

START_TEST(test_python_reads_our_ledger)
{
    static char output[1 << 20];
    char options[512];
    char file[LQ_STORE_FOLDER_PATH_MAX + 64];
    struct lq_record_info info;
    struct lq_view view;
    uint32_t lines = 0;

    lq_ledger_fixture_make(&fixture);
    lq_ledger_fixture_open(&fixture);
    ck_assert_int_eq(lq_ledger_fixture_create_tenant(&fixture, "demo", 1), LQ_COMMIT_DONE);
    for (uint64_t frame = 0; frame <= FRAMES; frame++) {
        commit_frame(frame);
    }
    ck_assert_int_eq(lq_ledger_fixture_read(&fixture, "demo", "s1", 7, &view, &info), LQ_OK);
    lq_ledger_close(&fixture.ledger);
    ck_assert_int_eq(run_on_ledger("--json", output, sizeof output), 0);
    ck_assert_ptr_nonnull(strstr(output, "\"ok\": true, \"sessions\": 1, \"records\": 71"));
    snprintf(options, sizeof options, "--master-key %s --session demo/s1", fixture.key_file);
    ck_assert_msg(run_on_ledger(options, output, sizeof output) == 0, "%s", output);
    ck_assert_str_eq(
        output, "1 sessions, 71 records, 71 opened, 0 broken, 1 tenants, 0 events, 0 letters\n");
    snprintf(options, sizeof options, "--master-key %s --commands", fixture.key_file);
    ck_assert_int_eq(run_on_ledger(options, output, sizeof output), 0);
    ck_assert_ptr_nonnull(
        strstr(output, "\"frame\": 70, \"client\": \"c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1\", "
                       "\"sequence\": 560, \"outcome\": \"refused\", \"kind\": \"Custom\", "
                       "\"reason\": \"kind 8 is even\""));
    for (const char *at = output; (at = strstr(at, "\"sequence\"")) != NULL; at++) {
        lines++;
    }
    ck_assert_uint_eq(lines, FRAMES * LQ_COMMAND_KIND_LAST);
    ck_assert_int_eq(run_on_ledger("--session demo/none", output, sizeof output), EXIT_NOT_FOUND);
    snprintf(file, sizeof file, "%s/data.mdb", fixture.partition_folder);
    ck_assert_uint_ge(
        lq_store_folder_flip(file, info.digest, sizeof info.digest, 64 - LQ_RECORD_DIGEST_AT), 1);
    ck_assert_int_eq(run_on_ledger("", output, sizeof output), EXIT_BROKEN);
    ck_assert_ptr_nonnull(strstr(output, "demo/s1 frame 7: H does not follow"));
    lq_ledger_fixture_remove(&fixture);
}
END_TEST

/* Whole ledgers as they were written once, ledger_v*.hex: what Python says of them. */
static const struct {
    const char *file;
    const char *says;
} golden[] = {
    {"ledger_v4.hex",
     "contents of tenant gone were destroyed (4 records)\n"
     "5 sessions, 86 records, 82 opened, 0 broken, 3 tenants, 6 events, 1 letters\n"},
    {"ledger_v4_restored.hex",
     "contents of tenant gone were destroyed (4 records)\n"
     "6 sessions, 37 records, 33 opened, 0 broken, 3 tenants, 5 events, 1 letters\n"},
    {"ledger_v5.hex",
     "contents of tenant gone were destroyed (4 records)\n"
     "5 sessions, 28 records, 24 opened, 0 broken, 3 tenants, 6 events, 1 letters\n"},
};

START_TEST(test_python_reads_golden_ledgers)
{
    char folder[] = "/tmp/lq-golden-XXXXXX";
    char command[1024];
    char output[4096];

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(command, sizeof command,
             "/usr/bin/python3 %s/tests/golden/ledger_dump.py make %s/tests/golden/%s %s/data",
             source_folder(), source_folder(), golden[_i].file, folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof command, "%s/data/ledger/0 --master-key %s/data/keys/master.key",
             folder, folder);
    ck_assert_msg(run_verifier(command, output, sizeof output) == 0, "%s", output);
    ck_assert_msg(strncmp(output, golden[_i].says, strlen(golden[_i].says)) == 0, "%s", output);
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

static TCase *make_case(void)
{
    TCase *tc = tcase_create("ledger_in_python");

    tcase_add_loop_test(tc, test_python_self_test, 1, 3);
    tcase_add_test(tc, test_python_reads_our_ledger);
    tcase_add_loop_test(tc, test_python_reads_golden_ledgers, 0,
                        (int)(sizeof golden / sizeof golden[0]));
    return tc;
}

int main(void)
{
    static const lq_test_case_fn cases[] = {make_case};

    if (system("/usr/bin/python3 -c 'import lmdb, nacl.bindings' 2>/dev/null") != 0) {
        printf("ledger_in_python: skipped, needs python3-lmdb and python3-nacl\n");
        return EXIT_SKIPPED;
    }
    return lq_suite_run("ledger_in_python", cases, 1);
}
