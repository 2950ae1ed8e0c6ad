# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A proxy before a double that counts what the mirror asks of it and what the double says that it costs, and keeps none of it."""

import collections
import json
import threading

from fault_proxy import FaultProxy
from item_units import units_of

WRITES = ("PutItem", "UpdateItem")


class RequestTally(FaultProxy):
    def __init__(self, behind_port):
        super().__init__(behind_port)
        self.count_lock = threading.Lock()
        self.requests = collections.Counter()  # by operation
        self.writes = collections.Counter()  # by key: how often it was asked for
        self.refused = collections.Counter()  # writes by the error that they met
        self.units_told = 0.0  # what the service says that writes cost
        self.units_by_size = 0  # what puts cost by their size

    def take_fault(self, target, body):
        with self.lock:
            return self.planned.pop(0) if self.planned else self.fault_of(target)

    def forward(self, headers, body):
        status, answer, answer_headers = super().forward(headers, body)
        self.count(headers["X-Amz-Target"].rpartition(".")[2], json.loads(body), status, answer)
        return status, answer, answer_headers

    def count(self, operation, request, status, answer):
        said = json.loads(answer or b"{}")
        with self.count_lock:
            self.requests[operation] += 1
            if operation not in WRITES:
                return
            key = request.get("Item") or request["Key"]
            self.writes[key["pk"]["S"], key["sk"]["S"]] += 1
            self.units_told += said.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0)
            self.units_by_size += units_of(request["Item"]) if "Item" in request else 1
            if status != 200:
                self.refused[said.get("__type", str(status)).rpartition("#")[2]] += 1

    def segments_again(self):
        """Puts of segments and claims beyond one a key: answers that were lost, and rivals."""
        with self.count_lock:
            return sum(count - 1 for (_, sk), count in self.writes.items() if sk.startswith("L#"))
