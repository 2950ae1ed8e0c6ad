// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* What the mirror reads from others: files of profiles, documents of credentials, answers of the
 * services. The first byte chooses the reader. Whatever follows: nothing is taken that does not
 * hold together. */
#include "base/contract.h"
#include "mirror/infrastructure/credential_document.h"
#include "mirror/infrastructure/dynamodb_answer.h"
#include "mirror/infrastructure/eventbridge_answer.h"
#include "mirror/infrastructure/profile_files.h"
#include "mirror/infrastructure/service_error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static void read_profile(struct lq_view text, enum lq_profile_file_kind kind)
{
    struct lq_profile *profile = lq_profile_files_new();
    struct lq_error_message message = {""};
    const char *wanted = kind == LQ_PROFILE_CONFIG ? "b" : "default";

    if (lq_profile_files_parse(text, "file", kind, wanted, profile, &message) == LQ_OK) {
        LQ_ASSERT(!profile->has_keys || profile->keys.access_key_id[0] != '\0');
        LQ_ASSERT(!profile->has_keys || profile->keys.secret_access_key[0] != '\0');
        LQ_ASSERT(strlen(profile->region) <= LQ_AWS_REGION_BYTES_MAX);
        LQ_ASSERT(strchr(profile->credential_process, '\n') == NULL);
    } else {
        LQ_ASSERT(strncmp(message.text, "file:", 5) == 0);
    }
    lq_profile_files_destroy(&profile);
}

static void read_document(struct lq_view text, enum lq_credential_document_kind kind)
{
    struct lq_aws_keys keys;
    struct lq_error_message message = {""};

    if (lq_credential_document_parse(text, "document", kind, 1800000000, &keys, &message) ==
        LQ_OK) {
        LQ_ASSERT(keys.access_key_id[0] != '\0' && keys.secret_access_key[0] != '\0');
        LQ_ASSERT(keys.expires_at_s > 1800000000);
    } else {
        LQ_ASSERT(strncmp(message.text, "document:", 9) == 0);
        LQ_ASSERT(keys.secret_access_key[0] == '\0');
    }
}

static void read_table(json_t *root, enum lq_table_call call, enum lq_verdict verdict)
{
    struct lq_aws_reply reply = {.kind = call, .verdict = verdict, .root = json_incref(root)};
    struct lq_dynamodb_answer *answer = lq_dynamodb_answer_new(&reply);
    volatile uint8_t sum = 0; /* all that the answer points to can be read */

    for (uint32_t item = 0; item < answer->item_count; item++) {
        const struct lq_table_item *one = &answer->items[item];
        LQ_ASSERT(one->pk.bytes > 0 && one->sk.bytes > 0);
        for (uint32_t index = 0; index < one->attribute_count; index++) {
            for (size_t at = 0; at < one->attributes[index].view.bytes; at++) {
                sum = (uint8_t)(sum + one->attributes[index].view.data[at]);
            }
        }
    }
    LQ_ASSERT(!answer->has_more || answer->last_sk.bytes > 0);
    lq_dynamodb_answer_destroy(&answer);
}

static void read_events(json_t *root)
{
    struct lq_aws_reply reply = {.kind = 2, .verdict = LQ_VERDICT_DONE, .root = json_incref(root)};
    struct lq_eventbridge_answer answer;

    lq_eventbridge_answer_read(&reply, &answer);
    LQ_ASSERT(answer.entry_count == 2 || answer.verdict == LQ_VERDICT_REFUSED);
    LQ_ASSERT(answer.failed_count <= 2);
}

static void read_answer(struct lq_view text, uint8_t choice)
{
    char code[32], words[32];
    json_t *root = json_loadb((const char *)text.data, text.bytes, JSON_REJECT_DUPLICATES, NULL);

    if (json_is_object(root)) {
        lq_service_error_read(root, code, sizeof code, words, sizeof words);
        LQ_ASSERT(strpbrk(words, "\r\n") == NULL);
        if (choice == '7') {
            read_events(root);
        } else {
            read_table(root,
                       choice == '4'   ? LQ_TABLE_PUT
                       : choice == '5' ? LQ_TABLE_GET
                                       : LQ_TABLE_QUERY,
                       choice == '4' ? LQ_VERDICT_CONDITION_FAILED : LQ_VERDICT_DONE);
        }
    }
    json_decref(root);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0) {
        return 0;
    }
    struct lq_view text = lq_view_of(data + 1, bytes - 1);
    switch (data[0]) {
    case '0':
        read_profile(text, LQ_PROFILE_CREDENTIALS);
        break;
    case '1':
        read_profile(text, LQ_PROFILE_CONFIG);
        break;
    case '2':
        read_document(text, LQ_CREDENTIALS_OF_PROCESS);
        break;
    case '3':
        read_document(text, LQ_CREDENTIALS_OF_SERVICE);
        break;
    default:
        read_answer(text, data[0]);
        break;
    }
    return 0;
}
