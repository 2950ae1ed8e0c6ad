# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The columns of a world as a content has them, in order: name, how it is written, bytes of an entry.

A test of the engine compares them with its own table. steps: a short column of differences; short: a short column;
whole: an entry for every row."""
# columns.def
BODIES = (
    ("body_id", "steps", 4),
    ("body_kind", "short", 1),
    ("x", "short", 8),
    ("y", "short", 8),
    ("angle", "short", 4),
    ("vx", "short", 4),
    ("vy", "short", 4),
    ("spin", "short", 4),
    ("radius", "short", 4),
    ("thrust_x", "short", 4),
    ("thrust_y", "short", 4),
)
AGENTS = (
    ("agent_body", "steps", 4),
    ("agent_behavior", "short", 1),
    ("agent_target", "short", 2),
    ("agent_strength", "short", 4),
)
PLAYERS = (
    ("player_client", "whole", 16),
    ("player_body", "whole", 4),
)
TENANT_BYTES = (
    ("tenant_bytes", "whole", 1),
)
# end of columns.def
