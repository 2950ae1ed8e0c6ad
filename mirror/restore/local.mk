# SPDX-License-Identifier: MPL-2.0
# mirror/restore/: the table read back: into new stores, or to be compared with those that are there.
noinst_LIBRARIES += mirror/restore/libmirrorrestore.a
mirror_restore_libmirrorrestore_a_SOURCES = \
	%D%/base_comparison.c %D%/base_comparison.h \
	%D%/data_folder.c %D%/data_folder.h \
	%D%/key_notes.c %D%/key_notes.h \
	%D%/restored_entries.c %D%/restored_entries.h \
	%D%/restored_keys.c %D%/restored_keys.h \
	%D%/restoring.c %D%/restoring.h \
	%D%/stream_claim.c %D%/stream_claim.h \
	%D%/table_asker.c %D%/table_asker.h \
	%D%/table_bases.c %D%/table_bases.h \
	%D%/table_comparison.c %D%/table_comparison.h \
	%D%/table_mark.c %D%/table_mark.h \
	%D%/table_restore.c %D%/table_restore.h \
	%D%/table_walk.c %D%/table_walk.h
mirror_restore_libmirrorrestore_a_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS) $(JANSSON_CFLAGS)
