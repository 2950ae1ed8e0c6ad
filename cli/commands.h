// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* commands.h - the functions behind the table of commands, each in the file that its prefix names.
 * They write data to stdout and messages to stderr, and return the exit code. */
#ifndef LQ_COMMANDS_H
#define LQ_COMMANDS_H

#include "cli/invocation.h"

enum lq_exit_code lq_status_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_top_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_tenant_command_create(const struct lq_invocation *invocation);
enum lq_exit_code lq_tenant_command_list(const struct lq_invocation *invocation);
enum lq_exit_code lq_tenant_command_show(const struct lq_invocation *invocation);
enum lq_exit_code lq_tenant_retention_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_store_clock_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_tenant_delete_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_tenant_shred_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_quota_show_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_quota_change_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_durability_change_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_create_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_command_list(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_command_show(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_state_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_history_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_diff_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_export_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_command_show_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_end_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_life_command_stop(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_life_command_start(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_life_command_rate(const struct lq_invocation *invocation);
enum lq_exit_code lq_session_command_resume(const struct lq_invocation *invocation);
enum lq_exit_code lq_submit_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_watch_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_letter_command_list(const struct lq_invocation *invocation);
enum lq_exit_code lq_letter_command_show(const struct lq_invocation *invocation);
enum lq_exit_code lq_letter_drain_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_letter_change_redrive(const struct lq_invocation *invocation);
enum lq_exit_code lq_letter_change_purge(const struct lq_invocation *invocation);
enum lq_exit_code lq_feed_command_show(const struct lq_invocation *invocation);
enum lq_exit_code lq_feed_read_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_feed_command_set(const struct lq_invocation *invocation);
enum lq_exit_code lq_feed_command_drop(const struct lq_invocation *invocation);
enum lq_exit_code lq_mirror_command_status(const struct lq_invocation *invocation);
enum lq_exit_code lq_verify_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_restore_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_replay_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_token_key_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_token_issue_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_token_issue_ticket(const struct lq_invocation *invocation);
enum lq_exit_code lq_help_command_run(const struct lq_invocation *invocation);
enum lq_exit_code lq_help_command_version(const struct lq_invocation *invocation);

#endif
