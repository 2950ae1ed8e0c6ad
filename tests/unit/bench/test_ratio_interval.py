#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""test_ratio_interval.py - the interval of bench/compare against the tables of the sign test, and by drawing; the rule of
a bound; what is printed."""

import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "bench"))
import ratio_interval  # noqa: E402  pylint: disable=wrong-import-position


def runs_of(ratios, base=1000.0):
    """Documents of lq-bench whose ratios to `before` these are; the machine's speed changes from round to round."""
    def document(speed):
        return {"ticks_per_s": speed, "cpu_us_per_tick_sum": 26.0, "ledger_bytes_per_tick": 1200}
    speeds = [base * (1 + index % 3) for index in range(len(ratios))]
    return {"before": [document(speed) for speed in speeds],
            "now": [document(speed * ratio) for speed, ratio in zip(speeds, ratios)]}


COLD = {name: {"ticks_per_s": speed} for name, speed in (("before", 700), ("now", 800), ("again", 900))}


class Interval(unittest.TestCase):
    def test_ranks_of_the_sign_test(self):
        # Two-sided, 10 %: the critical value of the sign test's table, and one more.
        for count, k in ((1, 0), (4, 0), (5, 1), (7, 1), (8, 2), (10, 2), (11, 3), (15, 4), (20, 6), (25, 8), (40, 15)):
            self.assertEqual(ratio_interval.rank(count), k, count)
        self.assertEqual(ratio_interval.rank(60), 24)
        self.assertEqual(ratio_interval.rank(60, 0.95), 22)

    def test_interval_is_made_of_values(self):
        values = [index / 100 for index in range(1, 61)]
        random.Random(1).shuffle(values)
        self.assertEqual(ratio_interval.interval(values), (0.24, 0.37))
        self.assertEqual(ratio_interval.interval([0.5, 0.7, 0.6, 0.9, 0.8]), (0.5, 0.9))
        self.assertEqual(ratio_interval.interval([1.0, 2.0, 3.0, 4.0]), (None, None))

    def test_it_holds_the_median_as_often_as_it_says(self):
        chance, held, draws = random.Random(7), 0, 4000
        for _ in range(draws):
            low, high = ratio_interval.interval([chance.lognormvariate(0.0, 0.3) for _ in range(60)])  # median 1, skewed
            held += low <= 1.0 <= high
        # Exactly 0.9075 for k = 24 of 60; 4,000 draws stray by 0.0046.
        self.assertTrue(0.885 < held / draws < 0.93, held / draws)


class Bound(unittest.TestCase):
    def test_only_a_whole_interval_below_fails(self):
        self.assertFalse(ratio_interval.is_below([0.9] * 30 + [1.0] * 30, 0.98))  # it reaches to 1.0
        self.assertFalse(ratio_interval.is_below([0.9] * 36 + [0.98] * 24, 0.98))  # its end is the bound itself
        self.assertTrue(ratio_interval.is_below([0.9] * 37 + [1.0] * 23, 0.98))
        self.assertFalse(ratio_interval.is_below([0.5] * 4, 0.98))  # too few to say

    def test_summary(self):
        runs = runs_of([0.95] * 50 + [1.05] * 10)
        runs["again"] = runs_of([1.01] * 60)["now"]
        result = ratio_interval.summary(runs, COLD, 4096, 0.98)
        self.assertFalse(result["ok"])
        self.assertAlmostEqual(result["ratio"], 0.95)
        self.assertAlmostEqual(result["ratio_high"], 0.95)
        self.assertAlmostEqual(result["self_ratio"], 1.01)
        self.assertEqual(len(result["rounds"]), 60)
        self.assertEqual(sorted(result["rounds"][0]), ["again", "before", "now"])
        self.assertEqual((result["cold_before_ticks_per_s"], result["cold_now_ticks_per_s"]), (700, 800))
        self.assertIn("cold memory: before 700 ticks/s, now 800 (one round, before 4096 MB were touched)",
                      ratio_interval.text(result))
        self.assertIn("NOT KEPT", ratio_interval.text(result))
        self.assertIn("before against itself 1.010, 90 % interval 1.010 to 1.010", ratio_interval.text(result))
        self.assertTrue(ratio_interval.summary(runs, COLD, 4096, 0.9)["ok"])

    def test_without_a_bound(self):
        result = ratio_interval.summary(runs_of([1.0, 2.0]), COLD, 4096)
        self.assertTrue(result["ok"])
        self.assertAlmostEqual(result["ratio"], 1.5)
        self.assertIsNone(result["ratio_low"])
        self.assertNotIn("self_ratio", result)
        self.assertIn("too few rounds", ratio_interval.text(result))


if __name__ == "__main__":
    outcome = unittest.main(exit=False, verbosity=0).result
    failed = len(outcome.failures) + len(outcome.errors)
    print(f"ratio_interval: {outcome.testsRun} tests, {failed} failed")
    sys.exit(1 if failed else 0)
