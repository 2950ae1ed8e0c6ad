// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "client/link.h"

#include "base/alloc.h"
#include "base/descriptor_limit.h"
#include "client/client_record.h"
#include "client/id_randomness.h"
#include "client/watch.h"
#include "config/config_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { ARENA_BYTES = 4 * 1024 * 1024, REQUESTS_MAX = 64 };

/* Tables are made at once and whole, so that a wild number is refused before it is memory. */
static enum lq_result check_options(const struct lq_link_options *options,
                                    struct lq_error_message *message)
{
    if (options->runtime_dir == NULL || options->runtime_dir[0] == '\0') {
        lq_error_message_set(message, "runtime_dir is not set");
        return LQ_ERR_INVALID;
    }
    if (options->clients_max > LQ_LINK_CLIENTS_MAX ||
        options->outstanding_max > LQ_LINK_OUTSTANDING_MAX ||
        options->watches_max > LQ_LINK_WATCHES_MAX ||
        options->requests_max > LQ_LINK_REQUESTS_MAX) {
        lq_error_message_set(
            message, "at most %u clients, %u outstanding commands, %u watches and %u requests",
            LQ_LINK_CLIENTS_MAX, LQ_LINK_OUTSTANDING_MAX, LQ_LINK_WATCHES_MAX,
            LQ_LINK_REQUESTS_MAX);
        return LQ_ERR_LIMIT;
    }
    return LQ_OK;
}

/* One descriptor that is readable when one of the sockets' is. */
static enum lq_result gather_descriptors(struct lq_link *link, struct lq_error_message *message)
{
    struct epoll_event event = {.events = EPOLLIN};

    link->poll_descriptor = epoll_create1(EPOLL_CLOEXEC);
    if (link->poll_descriptor < 0 ||
        epoll_ctl(link->poll_descriptor, EPOLL_CTL_ADD, lq_broker_link_descriptor(&link->broker),
                  &event) != 0) {
        lq_error_message_set(message, "no descriptor of epoll: %s", strerror(errno));
        return LQ_ERR_IO;
    }
    return LQ_OK;
}

static enum lq_result connect_link(struct lq_link *link, const struct lq_link_options *options,
                                   struct lq_error_message *message)
{
    char endpoint[LQ_OPTION_TEXT_BYTES_MAX + 32];
    struct lq_client_id id; /* of this connection; clients say theirs with their commands */
    enum lq_result rc = lq_descriptor_limit_raise(LQ_DESCRIPTOR_LIMIT_BASE, message);

    if (rc == LQ_OK) {
        rc = lq_cluster_endpoint_in(options->runtime_dir, "cluster/runtime_dir",
                                    LQ_ENDPOINT_CLIENTS, endpoint, sizeof endpoint, message);
    }
    if (rc == LQ_OK) {
        rc = lq_id_randomness_take(&id, sizeof id);
    }
    if (rc == LQ_OK) {
        rc = lq_broker_link_open(&link->broker, endpoint, &id, message);
    }
    if (rc == LQ_OK && options->watches_max > 0) {
        rc = gather_descriptors(link, message);
    }
    if (rc == LQ_OK && options->watches_max > 0) {
        rc = lq_watch_desk_init(&link->watches, options->runtime_dir, options->watches_max,
                                link->poll_descriptor, message);
    }
    return rc;
}

enum lq_result lq_link_open(const struct lq_link_options *options, lq_link_t **link,
                            struct lq_error_message *message)
{
    enum lq_result rc = check_options(options, message);

    if (rc != LQ_OK) {
        return rc;
    }
    struct lq_link *made = lq_alloc(1, sizeof *made);
    made->poll_descriptor = -1;
    made->clients_max = options->clients_max;
    made->clients.kind = LQ_CLIENT_LIST_ALL;
    lq_lane_table_init(&made->lanes, options->clients_max);
    lq_outstanding_init(&made->outstanding, options->outstanding_max);
    lq_request_table_init(&made->requests,
                          options->requests_max > 0 ? options->requests_max : REQUESTS_MAX);
    made->arena = (struct lq_arena){.memory = lq_alloc(ARENA_BYTES, 1), .bytes = ARENA_BYTES};
    made->submit_commands = lq_alloc(LQ_SUBMIT_COMMANDS_MAX, sizeof *made->submit_commands);
    made->header = lq_alloc(LQ_HEADER_BYTES_MAX, 1);
    made->body = lq_alloc(LQ_LINK_BODY_BYTES_MAX, 1);
    rc = connect_link(made, options, message);
    if (rc != LQ_OK) {
        lq_link_close(&made);
        return rc;
    }
    *link = made;
    return LQ_OK;
}

void lq_link_close(lq_link_t **link)
{
    struct lq_link *gone = *link;

    if (gone == NULL) {
        return;
    }
    LQ_ASSERT(!gone->turning);
    while (gone->clients.first != NULL) {
        struct lq_client *client = gone->clients.first;
        lq_client_destroy(&client);
    }
    while (gone->feed_readers != NULL) {
        lq_feed_reader_t *reader = gone->feed_readers;
        lq_feed_reader_destroy(&reader);
    }
    lq_watch_desk_release(&gone->watches);
    lq_broker_link_close(&gone->broker);
    if (gone->poll_descriptor >= 0) {
        close(gone->poll_descriptor);
    }
    lq_lane_table_release(&gone->lanes);
    lq_outstanding_release(&gone->outstanding);
    lq_request_table_release(&gone->requests);
    free(gone->arena.memory);
    free(gone->submit_commands);
    free(gone->header);
    free(gone->body);
    free(gone);
    *link = NULL;
}

enum lq_result lq_link_runtime_dir(const char *path, char *runtime_dir,
                                   struct lq_error_message *message)
{
    struct lq_cluster_config cluster;
    size_t count = 0;
    const struct lq_option *options = lq_cluster_options(&count);
    enum lq_result rc = lq_config_file_load(path, options, count, &cluster, message);

    _Static_assert(sizeof cluster.runtime_dir == LQ_LINK_RUNTIME_DIR_BYTES, "one text");
    if (rc == LQ_OK) {
        memcpy(runtime_dir, cluster.runtime_dir, sizeof cluster.runtime_dir);
    }
    return rc;
}

int lq_link_descriptor(const lq_link_t *link)
{
    return link->poll_descriptor >= 0 ? link->poll_descriptor
                                      : lq_broker_link_descriptor(&link->broker);
}

const uint8_t *lq_link_history(const lq_link_t *link)
{
    return link->broker.has_history ? link->broker.history : NULL;
}

uint32_t lq_link_outstanding(const lq_link_t *link)
{
    return link->outstanding.count;
}

uint64_t lq_link_resends(const lq_link_t *link)
{
    return link->resends;
}

uint64_t lq_link_broker_epoch(const lq_link_t *link)
{
    return link->broker.epoch;
}

const char *lq_link_not_served(const lq_link_t *link)
{
    return link->broker.not_served;
}
