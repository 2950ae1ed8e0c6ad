#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""test_compare.py - bench/compare when measurements fail: programs of two builds that only say so much."""

import json
import pathlib
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
# Counts its calls in its build's folder; the numbers in `failing` fail, with "still" before them they count no tick.
BENCH = '''#!/bin/bash
folder=$(dirname "$0")/..
number=$(($(cat "$folder/calls" 2>/dev/null || echo 0) + 1))
echo "$number" >"$folder/calls"
if grep -qx "$number" "$folder/failing"; then
    echo "lq-bench: call $number" >&2
    exit 69
fi
grep -qx "still $number" "$folder/failing" && ticks=0
echo '{"ticks_per_s": '"${ticks:-1000}"', "cpu_us_per_tick_sum": 20, "ledger_bytes_per_tick": 1300}'
'''


class Compare(unittest.TestCase):
    def compare(self, failing, *options):
        """failing: by build, the calls of lq-bench that fail; the first is of the round that warms up."""
        with tempfile.TemporaryDirectory() as folder:
            builds = [pathlib.Path(folder) / name for name in ("before", "now")]
            for build, calls in zip(builds, failing):
                (build / "bin").mkdir(parents=True)
                (build / "failing").write_text("".join(f"{call}\n" for call in calls))
                for name, text in (("ledgerquest", "#!/bin/bash\n"), ("lq-bench", BENCH)):
                    (build / "bin" / name).write_text(text)
                    (build / "bin" / name).chmod(0o755)
            return subprocess.run([ROOT / "bench" / "compare", "--json", "--warm-mb", "0", *options, *builds], check=False, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_nothing_fails(self):
        done = self.compare(([], []), "--rounds", "6", "--warm-mb", "64")
        self.assertEqual(done.returncode, 0, done.stderr)
        result = json.loads(done.stdout)
        self.assertEqual((len(result["rounds"]), result["warmed_mb"], result["cold_now_ticks_per_s"]), (6, 64, 1000))
        self.assertNotIn("compare:", done.stderr)

    def test_one_failure_a_round_is_repeated(self):
        done = self.compare(([1, 4], [7]), "--rounds", "6", "--bound", "0.98")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(json.loads(done.stdout)["rounds"]), 6)
        self.assertEqual(done.stderr.count("it is repeated"), 3, done.stderr)
        self.assertIn("lq-bench: call 4", done.stderr)
        self.assertIn("failed with 69", done.stderr)

    def test_a_machine_that_stands_still(self):
        done = self.compare((["still 4"], []), "--rounds", "6", "--bound", "0.98")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(json.loads(done.stdout)["rounds"]), 6)
        self.assertIn("failed with no tick", done.stderr)

    def test_what_was_measured_before_is_judged(self):
        done = self.compare(([], [7, 8]), "--rounds", "9", "--bound", "0.98")  # round 6, twice
        self.assertEqual(done.returncode, 1)
        result = json.loads(done.stdout)
        self.assertEqual((len(result["rounds"]), result["bound"], result["ok"]), (5, 0.98, True))
        self.assertIn("round 6 was not measured: of 9 rounds, the 5 before it are judged", done.stderr)

    def test_two_failures_of_a_round_end_it(self):
        done = self.compare(([3], [3]), "--rounds", "4")  # round 2, a build each
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(json.loads(done.stdout)["rounds"]), 1)

    def test_too_few_are_not_judged_by_a_bound(self):
        done = self.compare(([5, 6], []), "--rounds", "6", "--bound", "0.98")
        self.assertEqual(done.returncode, 1)
        self.assertIsNone(json.loads(done.stdout)["bound"])

    def test_none_was_measured(self):
        done = self.compare(([2, 3], []), "--rounds", "6")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("the 0 before it are judged", done.stderr)


if __name__ == "__main__":
    unittest.main()
