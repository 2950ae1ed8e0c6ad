# SPDX-License-Identifier: MPL-2.0
# Faults that the tests have to see: run plants one at a time in a copy of the tree.
EXTRA_DIST += \
	%D%/01-lease-not-checked.patch \
	%D%/02-result-of-another-actor.patch \
	%D%/03-not-committed-taken-as-committed.patch \
	%D%/04-conflict-charged.patch \
	%D%/05-persist-not-in-doubt.patch \
	%D%/06-all-items-charged.patch \
	%D%/07-suspect-not-alone.patch \
	%D%/08-suspects-in-flight-unbounded.patch \
	%D%/09-retries-not-reset.patch \
	%D%/10-lease-reset-on-stage.patch \
	%D%/11-batch-not-bisected.patch \
	%D%/12-letter-answered-before-stored.patch \
	%D%/13-session-not-parked.patch \
	%D%/14-open-letter-not-answered.patch \
	%D%/15-copy-not-recognised.patch \
	%D%/16-command-tick-steps.patch \
	%D%/17-missed-points-bunched.patch \
	%D%/18-tenants-not-in-turn.patch \
	%D%/19-put-back-behind.patch \
	%D%/20-opened-while-paused.patch \
	%D%/21-stall-not-forgiven.patch \
	%D%/22-window-bit-not-set.patch \
	%D%/23-window-off-by-one.patch \
	%D%/24-client-evicted-early.patch \
	%D%/25-refused-number-not-used.patch \
	%D%/26-too-old-called-duplicate.patch \
	%D%/27-frame-not-expected.patch \
	%D%/28-execution-not-recognised.patch \
	%D%/29-writer-epoch-not-checked.patch \
	%D%/30-letter-not-in-transaction.patch \
	%D%/31-chain-without-header.patch \
	%D%/32-digest-without-salt.patch \
	%D%/33-seal-without-header.patch \
	%D%/34-epoch-not-checked.patch \
	%D%/35-progress-cell-not-set.patch \
	%D%/36-full-disk-is-fatal.patch \
	%D%/37-item-time-from-batch.patch \
	%D%/38-lost-message-waits-for-lease.patch \
	%D%/39-resolved-of-an-older-doubt.patch \
	%D%/40-dispatch-behind-resolve-worked.patch \
	%D%/41-resolve-beside-a-commit.patch \
	%D%/42-committed-although-paused.patch \
	%D%/run
