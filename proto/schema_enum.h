// SPDX-License-Identifier: MPL-2.0
// SPDX-FileCopyrightText: The LedgerQuest Engine authors
/* schema_enum.h - for the codecs: our enums have the numbers of the schema's, or nothing compiles.
 *
 *     LQ_SCHEMA_ENUM(LQ_BEHAVIOR_IDLE, BEHAVIOR__BEHAVIOR_IDLE);
 *
 * The second is the name that protobuf-c makes: the enum's, two underscores, the value's.
 */
#ifndef LQ_SCHEMA_ENUM_H
#define LQ_SCHEMA_ENUM_H

#define LQ_SCHEMA_ENUM(ours, schema)                                                               \
    _Static_assert((int)(ours) == (int)(LEDGERQUEST__V1__##schema), #ours " is another number")

#endif
