# SPDX-License-Identifier: MPL-2.0
# What chaos takes out of a copy of the tree to see that its judge fails without it.
EXTRA_DIST += \
	%D%/ack-after-commit.patch \
	%D%/duplicate-window.patch \
	%D%/epoch-check.patch \
	%D%/events-after-segment.patch \
	%D%/lease-fence.patch
