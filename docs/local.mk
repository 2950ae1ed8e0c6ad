# SPDX-License-Identifier: MPL-2.0
# docs/: prose, decision records, and manual pages in mdoc; and the papers of the top folder.
dist_man_MANS += %D%/man/ledgerquest.8 %D%/man/lq-gateway.8 %D%/man/lq-mirror.8
EXTRA_DIST += \
	AUTHORS CHANGELOG.md CONTRIBUTING.md LICENSE README.md SECURITY.md \
	.clang-format .editorconfig .ci/run \
	%D%/architecture.md \
	%D%/cloud.md \
	%D%/decisions/0001-one-result-message.md \
	%D%/decisions/0002-whole-worlds.md \
	%D%/decisions/0003-orphans-wait-for-blame.md \
	%D%/decisions/0004-batch-lease.md \
	%D%/decisions/0005-numbers-per-session.md \
	%D%/decisions/0006-admin-has-no-letters.md \
	%D%/decisions/0007-frame-topics.md \
	%D%/decisions/0008-commits-end-beside.md \
	%D%/decisions/0009-proofs-that-prove.md \
	%D%/decisions/0010-silence-outlives-a-broker.md \
	%D%/decisions/0011-pids-are-proven.md \
	%D%/decisions/0012-signals.md \
	%D%/decisions/0013-watchers-ask-and-are-answered.md \
	%D%/decisions/0014-a-gate-in-accepts-place.md \
	%D%/decisions/0015-sixty-four-of-a-client.md \
	%D%/decisions/0016-output-that-arrives.md \
	%D%/decisions/0017-letters-keep-their-rounds.md \
	%D%/decisions/0018-a-logger-of-our-own.md \
	%D%/decisions/0019-who-belongs-to-a-cluster.md \
	%D%/decisions/0020-czmq-and-where-libzmq.md \
	%D%/decisions/0021-one-table-of-stages.md \
	%D%/decisions/0022-two-libraries-for-people-outside.md \
	%D%/decisions/0023-ticks-and-tasks.md \
	%D%/decisions/0024-tenants-take-turns.md \
	%D%/decisions/0025-refusing-costs-little.md \
	%D%/decisions/0026-segments-not-items-a-frame.md \
	%D%/decisions/0027-one-feed.md \
	%D%/decisions/0028-an-outbox-of-the-brokers-own.md \
	%D%/decisions/0029-read-then-claim.md \
	%D%/decisions/0030-receipts-that-wait.md \
	%D%/decisions/0031-events-after-the-segment.md \
	%D%/decisions/0032-bases-behind-one-number.md \
	%D%/decisions/0033-told-again.md \
	%D%/decisions/0034-a-shredded-tenant.md \
	%D%/decisions/0035-players-and-incarnations.md \
	%D%/decisions/0036-reading.md \
	%D%/decisions/0037-frames-for-players.md \
	%D%/decisions/0038-one-link-for-many-clients.md \
	%D%/decisions/0039-the-edge.md \
	%D%/decisions/0040-tokens-and-tickets.md \
	%D%/decisions/0041-a-connection-is-an-incarnation.md \
	%D%/decisions/0042-latest-wins.md \
	%D%/decisions/0043-an-sdk-that-settles.md \
	%D%/decisions/0044-gateways-and-another-history.md \
	%D%/decisions/0045-what-changed-of-a-world.md \
	%D%/decisions/0046-space-seen-coming.md \
	%D%/decisions/0047-what-became-of-a-command.md \
	%D%/decisions/0048-records-that-hold-what-changed.md \
	%D%/decisions/0049-converted-not-carried-along.md \
	%D%/decisions/0050-what-is-forgotten-stays-proven.md \
	%D%/decisions/0051-wall-time-is-believed-once.md \
	%D%/decisions/0052-a-session-that-stops.md \
	%D%/decisions/0053-letters-under-their-tenants-keys.md \
	%D%/decisions/0054-subscribed-where-it-is-written.md \
	%D%/decisions/0055-a-port-is-one-clusters.md \
	%D%/decisions/0056-grid-points-in-slots.md \
	%D%/decisions/0057-the-feed-from-outside.md \
	%D%/decisions/README.md \
	%D%/arena.png \
	%D%/browser.md \
	%D%/first-world.md \
	%D%/gateway-protocol.md \
	%D%/gateway.md \
	%D%/glossary.md \
	%D%/ledger-format.md \
	%D%/operations.md \
	%D%/protocol.md \
	%D%/sdk-behaviour.md
