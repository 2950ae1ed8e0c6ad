# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What the figures of bench/noisy have to be. Pure: from rows to texts of what was missed.

A row has the figures of C in one measurement; its rounds become one row of medians, because a machine or a disk that
stands still for a moment once is not the cluster's fault. All rounds stand beside them."""

import statistics

QUIET_P99_MS_MAX = 20.0
RATE_SHARE_MIN = 0.98  # of the rate alone: by the clock, but the last receipts may fall behind the measured time
THROUGHPUT_RATIO_MIN = 0.95
P99_RATIO_MAX = 1.5
EVIL_DONE_SHARE_MIN = 0.2  # of what is due: beside all the others it gets less, but one that did nothing proves nothing
SHARE_ERROR_MAX = 0.05
GRID_LATENESS_P99_MS_MAX = 25.0


def median_row(rounds):
    """Of all numbers; what is no number is in `rounds` alone."""
    medians = {key: statistics.median(row[key] for row in rounds) for key, value in rounds[0].items()
               if isinstance(value, (int, float))}
    return dict(medians, rounds=rounds)


def miss_rate(name, row, alone):
    missed = []
    if row["rate"] < RATE_SHARE_MIN * alone["rate"]:
        missed.append(f"{name} C's rate is {row['rate']:.1f}/s, alone {alone['rate']:.1f}/s")
    if row["not_applied"] > 0:
        missed.append(f"{name} {row['not_applied']:.0f} commands of C were not applied")
    return missed


def miss_flood(rows):
    """The first is C alone."""
    missed = []
    for row in rows[1:]:
        name = f"flood: beside {row['flood_sessions']:.0f} sessions"
        if row["p99_ms"] > QUIET_P99_MS_MAX:
            missed.append(f"{name} C's p99 is {row['p99_ms']:.1f} ms, the target is at most "
                          f"{QUIET_P99_MS_MAX:.0f} ms")
        missed += miss_rate(name, row, rows[0])
        if row.get("throughput_ratio", 1.0) < THROUGHPUT_RATIO_MIN:
            missed.append(f"{name} there are {row['throughput_ratio']:.3f} of the ticks of the build before, the "
                          f"target is at least {THROUGHPUT_RATIO_MIN}")
    return missed


def compare_throughput(row, before):
    """Of one round: all ticks of this build and of another, measured one after the other."""
    return dict(row, before_all_ticks_per_s=before["all_ticks_per_s"], before_p99_ms=before["p99_ms"],
                throughput_ratio=row["all_ticks_per_s"] / before["all_ticks_per_s"])


def compare_calm(before, row, after):
    """With the mean of the two calms around it: the machine's speed changes within minutes."""
    calm_p99_ms = (before["p99_ms"] + after["p99_ms"]) / 2
    return dict(row, calm_p99_ms=calm_p99_ms, p99_ratio=row["p99_ms"] / calm_p99_ms)


def miss_evil(rows):
    """The first is C undisturbed."""
    missed = []
    for row in rows[1:]:
        name = f"evil: beside {row['evil']}"
        if row["p99_ratio"] > P99_RATIO_MAX:
            missed.append(f"{name} C's p99 is {row['p99_ms']:.2f} ms, {row['p99_ratio']:.2f} times the undisturbed "
                          f"{row['calm_p99_ms']:.2f} ms, the target is at most {P99_RATIO_MAX} times")
        missed += miss_rate(name, row, rows[0]) + miss_idle(row)
    return missed


def miss_idle(row):
    return [f"evil: beside {row['evil']} in round {number} tenant {load['tenant']} did {load['done_per_s']:.1f} a second "
            f"of {load['due_per_s']:.0f}: the round proves nothing"
            for number, of_one in enumerate(row["rounds"], 1) for load in of_one["evils"]
            if load["done_per_s"] < EVIL_DONE_SHARE_MIN * load["due_per_s"]]


def share_rows(weights, service_us):
    """What each had of the service time that all had together, beside what its weight makes."""
    rows = []
    for weight, used in zip(weights, service_us):
        share, due = used / sum(service_us), weight / sum(weights)
        rows.append({"weight": weight, "share": share, "due_share": due, "error": share / due - 1})
    return rows


def miss_weights(rows):
    return [f"weights: the share of weight {row['weight']} is {row['share']:.3f}, due is {row['due_share']:.3f}, the "
            f"target is at most {SHARE_ERROR_MAX:.0%} off" for row in rows if abs(row["error"]) > SHARE_ERROR_MAX]


def miss_grid(result):
    missed = []
    if result["lateness_p99_ms"] > GRID_LATENESS_P99_MS_MAX:
        missed.append(f"grid: lateness p99 is {result['lateness_p99_ms']:.1f} ms, the target is at most "
                      f"{GRID_LATENESS_P99_MS_MAX:.0f} ms")
    if result["skipped"] > 0:
        missed.append(f"grid: {result['skipped']} points of the grid were skipped")
    return missed
