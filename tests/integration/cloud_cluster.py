# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A cluster whose supervisor runs lq-mirror too, on a table of a double.

    with Double("ministack") as double, CloudCluster(double.url) as cluster:
        client = double.make_table()
        ...
        cluster.wait_mirrored(client)

The environment of whoever runs the test is not taken along: of AWS's variables the mirror has those given here."""

import contextlib
import io
import json
import os
import re
from unittest import mock

import boto3
import botocore.config

from cluster import SLOWNESS, WAIT_S, Cluster, Failed, check, wait_until
from service_doubles import KEYS, REGION, TABLE
from table_reader import TableCopy
import verify_table

# What the mirror says of itself once a minute and at its end.
FIGURES = re.compile(r"mirrored to (\d+):(\d+); (\d+) segments with (\d+) entries and (\d+) bytes, (\d+) requests, "
                     r"(\d+) write units, (\d+) conflicts, (\d+) refusals")
FIGURE_NAMES = ("ledger_sequence", "outbox_sequence", "segments", "entries", "bytes", "requests", "write_units", "conflicts",
                "refusals")


def of_mirror(url):
    """AWS's variables of a mirror that works on a double."""
    return {"AWS_ACCESS_KEY_ID": KEYS["aws_access_key_id"], "AWS_SECRET_ACCESS_KEY": KEYS["aws_secret_access_key"],
            "AWS_REGION": REGION, "AWS_ENDPOINT_URL": url}


def boto_client(url, service):
    return boto3.client(service, endpoint_url=url, region_name=REGION, **KEYS, config=botocore.config.Config(
        retries={"max_attempts": 0}, connect_timeout=5, read_timeout=30 * SLOWNESS, proxies={}))


class CloudCluster(Cluster):
    def __init__(self, url, flush_ms=100, table=TABLE, more="", **options):
        """more: further lines of the section `mirror`."""
        section = f'mirror\n    table = "{table}"\n    flush_ms = {flush_ms}\n{more}'
        super().__init__(options=options.pop("options", "") + section, **options)
        self.table = table
        del self.environment["LQ_WITHOUT_MIRROR"]
        self.environment = {**{name: value for name, value in self.environment.items() if not name.startswith("AWS_")},
                            **of_mirror(url), "HOME": str(self.folder)}

    def mark(self, client):
        """(ledger sequence, outbox sequence, that of the broker's outbox) up to which the table's state says that all is there;
        None: it says nothing."""
        item = client.get_item(TableName=self.table, Key={"pk": {"S": "P#0"}, "sk": {"S": "M"}}, ConsistentRead=True).get("Item")
        return item and tuple(int(item[name]["N"]) for name in "loq")

    def position(self):
        """Of the newest entries of the ledger's feed and of the broker's."""
        feed = self.lqctl("feed", "show")
        return (*map(int, feed["position"].split(":")), feed["broker"]["entry"])

    def is_mirrored(self, client):
        return self.mark(client) == self.position()

    def wait_mirrored(self, client, timeout_s=WAIT_S):
        def mirrored():
            state = self.mirror_state()
            check(state["state"] != "FAILED", f"the mirror is FAILED: {state['reason']}")
            return self.is_mirrored(client)
        try:
            wait_until(mirrored, "all is mirrored", timeout_s, pause_s=0.1)
        except Failed as late:
            raise Failed(f"{late}: the table's state says {self.mark(client)}, the ledger is at {self.position()}") from late

    def mirror_state(self):
        return self.instances()["mirror"]

    def wait_mirror_failed(self, words, timeout_s=2 * WAIT_S):
        """Until the supervisor says that the mirror may write no more; why."""
        def failed():
            state = self.mirror_state()
            return state["reason"] if state["state"] == "FAILED" else None
        reason = wait_until(failed, "the mirror ends for good", timeout_s, pause_s=0.2)
        check(any(word in reason for word in words), f"the mirror is FAILED, but not because {words}: {reason}")
        return reason

    def copy(self, client):
        return TableCopy(client, self.table)

    def figures(self):
        """What the mirror has said of its lives, added up; the positions are the newest."""
        total = dict.fromkeys(FIGURE_NAMES, 0)
        for life in re.split(r'"message":"configuration: ', self.log_text("mirror")):
            said = FIGURES.findall(life)
            for name, value in zip(FIGURE_NAMES, said[-1] if said else ()):
                total[name] = int(value) if name.endswith("sequence") else total[name] + int(value)
        return total


def check_table(cluster, url, *words, code=0):
    """The document that verify_table.py prints; in this process, which has its libraries already."""
    said, complaint = io.StringIO(), io.StringIO()
    try:
        with mock.patch.dict(os.environ, of_mirror(url)), contextlib.redirect_stdout(said), contextlib.redirect_stderr(complaint):
            verify_table.main([cluster.table, str(cluster.ledger), "--json", *words])
    except SystemExit as end:
        check(end.code == code, f"verify_table.py: exit code {end.code}: {said.getvalue()} {complaint.getvalue()}")
    return json.loads(said.getvalue())
