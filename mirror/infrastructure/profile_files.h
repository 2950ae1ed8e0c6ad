// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* profile_files.h - one profile out of the two files that AWS's tools share.
 *
 * In the config file a profile's section is [default] or [profile NAME], in the credentials file
 * [NAME]. Lines are KEY = VALUE; '#' and ';' begin a comment, at the start of a line or behind
 * white space; an indented line belongs to the line before it and says nothing here. Other sections
 * and keys are left to the tools that know them.
 */
#ifndef LQ_PROFILE_FILES_H
#define LQ_PROFILE_FILES_H

#include "base/view.h"
#include "mirror/infrastructure/aws_endpoint.h"
#include "mirror/infrastructure/aws_keys.h"

#define LQ_PROFILE_FILE_BYTES_MAX ((size_t)256 * 1024)
#define LQ_PROFILE_PROCESS_BYTES_MAX 2048

/* Secret: made by lq_profile_files_new(), wiped and freed by lq_profile_files_destroy(). */
struct lq_profile {
    struct lq_aws_keys keys; /* of the credentials file, else of the config file */
    bool has_keys;           /* both the id and the secret */
    bool are_keys_shared;    /* they stand in the credentials file */
    char region[LQ_AWS_REGION_BYTES_MAX + 1];
    char credential_process[LQ_PROFILE_PROCESS_BYTES_MAX];
    char other_source[32]; /* a key that names a way to credentials that is not gone here:
                            * "role_arn", "sso_session", ...; "": none */
    bool is_there;         /* in one of the files */
};

struct lq_profile *lq_profile_files_new(void);
void lq_profile_files_destroy(struct lq_profile **profile);

enum lq_profile_file_kind { LQ_PROFILE_CONFIG = 1, LQ_PROFILE_CREDENTIALS };

/* Add what the text of one file says of the profile; the credentials file counts before the config
 * file, so it comes first. Messages never quote a line. LQ_ERR_INVALID: "NAME:LINE: what". */
LQ_MUST_CHECK enum lq_result lq_profile_files_parse(struct lq_view text, const char *name,
                                                    enum lq_profile_file_kind kind,
                                                    const char *wanted, struct lq_profile *profile,
                                                    struct lq_error_message *message);

/* Read both files; a path may be "", a file may be missing. LQ_ERR_NOT_FOUND: the profile stands in
 * neither, without a message; LQ_ERR_INVALID, LQ_ERR_IO, LQ_ERR_LIMIT: with one. */
LQ_MUST_CHECK enum lq_result lq_profile_files_read(const char *config_path,
                                                   const char *credentials_path, const char *wanted,
                                                   struct lq_profile *profile,
                                                   struct lq_error_message *message);

#endif
