#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""ratio_interval.py - the result of bench/compare: the median of paired ratios, and how sure it is.

The interval is that of order statistics: of n ratios, the median of what they are drawn from lies between the k-th
smallest and the k-th largest with a probability that depends on n and k alone, whatever the distribution is.
`ratio_interval.py FOLDER ROUNDS BOUND text|json` reads FOLDER/NAME.ROUND.json of bench/compare; BOUND may be empty.
"""

import json
import math
import pathlib
import statistics
import sys

CONFIDENCE = 0.9


def rank(count, confidence=CONFIDENCE):
    """The largest k for which the interval from the k-th smallest to the k-th largest of `count` holds the median with at
    least this probability: each value is below the median with probability 1/2. 0: so few have no such interval."""
    k, outside = 0, 0.0
    while True:
        outside += 2 * math.comb(count, k) / 2 ** count  # fewer than k + 1 below the median, or above it
        if outside > 1 - confidence or 2 * (k + 1) > count:
            return k
        k += 1


def interval(values, confidence=CONFIDENCE):
    """(low, high), or (None, None) where there are too few."""
    k = rank(len(values), confidence)
    ordered = sorted(values)
    return (ordered[k - 1], ordered[-k]) if k > 0 else (None, None)


def is_below(values, bound):
    """Whether the whole interval lies below: the only thing that counts as slower than the bound allows."""
    high = interval(values)[1]
    return high is not None and high < bound


def summary(runs, cold, warmed_mb, bound=None):
    """`runs`: name -> the lq-bench documents of its rounds, in order; `again` is the build of `before` once more. `cold`:
    by name, the one of the round before memory was touched."""
    def median_of(name, key):
        return statistics.median(run[key] for run in runs[name])

    def ratios(name):
        return [run["ticks_per_s"] / before["ticks_per_s"] for run, before in zip(runs[name], runs["before"])]

    result = {"bound": bound, "warmed_mb": warmed_mb}
    for name in ("before", "now"):
        result[f"{name}_ticks_per_s"] = median_of(name, "ticks_per_s")
        result[f"cold_{name}_ticks_per_s"] = cold[name]["ticks_per_s"]
        result[f"{name}_cpu_us_per_tick"] = median_of(name, "cpu_us_per_tick_sum")
        result[f"{name}_ledger_bytes_per_tick"] = runs[name][0]["ledger_bytes_per_tick"]
    for name, prefix in (("now", ""), ("again", "self_")):
        if name in runs:
            low, high = interval(ratios(name))
            result |= {f"{prefix}ratio": statistics.median(ratios(name)), f"{prefix}ratio_low": low,
                       f"{prefix}ratio_high": high}
    result["rounds"] = [{name: runs[name][index]["ticks_per_s"] for name in runs} for index in range(len(runs["now"]))]
    result["ok"] = bound is None or not is_below(ratios("now"), bound)
    return result


def text(result):
    def of(prefix):
        low, high = result[f"{prefix}ratio_low"], result[f"{prefix}ratio_high"]
        sure = f"90 % interval {low:.3f} to {high:.3f}" if low is not None else "too few rounds for an interval"
        return f"{result[f'{prefix}ratio']:.3f}, {sure}"

    lines = [f"before {result['before_ticks_per_s']:.0f} ticks/s, now {result['now_ticks_per_s']:.0f}",
             f"cold memory: before {result['cold_before_ticks_per_s']:.0f} ticks/s, now "
             f"{result['cold_now_ticks_per_s']:.0f} (one round, before {result['warmed_mb']} MB were touched)",
             f"CPU a tick {result['before_cpu_us_per_tick']:.1f} us, now {result['now_cpu_us_per_tick']:.1f} us",
             f"ratio of the rounds {of('')}"]
    if "self_ratio" in result:
        lines.append(f"before against itself {of('self_')}")
    if result["bound"] is not None:
        lines.append(f"bound {result['bound']}: " +
                     ("kept" if result["ok"] else "NOT KEPT, the whole interval lies below"))
    return "\n".join(lines)


def main():
    folder, rounds, bound, form = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
    names = [name for name in ("before", "now", "again") if (folder / f"{name}.1.json").exists()]
    runs = {name: [json.loads((folder / f"{name}.{index}.json").read_text()) for index in range(rounds + 1)]
            for name in names}
    cold = {name: documents.pop(0) for name, documents in runs.items()}
    warmed_mb = json.loads((folder / "warm.json").read_text())["warmed_mb"]
    result = summary(runs, cold, warmed_mb, float(bound) if bound else None)
    print(json.dumps(result) if form == "json" else text(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
