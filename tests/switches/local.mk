# SPDX-License-Identifier: MPL-2.0
# What chaos and mirrored_switches take out of a copy of the tree to see that their judges fail without it.
EXTRA_DIST += \
	%D%/ack-after-commit.patch \
	%D%/broadcasts-held.patch \
	%D%/duplicate-window.patch \
	%D%/duplicates-held.patch \
	%D%/epoch-check.patch \
	%D%/epoch-raised.patch \
	%D%/events-after-segment.patch \
	%D%/gateway-eviction.patch \
	%D%/gateway-look.patch \
	%D%/gateway-sent-before.patch \
	%D%/gateway-takeover.patch \
	%D%/lease-fence.patch \
	%D%/receipts-held.patch
