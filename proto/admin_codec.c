// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
#include "proto/admin_codec.h"

#include "proto/feed_codec.h"
#include "proto/letter_codec.h"
#include "proto/load_codec.h"
#include "proto/mirror_codec.h"
#include "proto/quota_codec.h"
#include "proto/reading_codec.h"
#include "proto/schema_enum.h"
#include "proto/session_life_codec.h"
#include "proto/status_codec.h"
#include "proto/wire_in.h"
#include "proto/wire_limits.h"
#include "proto/wire_out.h"
#include "proto/world_codec.h"

#include "ledgerquest/v1/client.pb-c.h"

LQ_SCHEMA_ENUM(LQ_ADMIN_STATUS, ADMIN_KIND__ADMIN_KIND_STATUS);
LQ_SCHEMA_ENUM(LQ_ADMIN_CREATE_TENANT, ADMIN_KIND__ADMIN_KIND_CREATE_TENANT);
LQ_SCHEMA_ENUM(LQ_ADMIN_CREATE_SESSION, ADMIN_KIND__ADMIN_KIND_CREATE_SESSION);
LQ_SCHEMA_ENUM(LQ_ADMIN_LIST_TENANTS, ADMIN_KIND__ADMIN_KIND_LIST_TENANTS);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_TENANT, ADMIN_KIND__ADMIN_KIND_SHOW_TENANT);
LQ_SCHEMA_ENUM(LQ_ADMIN_LIST_SESSIONS, ADMIN_KIND__ADMIN_KIND_LIST_SESSIONS);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_SESSION, ADMIN_KIND__ADMIN_KIND_SHOW_SESSION);
LQ_SCHEMA_ENUM(LQ_ADMIN_RESUME_SESSIONS, ADMIN_KIND__ADMIN_KIND_RESUME_SESSIONS);
LQ_SCHEMA_ENUM(LQ_ADMIN_LIST_LETTERS, ADMIN_KIND__ADMIN_KIND_LIST_LETTERS);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_LETTER, ADMIN_KIND__ADMIN_KIND_SHOW_LETTER);
LQ_SCHEMA_ENUM(LQ_ADMIN_ACKNOWLEDGE_LETTERS, ADMIN_KIND__ADMIN_KIND_ACKNOWLEDGE_LETTERS);
LQ_SCHEMA_ENUM(LQ_ADMIN_REDRIVE_LETTERS, ADMIN_KIND__ADMIN_KIND_REDRIVE_LETTERS);
LQ_SCHEMA_ENUM(LQ_ADMIN_PURGE_LETTERS, ADMIN_KIND__ADMIN_KIND_PURGE_LETTERS);
LQ_SCHEMA_ENUM(LQ_ADMIN_LIST_LOADS, ADMIN_KIND__ADMIN_KIND_LIST_LOADS);
LQ_SCHEMA_ENUM(LQ_ADMIN_SET_QUOTA, ADMIN_KIND__ADMIN_KIND_SET_QUOTA);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_FEED, ADMIN_KIND__ADMIN_KIND_SHOW_FEED);
LQ_SCHEMA_ENUM(LQ_ADMIN_SET_CURSOR, ADMIN_KIND__ADMIN_KIND_SET_CURSOR);
LQ_SCHEMA_ENUM(LQ_ADMIN_SET_BROKER_CURSOR, ADMIN_KIND__ADMIN_KIND_SET_BROKER_CURSOR);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_BROKER_FEED, ADMIN_KIND__ADMIN_KIND_SHOW_BROKER_FEED);
LQ_SCHEMA_ENUM(LQ_ADMIN_REPORT_MIRROR, ADMIN_KIND__ADMIN_KIND_REPORT_MIRROR);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_MIRROR, ADMIN_KIND__ADMIN_KIND_SHOW_MIRROR);
LQ_SCHEMA_ENUM(LQ_ADMIN_SET_DURABILITY, ADMIN_KIND__ADMIN_KIND_SET_DURABILITY);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHOW_DURABILITY, ADMIN_KIND__ADMIN_KIND_SHOW_DURABILITY);
LQ_SCHEMA_ENUM(LQ_ADMIN_SHRED_TENANT, ADMIN_KIND__ADMIN_KIND_SHRED_TENANT);
LQ_SCHEMA_ENUM(LQ_ADMIN_TELL_LEDGER_AGAIN, ADMIN_KIND__ADMIN_KIND_TELL_LEDGER_AGAIN);
LQ_SCHEMA_ENUM(LQ_ADMIN_TELL_BROKER_AGAIN, ADMIN_KIND__ADMIN_KIND_TELL_BROKER_AGAIN);
LQ_SCHEMA_ENUM(LQ_ADMIN_READ, ADMIN_KIND__ADMIN_KIND_READ);
LQ_SCHEMA_ENUM(LQ_ADMIN_WINDOW, ADMIN_KIND__ADMIN_KIND_WINDOW);
LQ_SCHEMA_ENUM(LQ_ADMIN_FIND_COMMAND, ADMIN_KIND__ADMIN_KIND_FIND_COMMAND);
LQ_SCHEMA_ENUM(LQ_ADMIN_CHANGE_SESSION, ADMIN_KIND__ADMIN_KIND_CHANGE_SESSION);
LQ_SCHEMA_ENUM(LQ_ADMIN_DELETE_SESSION, ADMIN_KIND__ADMIN_KIND_DELETE_SESSION);
LQ_SCHEMA_ENUM(LQ_ADMIN_SET_RETENTION, ADMIN_KIND__ADMIN_KIND_SET_RETENTION);
LQ_SCHEMA_ENUM(LQ_ADMIN_ACCEPT_CLOCK, ADMIN_KIND__ADMIN_KIND_ACCEPT_CLOCK);
LQ_SCHEMA_ENUM(LQ_OK, RESULT_CODE__RESULT_CODE_OK);
LQ_SCHEMA_ENUM(LQ_ERR_INVALID, RESULT_CODE__RESULT_CODE_ERR_INVALID);
LQ_SCHEMA_ENUM(LQ_ERR_LIMIT, RESULT_CODE__RESULT_CODE_ERR_LIMIT);
LQ_SCHEMA_ENUM(LQ_ERR_MALFORMED, RESULT_CODE__RESULT_CODE_ERR_MALFORMED);
LQ_SCHEMA_ENUM(LQ_ERR_VERSION, RESULT_CODE__RESULT_CODE_ERR_VERSION);
LQ_SCHEMA_ENUM(LQ_ERR_NOT_FOUND, RESULT_CODE__RESULT_CODE_ERR_NOT_FOUND);
LQ_SCHEMA_ENUM(LQ_ERR_EXISTS, RESULT_CODE__RESULT_CODE_ERR_EXISTS);
LQ_SCHEMA_ENUM(LQ_ERR_STALE, RESULT_CODE__RESULT_CODE_ERR_STALE);
LQ_SCHEMA_ENUM(LQ_ERR_STATE, RESULT_CODE__RESULT_CODE_ERR_STATE);
LQ_SCHEMA_ENUM(LQ_ERR_FULL, RESULT_CODE__RESULT_CODE_ERR_FULL);
LQ_SCHEMA_ENUM(LQ_ERR_BUSY, RESULT_CODE__RESULT_CODE_ERR_BUSY);
LQ_SCHEMA_ENUM(LQ_ERR_CONFLICT, RESULT_CODE__RESULT_CODE_ERR_CONFLICT);
LQ_SCHEMA_ENUM(LQ_ERR_CORRUPT, RESULT_CODE__RESULT_CODE_ERR_CORRUPT);
LQ_SCHEMA_ENUM(LQ_ERR_KEY, RESULT_CODE__RESULT_CODE_ERR_KEY);
LQ_SCHEMA_ENUM(LQ_ERR_DISK_FULL, RESULT_CODE__RESULT_CODE_ERR_DISK_FULL);
LQ_SCHEMA_ENUM(LQ_ERR_MAP_FULL, RESULT_CODE__RESULT_CODE_ERR_MAP_FULL);
LQ_SCHEMA_ENUM(LQ_ERR_IO, RESULT_CODE__RESULT_CODE_ERR_IO);
LQ_SCHEMA_ENUM(LQ_ERR_UNREACHABLE, RESULT_CODE__RESULT_CODE_ERR_UNREACHABLE);
LQ_SCHEMA_ENUM(LQ_ERR_TIMEOUT, RESULT_CODE__RESULT_CODE_ERR_TIMEOUT);
LQ_SCHEMA_ENUM(LQ_ERR_PERMISSION, RESULT_CODE__RESULT_CODE_ERR_PERMISSION);

#define HASH_BYTES 32u

enum lq_result lq_admin_request_encode(const struct lq_admin_request *message, uint8_t *to,
                                       size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    LQ_ASSERT(message->letter_id_count <= LQ_ADMIN_LETTER_IDS_MAX);
    lq_wire_out_open_framed(&out, LQ_MESSAGE_ADMIN, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->epoch);
    lq_wire_out_fixed64(&out, 2, message->tag);
    lq_wire_out_bytes(&out, 3, message->client.bytes, LQ_CLIENT_ID_BYTES);
    lq_wire_out_uint32(&out, 4, message->kind);
    lq_wire_out_view(&out, 5, message->tenant);
    lq_wire_out_view(&out, 6, message->session);
    lq_wire_out_view(&out, 7, message->stage);
    lq_wire_out_view(&out, 8, message->error);
    lq_wire_out_view(&out, 9, message->after);
    lq_wire_out_fixed64(&out, 10, message->after_letter);
    lq_wire_out_uint32(&out, 11, message->count_max);
    lq_wire_out_uint32(&out, 12, message->dry_run);
    lq_wire_out_uint32(&out, 13, message->all);
    lq_wire_out_column64(&out, 14, message->letter_ids, message->letter_id_count);
    if (message->has_config) {
        lq_world_codec_put_config(&out, 15, &message->config);
    }
    lq_wire_out_view(&out, 16, message->world); /* an encoded World is a submessage as it is */
    if (message->has_quota) {
        lq_quota_codec_put(&out, 17, &message->quota);
    }
    if (message->has_cursor) {
        lq_feed_codec_put_cursor(&out, 18, &message->cursor);
    }
    lq_wire_out_uint32(&out, 19, message->drop_cursor);
    if (message->mirror != NULL) {
        lq_mirror_codec_put_report(&out, 20, message->mirror);
    }
    if (message->has_durability) {
        const struct lq_tenant_policy policy = {.durability = message->durability};
        lq_mirror_codec_put_policy(&out, 21, &policy);
    }
    lq_wire_out_view(&out, 22, message->operator_name);
    lq_wire_out_view(&out, 23, message->reason);
    if (message->has_read) {
        lq_reading_codec_put_range(&out, 24, &message->read);
    }
    if (message->has_player) {
        lq_wire_out_bytes(&out, 25, message->player, LQ_PLAYER_BYTES);
    }
    lq_wire_out_view(&out, 26, message->place);
    if (message->has_command) {
        lq_reading_codec_put_name(&out, 34, &message->command);
    }
    if (message->has_change) {
        lq_session_life_codec_put_change(&out, 41, &message->change);
    }
    lq_wire_out_fixed64(&out, 46, message->retention_s);
    return lq_wire_out_close(&out, written);
}

static struct lq_session_config take_config(const Ledgerquest__V1__SessionConfig *from)
{
    return (struct lq_session_config){.seed = from->seed,
                                      .rate_numerator = from->rate_numerator,
                                      .rate_denominator = from->rate_denominator,
                                      .steps_per_command = from->steps_per_command,
                                      .width = from->width,
                                      .height = from->height,
                                      .restitution = from->restitution,
                                      .attended = from->attended != 0};
}

/* The world as bytes again; whoever creates the session decodes it and answers what is wrong. */
static bool take_world(const Ledgerquest__V1__World *world, struct lq_arena *arena,
                       struct lq_view *to)
{
    *to = lq_view_of(NULL, 0);
    if (world == NULL) {
        return true;
    }
    uint8_t *bytes = lq_arena_take(arena, protobuf_c_message_get_packed_size(&world->base));
    if (bytes == NULL) {
        return false;
    }
    *to = lq_view_of(bytes, protobuf_c_message_pack(&world->base, bytes));
    return true;
}

/* Numbers between the two runs are not named yet. */
static bool kind_known(uint32_t kind)
{
    return (kind >= LQ_ADMIN_STATUS && kind <= LQ_ADMIN_TELL_BROKER_AGAIN) ||
           (kind >= LQ_ADMIN_READ && kind <= LQ_ADMIN_DELETE_SESSION) ||
           kind == LQ_ADMIN_SET_RETENTION || kind == LQ_ADMIN_ACCEPT_CLOCK;
}

static bool take_filter(const Ledgerquest__V1__AdminRequest *from, struct lq_admin_request *message,
                        const char **where)
{
    uint32_t kind = from->kind;

    message->error = lq_view_text(from->error);
    return lq_wire_in_require(
               lq_wire_in_client(&message->client, from->client.data, from->client.len), "client",
               where) &&
           lq_wire_in_require(kind_known(kind), "kind", where) &&
           lq_wire_in_require(
               lq_wire_in_view(&message->tenant, LQ_TENANT_NAME_BYTES_MAX, from->tenant), "tenant",
               where) &&
           lq_wire_in_require(
               lq_wire_in_view(&message->session, LQ_SESSION_NAME_BYTES_MAX, from->session),
               "session", where) &&
           lq_wire_in_require(
               lq_wire_in_view(&message->stage, LQ_STAGE_NAME_BYTES_MAX, from->stage), "stage",
               where) &&
           lq_wire_in_require(
               lq_wire_in_view(&message->after, LQ_SESSION_NAME_BYTES_MAX, from->after), "after",
               where) &&
           lq_wire_in_require(
               lq_wire_in_view(&message->operator_name, LQ_OPERATOR_BYTES_MAX, from->operator_),
               "operator", where) &&
           lq_wire_in_require(
               lq_wire_in_view(&message->reason, LQ_OPERATOR_REASON_BYTES_MAX, from->reason),
               "reason", where);
}

static enum lq_result take_mirror(const Ledgerquest__V1__MirrorReport *from, struct lq_arena *arena,
                                  struct lq_admin_request *message, const char **where)
{
    struct lq_mirror_report *report = lq_arena_take(arena, sizeof *report);

    message->mirror = report;
    return lq_wire_in_require(report != NULL, "mirror", where)
               ? lq_mirror_codec_take_report(from, arena, report, where)
               : LQ_ERR_LIMIT;
}

static enum lq_result take_durability(const Ledgerquest__V1__Durability *from, bool *has,
                                      struct lq_durability *durability, const char **where)
{
    struct lq_tenant_policy policy;

    *has = from != NULL;
    if (from == NULL) {
        return LQ_OK;
    }
    enum lq_result result = lq_mirror_codec_take_policy(from, &policy, where);
    *durability = policy.durability;
    return result;
}

/* What only some kinds of requests have. */
static enum lq_result take_subject(const Ledgerquest__V1__AdminRequest *from,
                                   struct lq_arena *arena, struct lq_admin_request *message,
                                   const char **where)
{
    enum lq_result result = LQ_OK;

    if (message->has_config) {
        message->config = take_config(from->config);
    }
    message->has_read = from->read != NULL;
    if (message->has_read) {
        lq_reading_codec_take_range(from->read, &message->read);
    }
    message->has_player = from->player.len > 0;
    if (!lq_wire_in_require(!message->has_player || from->player.len == LQ_PLAYER_BYTES, "player",
                            where)) {
        return LQ_ERR_MALFORMED;
    }
    if (message->has_player) {
        memcpy(message->player, from->player.data, LQ_PLAYER_BYTES);
    }
    message->has_command = from->command != NULL;
    if (message->has_command) {
        result = lq_reading_codec_take_name(from->command, &message->command, where);
    }
    message->has_change = from->change != NULL;
    if (message->has_change) {
        lq_session_life_codec_take_change(from->change, &message->change);
    }
    if (result == LQ_OK && message->has_quota) {
        result = lq_quota_codec_take(from->quota, &message->quota, where);
    }
    if (result == LQ_OK && message->has_cursor) {
        result = lq_feed_codec_take_cursor(from->cursor, &message->cursor, where);
    }
    message->place = lq_view_of(from->place.data, from->place.len);
    message->retention_s = from->retention_s;
    if (!lq_wire_in_require(from->place.len <= LQ_ADMIN_PLACE_BYTES_MAX, "place", where)) {
        return LQ_ERR_LIMIT;
    }
    if (result == LQ_OK && from->mirror != NULL) {
        result = take_mirror(from->mirror, arena, message, where);
    }
    return result == LQ_OK ? take_durability(from->durability, &message->has_durability,
                                             &message->durability, where)
                           : result;
}

enum lq_result lq_admin_request_decode(struct lq_view from, struct lq_arena *arena,
                                       struct lq_admin_request *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__admin_request__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__AdminRequest *request = (const Ledgerquest__V1__AdminRequest *)unpacked;
    *message = (struct lq_admin_request){.epoch = request->epoch,
                                         .tag = request->tag,
                                         .kind = (uint8_t)request->kind,
                                         .after_letter = request->after_letter,
                                         .count_max = request->count_max,
                                         .dry_run = request->dry_run != 0,
                                         .all = request->all != 0,
                                         .letter_id_count = (uint32_t)request->n_letter_ids,
                                         .letter_ids = request->letter_ids,
                                         .has_config = request->config != NULL,
                                         .has_quota = request->quota != NULL,
                                         .has_cursor = request->cursor != NULL,
                                         .drop_cursor = request->drop_cursor != 0};
    if (!take_filter(request, message, where)) {
        return LQ_ERR_MALFORMED;
    }
    if (!lq_wire_in_require(message->letter_id_count <= LQ_ADMIN_LETTER_IDS_MAX, "letter_ids",
                            where) ||
        !lq_wire_in_require(take_world(request->world, arena, &message->world), "world", where)) {
        return LQ_ERR_LIMIT;
    }
    return take_subject(request, arena, message, where);
}

static void put_tenant(struct lq_wire_out *out, const struct lq_tenant_entry *entry)
{
    uint8_t *content = lq_wire_out_begin(out, 6, 0);

    lq_wire_out_view(out, 1, entry->name);
    lq_wire_out_fixed64(out, 2, entry->number);
    lq_wire_out_uint32(out, 3, entry->shredded);
    lq_wire_out_fixed64(out, 4, entry->retention_s);
    lq_wire_out_uint32(out, 5, entry->own_retention);
    lq_wire_out_end(out, content, 0);
}

static void put_session(struct lq_wire_out *out, const struct lq_session_entry *entry)
{
    uint8_t *content = lq_wire_out_begin(out, 7, 0);

    lq_wire_out_view(out, 1, entry->tenant);
    lq_wire_out_view(out, 2, entry->name);
    lq_wire_out_fixed64(out, 3, entry->frame);
    lq_wire_out_bytes(out, 4, entry->hash, HASH_BYTES);
    lq_wire_out_fixed64(out, 5, entry->record_count);
    if (entry->has_config) {
        lq_world_codec_put_config(out, 6, &entry->config);
    }
    lq_wire_out_uint32(out, 7, entry->body_count);
    lq_wire_out_uint32(out, 8, entry->agent_count);
    lq_wire_out_uint32(out, 9, entry->player_count);
    lq_wire_out_fixed64(out, 10, entry->step_count);
    lq_wire_out_fixed64(out, 11, entry->missed_count);
    lq_wire_out_uint32(out, 12, entry->client_count);
    lq_wire_out_uint32(out, 20, entry->deleted);
    lq_wire_out_end(out, content, 0);
}

static void put_mirror(struct lq_wire_out *out, const struct lq_admin_reply *message)
{
    if (message->orders != NULL) {
        lq_mirror_codec_put_orders(out, 13, message->orders);
    }
    if (message->mirror != NULL) {
        lq_mirror_codec_put_state(out, 14, message->mirror);
    }
    if (message->has_durability) {
        const struct lq_tenant_policy policy = {.durability = message->durability};
        lq_mirror_codec_put_policy(out, 15, &policy);
    }
    if (message->has_telling) {
        lq_feed_codec_put_telling(out, 19, &message->telling);
    }
}

enum lq_result lq_admin_reply_encode(const struct lq_admin_reply *message, uint8_t *to,
                                     size_t bytes_max, size_t *written)
{
    struct lq_wire_out out;

    lq_wire_out_open_framed(&out, LQ_MESSAGE_ADMIN_REPLY, to, bytes_max);
    lq_wire_out_fixed64(&out, 1, message->tag);
    lq_wire_out_uint32(&out, 2, (uint32_t)message->result);
    lq_wire_out_view(&out, 3, message->message);
    lq_wire_out_fixed64(&out, 4, message->count);
    lq_wire_out_uint32(&out, 5, message->more);
    for (uint32_t index = 0; index < message->tenant_count; index++) {
        put_tenant(&out, &message->tenants[index]);
    }
    for (uint32_t index = 0; index < message->session_count; index++) {
        put_session(&out, &message->sessions[index]);
    }
    for (uint32_t index = 0; index < message->letter_count; index++) {
        lq_letter_codec_put(&out, 8, &message->letters[index]);
    }
    if (message->status != NULL) {
        lq_status_codec_put(&out, 9, message->status);
    }
    for (uint32_t index = 0; index < message->load_count; index++) {
        lq_load_codec_put(&out, 10, &message->loads[index]);
    }
    if (message->has_quota) {
        const struct lq_quota_change quota = {.to = message->quota};
        lq_quota_codec_put(&out, 11, &quota);
    }
    if (message->feed != NULL) {
        lq_feed_codec_put(&out, 12, message->feed);
    }
    put_mirror(&out, message);
    for (uint32_t index = 0; index < message->frame_count; index++) {
        lq_reading_codec_put_frame(&out, 16, &message->frames[index]);
    }
    lq_wire_out_fixed64(&out, 17, message->next_frame);
    if (message->window != NULL) {
        lq_reading_codec_put_window(&out, 18, message->window);
    }
    lq_wire_out_fixed64(&out, 34, message->oldest_frame);
    lq_wire_out_fixed64(&out, 35, message->newest_frame);
    if (message->has_sighting) {
        lq_reading_codec_put_sighting(&out, 36, &message->sighting);
    }
    if (message->has_life) {
        lq_session_life_codec_put(&out, 41, &message->life);
    }
    return lq_wire_out_close(&out, written);
}

static bool take_session(const Ledgerquest__V1__SessionEntry *from, struct lq_session_entry *entry,
                         const char **where)
{
    *entry = (struct lq_session_entry){.tenant = lq_view_text(from->tenant),
                                       .name = lq_view_text(from->name),
                                       .frame = from->frame,
                                       .record_count = from->record_count,
                                       .has_config = from->config != NULL,
                                       .body_count = from->body_count,
                                       .agent_count = from->agent_count,
                                       .player_count = from->player_count,
                                       .client_count = from->client_count,
                                       .step_count = from->step_count,
                                       .missed_count = from->missed_count,
                                       .deleted = from->deleted != 0};
    if (!lq_wire_in_require(from->hash.len == HASH_BYTES, "sessions.hash", where)) {
        return false;
    }
    memcpy(entry->hash, from->hash.data, HASH_BYTES);
    if (entry->has_config) {
        entry->config = take_config(from->config);
    }
    return true;
}

static enum lq_result take_entries(const Ledgerquest__V1__AdminReply *from,
                                   struct lq_admin_reply *message, const char **where)
{
    for (uint32_t index = 0; index < message->tenant_count; index++) {
        message->tenants[index] = (struct lq_tenant_entry){
            lq_view_text(from->tenants[index]->name), from->tenants[index]->number,
            from->tenants[index]->shredded != 0, from->tenants[index]->retention_s,
            from->tenants[index]->own_retention != 0};
    }
    for (uint32_t index = 0; index < message->session_count; index++) {
        if (!take_session(from->sessions[index], &message->sessions[index], where)) {
            return LQ_ERR_MALFORMED;
        }
    }
    enum lq_result result = LQ_OK;
    for (uint32_t index = 0; result == LQ_OK && index < message->letter_count; index++) {
        result = lq_letter_codec_take(from->letters[index], &message->letters[index], where);
    }
    for (uint32_t index = 0; result == LQ_OK && index < message->load_count; index++) {
        result = lq_load_codec_take(from->loads[index], &message->loads[index], where);
    }
    if (result == LQ_OK && message->status != NULL) {
        result = lq_status_codec_take(from->status, message->status, where);
    }
    if (result == LQ_OK && message->feed != NULL) {
        result = lq_feed_codec_take(from->feed, message->feed, where);
    }
    return result;
}

static enum lq_result take_reading(const Ledgerquest__V1__AdminReply *from, struct lq_arena *arena,
                                   struct lq_admin_reply *message, const char **where)
{
    enum lq_result result = LQ_OK;

    if (!lq_wire_in_require(message->frame_count <= LQ_READ_FRAMES_MAX, "frames", where)) {
        return LQ_ERR_LIMIT;
    }
    for (uint32_t index = 0; result == LQ_OK && index < message->frame_count; index++) {
        result =
            lq_reading_codec_take_frame(from->frames[index], arena, &message->frames[index], where);
    }
    if (result == LQ_OK && message->window != NULL) {
        result = lq_reading_codec_take_window(from->window, message->window, where);
    }
    message->has_sighting = from->sighting != NULL;
    if (result == LQ_OK && message->has_sighting) {
        result = lq_reading_codec_take_sighting(from->sighting, &message->sighting, where);
    }
    message->has_life = from->life != NULL;
    return result == LQ_OK && message->has_life
               ? lq_session_life_codec_take(from->life, &message->life, where)
               : result;
}

/* What tenants may use, and how their records are kept. */
static enum lq_result take_policies(const Ledgerquest__V1__AdminReply *from, struct lq_arena *arena,
                                    struct lq_admin_reply *message, const char **where)
{
    struct lq_quota_change quota;
    enum lq_result result = LQ_OK;

    message->has_quota = from->quota != NULL;
    if (message->has_quota) {
        result = lq_quota_codec_take(from->quota, &quota, where);
        message->quota = quota.to;
    }
    if (result == LQ_OK && message->orders != NULL) {
        result = lq_mirror_codec_take_orders(from->orders, arena, message->orders, where);
    }
    if (result == LQ_OK && message->mirror != NULL) {
        result = lq_mirror_codec_take_state(from->mirror, arena, message->mirror, where);
    }
    message->has_telling = from->telling != NULL;
    if (result == LQ_OK && message->has_telling) {
        result = lq_feed_codec_take_telling(from->telling, &message->telling, where);
    }
    return result == LQ_OK ? take_durability(from->durability, &message->has_durability,
                                             &message->durability, where)
                           : result;
}

/* Room in the arena for as many entries as the message has. */
static bool make_room(const Ledgerquest__V1__AdminReply *from, struct lq_arena *arena,
                      struct lq_admin_reply *message)
{
    message->tenants = lq_arena_take(arena, from->n_tenants * sizeof *message->tenants);
    message->sessions = lq_arena_take(arena, from->n_sessions * sizeof *message->sessions);
    message->letters = lq_arena_take(arena, from->n_letters * sizeof *message->letters);
    message->loads = lq_arena_take(arena, from->n_loads * sizeof *message->loads);
    message->status = from->status == NULL ? NULL : lq_arena_take(arena, sizeof *message->status);
    message->feed = from->feed == NULL ? NULL : lq_arena_take(arena, sizeof *message->feed);
    message->orders = from->orders == NULL ? NULL : lq_arena_take(arena, sizeof *message->orders);
    message->mirror = from->mirror == NULL ? NULL : lq_arena_take(arena, sizeof *message->mirror);
    message->frames = lq_arena_take(arena, from->n_frames * sizeof *message->frames);
    message->window = from->window == NULL ? NULL : lq_arena_take(arena, sizeof *message->window);
    return message->tenants != NULL && message->sessions != NULL && message->letters != NULL &&
           message->loads != NULL && (from->status == NULL || message->status != NULL) &&
           (from->feed == NULL || message->feed != NULL) &&
           (from->orders == NULL || message->orders != NULL) &&
           (from->mirror == NULL || message->mirror != NULL) && message->frames != NULL &&
           (from->window == NULL || message->window != NULL);
}

enum lq_result lq_admin_reply_decode(struct lq_view from, struct lq_arena *arena,
                                     struct lq_admin_reply *message, const char **where)
{
    ProtobufCMessage *unpacked;
    enum lq_result result =
        lq_wire_unpack(&ledgerquest__v1__admin_reply__descriptor, from, arena, &unpacked, where);

    if (result != LQ_OK) {
        return result;
    }
    const Ledgerquest__V1__AdminReply *reply = (const Ledgerquest__V1__AdminReply *)unpacked;
    if (!lq_wire_in_require((uint32_t)reply->result <= LQ_ERR_PERMISSION, "result", where)) {
        return LQ_ERR_MALFORMED;
    }
    *message = (struct lq_admin_reply){.tag = reply->tag,
                                       .result = (enum lq_result)reply->result,
                                       .message = lq_view_text(reply->message),
                                       .count = reply->count,
                                       .more = reply->more != 0,
                                       .tenant_count = (uint32_t)reply->n_tenants,
                                       .session_count = (uint32_t)reply->n_sessions,
                                       .letter_count = (uint32_t)reply->n_letters,
                                       .load_count = (uint32_t)reply->n_loads,
                                       .frame_count = (uint32_t)reply->n_frames,
                                       .next_frame = reply->next_frame,
                                       .oldest_frame = reply->oldest_frame,
                                       .newest_frame = reply->newest_frame};
    if (!lq_wire_in_require(make_room(reply, arena, message), "admin_reply", where)) {
        return LQ_ERR_LIMIT;
    }
    result = take_entries(reply, message, where);
    if (result == LQ_OK) {
        result = take_reading(reply, arena, message, where);
    }
    return result == LQ_OK ? take_policies(reply, arena, message, where) : result;
}
