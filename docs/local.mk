# SPDX-License-Identifier: MPL-2.0
# docs/: prose, decision records, and manual pages in mdoc.
dist_man_MANS += %D%/man/ledgerquest.8
EXTRA_DIST += %D%/operations.md
EXTRA_DIST += %D%/ledger-format.md
