#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""test_item_price.py - the rule of bench/item_price.py is that of mirror/domain/write_units.h, and docs/cloud.md has the
tables that it prints."""

import pathlib
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "bench"))
import item_price  # noqa: E402  pylint: disable=wrong-import-position


class Sizes(unittest.TestCase):
    def test_figures_of_the_unit_test_in_c(self):
        self.assertEqual(item_price.segment_bytes(1000), 1374)
        self.assertEqual(item_price.segment_bytes(1000, ttl=True), 1374 + 3 + 6)
        for frames, wanted in ((1, 200), (10, 140), (100, 136)):
            self.assertEqual(100 * item_price.units_of_frames(frames, 1372) // frames, wanted)
        self.assertEqual(item_price.item_and_head(1372), 3)
        self.assertIsNone(item_price.item_and_head(item_price.LARGEST))

    def test_what_does_not_fit_goes_on_with_a_header_of_its_own(self):
        self.assertEqual(item_price.bodies_of(1, item_price.LARGEST), [350000, 16 + 524504 - 350000 + 16])
        self.assertEqual(item_price.bodies_of(1, 350000 - 16), [350000])

    def test_bases(self):
        self.assertEqual([item_price.base_units(size) for size in (600, 1372, 600000)], [1, 2, 2 * 294])

    def test_money(self):
        self.assertEqual(item_price.money_of_day(1, 0.625), "0.05")


class Documents(unittest.TestCase):
    def test_the_tables_are_those_of_the_command(self):
        text = (ROOT / "docs" / "cloud.md").read_text(encoding="utf-8")
        for table in (item_price.units_table(), item_price.price_table(item_price.PRICE)):
            self.assertIn("\n".join(table), text)


if __name__ == "__main__":
    done = unittest.main(exit=False).result
    failed = len(done.failures) + len(done.errors)
    print(f"item-price: {done.testsRun} tests, {failed} failed")
    sys.exit(1 if failed else 0)
