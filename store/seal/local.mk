# SPDX-License-Identifier: MPL-2.0
# store/seal/: keys and the sealing of records. The only files that include sodium.h.
noinst_LIBRARIES += store/seal/libstoreseal.a
store_seal_libstoreseal_a_SOURCES = \
	%D%/broker_seal.c %D%/broker_seal.h \
	%D%/digest.c %D%/digest.h \
	%D%/entry_proof.c %D%/entry_proof.h \
	%D%/export_seal.c %D%/export_seal.h \
	%D%/key_file.c %D%/key_file.h \
	%D%/keyring.c %D%/keyring.h \
	%D%/letter_seal.c %D%/letter_seal.h \
	%D%/random_bytes.c %D%/random_bytes.h \
	%D%/record_seal.c %D%/record_seal.h \
	%D%/salted_digest.c %D%/salted_digest.h \
	%D%/sealed_box.c %D%/sealed_box.h
store_seal_libstoreseal_a_CFLAGS = $(AM_CFLAGS) $(SODIUM_CFLAGS)
