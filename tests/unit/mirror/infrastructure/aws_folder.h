// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* aws_folder.h - a home folder with files of AWS's tools, and an environment without their
 * variables but for HOME. One at a time. */
#ifndef LQ_AWS_FOLDER_H
#define LQ_AWS_FOLDER_H

void lq_aws_folder_make(void);
void lq_aws_folder_write(const char *name, const char *text); /* "config" or "credentials" */
const char *lq_aws_folder_path(void);
void lq_aws_folder_remove(void);

#endif
