#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""test_noisy_targets.py - what bench/noisy calls a miss: each target at its edge, from both sides."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "bench"))
import noisy_targets as targets  # noqa: E402  pylint: disable=wrong-import-position


def row_of(**figures):
    return dict({"rate": 100.0, "p99_ms": 4.0, "not_applied": 0, "all_ticks_per_s": 50_000.0}, **figures)


class Rows(unittest.TestCase):
    def test_medians_of_numbers(self):
        rounds = [row_of(p99_ms=p99_ms, evil="poison", evils=[]) for p99_ms in (5.0, 180.0, 6.0)]
        row = targets.median_row(rounds)
        self.assertEqual((row["p99_ms"], row["rate"], row["rounds"]), (6.0, 100.0, rounds))
        self.assertNotIn("evil", row)

    def test_calm_is_the_mean_of_both_sides(self):
        row = targets.compare_calm(row_of(p99_ms=4.0), row_of(p99_ms=9.0), row_of(p99_ms=8.0))
        self.assertEqual((row["calm_p99_ms"], row["p99_ratio"]), (6.0, 1.5))

    def test_throughput_is_that_of_the_round(self):
        row = targets.compare_throughput(row_of(), row_of(all_ticks_per_s=40_000.0, p99_ms=300.0))
        self.assertEqual((row["throughput_ratio"], row["before_p99_ms"]), (1.25, 300.0))


class Targets(unittest.TestCase):
    def flood(self, **figures):
        return targets.miss_flood([row_of(flood_sessions=0), row_of(flood_sessions=1000, **figures)])

    def test_flood(self):
        self.assertEqual(self.flood(p99_ms=20.0, rate=98.0, throughput_ratio=0.95), [])
        for miss, words in (({"p99_ms": 20.1}, "20.1 ms"), ({"rate": 97.9}, "97.9/s"),
                            ({"not_applied": 1}, "not applied"), ({"throughput_ratio": 0.949}, "0.949")):
            missed = self.flood(**miss)
            self.assertEqual(len(missed), 1, miss)
            self.assertIn("beside 1000 sessions", missed[0])
            self.assertIn(words, missed[0])

    def test_all_that_is_missed_is_told(self):
        self.assertEqual(len(self.flood(p99_ms=365.0, rate=50.0, not_applied=3, throughput_ratio=0.5)), 4)

    def test_evil(self):
        def evil(**figures):
            return targets.miss_evil([row_of(evil=None),
                                      row_of(evil="crawl", calm_p99_ms=4.0, rounds=[{"evils": []}], **figures)])
        self.assertEqual(evil(p99_ratio=1.5), [])
        self.assertIn("beside crawl", evil(p99_ratio=1.51)[0])
        self.assertEqual(len(evil(p99_ratio=1.0, rate=97.0)), 1)

    def test_an_evil_that_did_nothing_proves_nothing(self):
        def evil(*done):
            rounds = [{"evils": [{"tenant": "b", "done_per_s": per_s, "due_per_s": 2.0}]} for per_s in done]
            return targets.miss_evil([row_of(evil=None), row_of(evil="poison", calm_p99_ms=4.0, p99_ratio=1.0,
                                                                rounds=rounds)])
        self.assertEqual(evil(2.0, 0.4, 1.0), [])
        missed = evil(2.0, 0.0, 0.3)
        self.assertEqual(len(missed), 2)
        self.assertIn("beside poison in round 2 tenant b did 0.0 a second of 2", missed[0])

    def test_weights(self):
        rows = targets.share_rows((1, 2, 4), (100, 200, 400))
        self.assertEqual([row["error"] for row in rows], [0.0, 0.0, 0.0])
        self.assertEqual(targets.miss_weights(rows), [])
        rows = targets.share_rows((1, 2, 4), (106, 200, 394))  # 6 % above, as due, 1.5 % below
        self.assertAlmostEqual(rows[0]["error"], 0.06)
        self.assertEqual(len(targets.miss_weights(rows)), 1)
        self.assertEqual(len(targets.miss_weights(targets.share_rows((1, 2, 4), (94, 200, 406)))), 1)
        self.assertEqual(len(targets.miss_weights(targets.share_rows((1, 2, 4), (1, 1, 1)))), 3)

    def test_grid(self):
        self.assertEqual(targets.miss_grid({"lateness_p99_ms": 25.0, "skipped": 0}), [])
        self.assertEqual(len(targets.miss_grid({"lateness_p99_ms": 25.1, "skipped": 1})), 2)


if __name__ == "__main__":
    unittest.main()
