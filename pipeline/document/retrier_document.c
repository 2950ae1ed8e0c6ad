// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "pipeline/document/retrier_document.h"

#include "base/error_name.h"

#include <string.h>

/* Where the document says nothing: a tick's own measure, not the language's whole seconds. */
#define INTERVAL_MS_DEFAULT 5u
#define DELAY_MAX_MS_DEFAULT 200u

static bool error_is_predefined(const char *error)
{
    static const char *const names[] = {
        LQ_ERROR_STATES_ALL,
        "States.BranchFailed",
        "States.DataLimitExceeded",
        "States.ExceedToleratedFailureThreshold",
        "States.HeartbeatTimeout",
        "States.Http.Socket",
        "States.IntrinsicFailure",
        "States.ItemReaderFailed",
        "States.NoChoiceMatched",
        "States.ParameterPathFailure",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.ResultPathMatchFailure",
        "States.ResultWriterFailed",
        "States.Runtime",
        LQ_ERROR_STATES_TASK_FAILED,
        LQ_ERROR_STATES_TIMEOUT,
    };

    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        if (strcmp(names[index], error) == 0) {
            return true;
        }
    }
    return false;
}

static enum lq_result read_errors(struct lq_document_reader *reader, const json_t *object,
                                  bool last, struct lq_retrier *retrier)
{
    const char *key = "ErrorEquals";
    const json_t *errors = json_object_get(object, key);
    size_t count = json_array_size(errors);

    if (count == 0) {
        return lq_document_reader_refuse(reader, key,
                                         "ErrorEquals must be a list of at least one error name");
    }
    if (count > LQ_RETRIER_ERRORS_MAX) {
        return lq_document_reader_refuse(reader, key, "ErrorEquals has more than %u names",
                                         LQ_RETRIER_ERRORS_MAX);
    }
    for (size_t index = 0; index < count; index++) {
        const char *error = json_string_value(json_array_get(errors, index));
        if (error == NULL || error[0] == '\0' || strlen(error) >= LQ_ERROR_NAME_BYTES_MAX) {
            return lq_document_reader_refuse(reader, key,
                                             "an error name is a text of 1 to %u bytes",
                                             LQ_ERROR_NAME_BYTES_MAX - 1);
        }
        if (strncmp(error, "States.", 7) == 0 && !error_is_predefined(error)) {
            return lq_document_reader_refuse(
                reader, key, "%s: names beginning with States. are reserved", error);
        }
        if (strcmp(error, LQ_ERROR_STATES_ALL) == 0 && (count > 1 || !last)) {
            return lq_document_reader_refuse(reader, key,
                                             "States.ALL must stand alone and in the last retrier");
        }
        memcpy(retrier->errors[index], error, strlen(error) + 1);
    }
    retrier->error_count = (uint32_t)count;
    return LQ_OK;
}

/* Seconds of the document count where it states them; else the engine's milliseconds. */
static enum lq_result read_delays(struct lq_document_reader *reader, const json_t *object,
                                  struct lq_retrier *retrier)
{
    uint32_t interval_s = 0;
    uint32_t delay_max_s = 0;
    enum lq_result result = lq_document_reader_whole(reader, object, "IntervalSeconds", 1,
                                                     LQ_DOCUMENT_SECONDS_MAX, &interval_s);

    if (result == LQ_OK) {
        result = lq_document_reader_whole(reader, object, "MaxDelaySeconds", 1,
                                          LQ_DOCUMENT_SECONDS_MAX, &delay_max_s);
    }
    retrier->interval_ms = interval_s > 0 ? interval_s * 1000 : INTERVAL_MS_DEFAULT;
    retrier->delay_max_ms = interval_s > 0 ? UINT32_MAX : DELAY_MAX_MS_DEFAULT;
    if (delay_max_s > 0) {
        retrier->delay_max_ms = delay_max_s * 1000;
    }
    return result;
}

static enum lq_result read_growth(struct lq_document_reader *reader, const json_t *object,
                                  struct lq_retrier *retrier)
{
    const json_t *rate = json_object_get(object, "BackoffRate");
    const json_t *jitter = json_object_get(object, "JitterStrategy");
    const char *strategy = json_string_value(jitter);

    retrier->backoff_rate = rate != NULL ? json_number_value(rate) : 2.0;
    if (!(retrier->backoff_rate >= 1.0)) {
        return lq_document_reader_refuse(reader, "BackoffRate",
                                         "BackoffRate must be a number of at least 1.0");
    }
    retrier->jitter = LQ_JITTER_NONE;
    if (jitter == NULL) {
        return LQ_OK;
    }
    if (strategy == NULL || (strcmp(strategy, "FULL") != 0 && strcmp(strategy, "NONE") != 0)) {
        return lq_document_reader_refuse(reader, "JitterStrategy",
                                         "JitterStrategy must be FULL or NONE");
    }
    if (strategy[0] == 'F') {
        retrier->jitter = LQ_JITTER_FULL;
    }
    return LQ_OK;
}

static enum lq_result read_retrier(struct lq_document_reader *reader, const json_t *object,
                                   bool last, struct lq_retrier *retrier)
{
    static const char *const known[] = {"BackoffRate",     "Comment",     "ErrorEquals",
                                        "IntervalSeconds", "MaxAttempts", "MaxDelaySeconds",
                                        "JitterStrategy",  NULL};
    enum lq_result result;

    if (!json_is_object(object)) {
        return lq_document_reader_refuse(reader, NULL, "a retrier must be an object");
    }
    retrier->attempts_max = 3;
    if ((result = lq_document_reader_check_fields(reader, object, known, "a retrier")) != LQ_OK ||
        (result = lq_document_reader_check_text(reader, object, "Comment")) != LQ_OK ||
        (result = read_errors(reader, object, last, retrier)) != LQ_OK ||
        (result = lq_document_reader_whole(reader, object, "MaxAttempts", 0, LQ_RETRY_ATTEMPTS_MAX,
                                           &retrier->attempts_max)) != LQ_OK ||
        (result = read_delays(reader, object, retrier)) != LQ_OK) {
        return result;
    }
    return read_growth(reader, object, retrier);
}

enum lq_result lq_retrier_document_read(struct lq_document_reader *reader, const json_t *object,
                                        struct lq_plan_state *state)
{
    const json_t *retry = json_object_get(object, "Retry");
    size_t count = json_array_size(retry);
    enum lq_result result = LQ_OK;

    if (retry == NULL) {
        return LQ_OK;
    }
    if (!json_is_array(retry) || count > LQ_RETRIERS_MAX) {
        return lq_document_reader_refuse(
            reader, "Retry", "Retry must be a list of at most %u retriers", LQ_RETRIERS_MAX);
    }
    lq_document_reader_enter_key(reader, "Retry");
    for (size_t index = 0; index < count && result == LQ_OK; index++) {
        lq_document_reader_enter_index(reader, index);
        result = read_retrier(reader, json_array_get(retry, index), index + 1 == count,
                              &state->retriers[index]);
        lq_document_reader_leave(reader);
    }
    lq_document_reader_leave(reader);
    state->retrier_count = (uint32_t)count;
    return result;
}
