// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* error_name.h - the names that errors have between programs: in results, in the pipeline's
 * document, in letters and in receipts.
 *
 * They are compared as text, in other languages too, so they are never changed: docs/protocol.md
 * and docs/operations.md explain them. A stage of a user's has names of its own.
 */
#ifndef LQ_ERROR_NAME_H
#define LQ_ERROR_NAME_H

/* Of Amazon States Language. The first two are patterns of a retrier: anything; anything but a
 * timeout. */
#define LQ_ERROR_STATES_ALL "States.ALL"
#define LQ_ERROR_STATES_TASK_FAILED "States.TaskFailed"
#define LQ_ERROR_STATES_TIMEOUT "States.Timeout"

/* What the broker charges. */
#define LQ_ERROR_ACTOR_CRASHED "Actor.Crashed"
#define LQ_ERROR_STAGE_UNNAMED "Stage.Unnamed" /* a stage failed an item and named no error */

/* What stages of ours answer. */
#define LQ_ERROR_SESSION_UNKNOWN "Session.Unknown" /* or its tenant; no letter comes of it */
#define LQ_ERROR_SESSION_DELETED "Session.Deleted" /* by an operator; no letter either */
#define LQ_ERROR_TENANT_SHREDDED "Tenant.Shredded" /* its keys were destroyed; no letter either */
#define LQ_ERROR_STORE_CORRUPT "Store.Corrupt"
#define LQ_ERROR_STORE_KEY "Store.Key"
#define LQ_ERROR_PAYLOAD_KIND "Payload.Kind"
#define LQ_ERROR_PAYLOAD_MALFORMED "Payload.Malformed"
#define LQ_ERROR_PAYLOAD_MISMATCH "Payload.Mismatch"
#define LQ_ERROR_CONTENT_INVALID "Content.Invalid"
#define LQ_ERROR_CONTENT_TOO_LARGE "Content.TooLarge"
#define LQ_ERROR_CONTENT_TOO_MANY_STAGES "Content.TooManyStages"

/* First words of the reasons of "unused"; a colon and a text for people may follow. */
#define LQ_REASON_BROKER_FULL "BROKER_FULL"
#define LQ_REASON_BROKER_PAUSED "BROKER_PAUSED"
#define LQ_REASON_CLIENT_QUOTA "CLIENT_QUOTA"
#define LQ_REASON_INVALID_NAME "INVALID_NAME"
#define LQ_REASON_MAILBOX_FULL "MAILBOX_FULL"
#define LQ_REASON_MIRROR_BEHIND "MIRROR_BEHIND"
#define LQ_REASON_SESSION_PARKED "SESSION_PARKED"
#define LQ_REASON_SESSION_STOPPED "SESSION_STOPPED"
#define LQ_REASON_TENANT_QUOTA "TENANT_QUOTA"
#define LQ_REASON_UNDECIDED "UNDECIDED"

#endif
