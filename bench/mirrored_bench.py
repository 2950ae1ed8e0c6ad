# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster of bench/ with the mirror on a table of a double, and a proxy between both that counts."""

import contextlib
import sys
import time

from cluster_processes import ROOT, Cluster

sys.path.insert(0, str(ROOT / "tests" / "integration"))
from cluster import Failed  # noqa: E402  pylint: disable=wrong-import-position
from cloud_cluster import boto_client, of_mirror  # noqa: E402  pylint: disable=wrong-import-position
from ledger_partition import Partition  # noqa: E402  pylint: disable=wrong-import-position
from request_tally import RequestTally  # noqa: E402  pylint: disable=wrong-import-position
from service_doubles import TABLE, Double  # noqa: E402  pylint: disable=wrong-import-position
from table_reader import read_items  # noqa: E402  pylint: disable=wrong-import-position
from wire_client import Traffic  # noqa: E402  pylint: disable=wrong-import-position

FLUSH_MS = 1000


class MirroredCluster(Cluster):
    """double: running, with its table made; tally: before it."""

    def __init__(self, double, tally, more="", options=""):
        """more: further lines of the section `mirror`; options: further sections."""
        super().__init__(options=f'{options}mirror\n    table = "{TABLE}"\n    flush_ms = {FLUSH_MS}\n{more}',
                         environment=of_mirror(tally.url))
        self.client = boto_client(double.url, "dynamodb")

    def position(self):
        """Read past lqctl, which wants an actor of load."""
        with contextlib.closing(Partition(str(self.run / "data" / "ledger" / "0"))) as partition:
            state = partition.read_state()
        return f"{state.next_sequence - 1}:{state.next_outbox - 1}"

    def mark(self):
        item = self.client.get_item(TableName=TABLE, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True).get("Item")
        return f"{item['l']['N']}:{item['o']['N']}" if item else "0:0"

    def records(self):
        return int(self.position().partition(":")[0])

    def lag(self):
        """Records that the table's state does not claim yet."""
        return self.records() - int(self.mark().partition(":")[0])

    def wait_mirrored(self, seconds):
        """The seconds it took."""
        begun = time.monotonic()
        while self.mark() != self.position():
            if time.monotonic() - begun > seconds:
                raise Failed(f"after {seconds} s the table's state says {self.mark()}, the ledger is at {self.position()}")
            time.sleep(0.2)
        return time.monotonic() - begun

    def wait_at_rest(self, tally, quiet_s, seconds):
        """Until nothing has been asked of the table for so long: each session has its base."""
        deadline, seen, since = time.monotonic() + seconds, -1, time.monotonic()
        while time.monotonic() - since < quiet_s:
            if time.monotonic() > deadline:
                raise Failed(f"after {seconds} s the mirror still writes")
            count = sum(tally.requests.values())
            if count != seen:
                seen, since = count, time.monotonic()
            time.sleep(0.2)

    def pid_of(self, name):
        """Of an instance's own process; its logger bears the same name."""
        return int((self.run / "instances" / name / "pid").read_text())

    def items(self):
        return read_items(self.client, TABLE)


__all__ = ["Double", "Failed", "MirroredCluster", "RequestTally", "TABLE", "Traffic"]
