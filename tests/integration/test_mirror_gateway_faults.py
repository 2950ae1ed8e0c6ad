#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The mirror's gateways while the services misbehave: each row plants a fault between them and a double, and says what
has to be seen, how often it is asked again, and what is in the table at the end."""

import base64
import contextlib
import json
import random

from cluster import SANITIZED, SLOWNESS, WAIT_S, check, run_tests, wait_until
from fault_proxy import FaultProxy, check_requests
from mirror_probe import KEYS, REGION, Probe, number, text
from service_doubles import TABLE, Double

TIMEOUT_MS = 5000 if SANITIZED else 2500
LATE_S = 2 * TIMEOUT_MS / 1000
GIVE_UP_MS = 20000 * SLOWNESS
PATIENCE_MS = 4000
OWN = "condition failed"  # by its own earlier success, which the answer brings

# faults of the next requests; verdict; whether a write may have been done unseen; attempts (None: libcurl may send
# again by itself when a connection that it kept is cut); whether the item is there
WRITES = (
    (["throttle"] * 3, "done", False, 4, True),
    (["throttle_429"], "done", False, 2, True),
    (["limit"], "done", False, 2, True),
    (["internal"], "done", True, 2, True),
    (["bare_500"], "done", True, 2, True),
    (["bare_503"], "done", True, 2, True),
    (["not_json"], "done", True, 2, True),
    (["not_object"], "done", True, 2, True),
    (["cut_before"], "done", True, None, True),
    (["cut_before"] * 3, "done", True, None, True),
    (["cut_after"], OWN, True, None, True),
    (["cut_in_body"], OWN, True, 2, True),
    (["wrong_crc"], OWN, True, 2, True),
    (["bad_crc"], OWN, True, 2, True),
    ([f"delay_before:{LATE_S}"], "done", True, 2, True),
    ([f"delay_after:{LATE_S}"], OWN, True, 2, True),
    (["throttle", "cut_after", "internal"], OWN, True, None, True),
    (["too_large"], "refused", True, 1, True),
    (["denied"], "refused", False, 1, False),
    (["denied_page"], "refused", True, 1, False),
    (["no_table"], "refused", False, 1, False),
    (["redirect:http://127.0.0.1:1/"], "refused", False, 1, False),
    (["expired_token"], "done", False, 2, True),
    (["unknown_key"], "done", False, 2, True),
    (["too_skewed"], "done", False, 2, True),
    ([f"clock:{-400}"], "done", False, 1, True),
)
state = {}


def environment(url):
    return {**KEYS, **REGION, "AWS_ENDPOINT_URL": url}


def stored(pk, sk):
    return state["table"].get_item(TableName=TABLE, Key={"pk": text(pk), "sk": text(sk)}, ConsistentRead=True).get("Item")


def try_write(index, row):
    """What came of it: injected, seen, retried, result."""
    faults, verdict, doubt, attempts, is_there = row
    item = {"pk": text("W"), "sk": text(f"{index:03}"), "n": number(index), "b": {"B": base64.b64encode(b"x" * 3000).decode()}}
    state["proxy"].plan(*faults)
    answer = state["probe"].ask(do="put", item=item, **{"if": "absent"})
    name = " ".join(faults)
    planted = [fault for _, _, fault in state["proxy"].seen if fault]
    check(planted == faults, f"{name}: planted were {planted}")
    check(answer["verdict"] == verdict, f"{name}: {answer}")
    check(answer["in_doubt"] == doubt, f"{name}: doubt {answer}")
    check(attempts is None or answer["attempts"] == attempts, f"{name}: {answer['attempts']} attempts")
    check(verdict != OWN or answer["items"] == [item], f"{name}: not its own item: {answer}")
    check(verdict != "refused" or answer["text"] or answer["code"], f"{name}: refused without a word")
    found = stored("W", f"{index:03}")
    check((found is not None) == is_there, f"{name}: {'' if found else 'not '}in the table")
    check(found is None or found["n"] == number(index), f"{name}: {found}")
    return {"injected": name, "seen": answer["code"] or answer["text"][:50] or verdict, "retried": len(state["proxy"].seen) - 1,
            "result": f"{verdict}, {'in' if is_there else 'not in'} the table, {answer['ms']} ms"}


def show(row):
    """One that can be read beside others."""
    return f"{row['injected']:40} {row['seen']:52} {row['retried']:>3} again  {row['result']}"


def writes():
    for index, row in enumerate(WRITES):
        state["rows"].append(try_write(index, row))
        print(f"      {show(state['rows'][-1])}")
    check(state["table"].query(TableName=TABLE, Select="COUNT", ConsistentRead=True, KeyConditionExpression="pk = :p",
                               ExpressionAttributeValues={":p": text("W")})["Count"] == sum(row[4] for row in WRITES),
          "the table has other items")
    count = state["probe"].count()
    check(-402 <= count["skew_s"] <= 0, f"{count}")
    check("clock is 400 s ahead of" in state["probe"].log() or "clock is 401 s ahead of" in state["probe"].log(),
          "no warning of the clock")
    return f"{len(WRITES)} rows; {count['calls']} calls, {count['retries']} again"


def short_pages():
    names = [f"L#{index:03}" for index in range(12)]
    for name in names:
        state["probe"].ask(do="put", item={"pk": text("Q"), "sk": text(name)}, **{"if": "absent"})
    for descending in (False, True):
        state["proxy"].plan(*["short_page", "", "short_page", "wrong_crc", "cut_in_body", "short_page"] * 4)
        found, pages, after = [], 0, ""
        while True:
            answer = state["probe"].ask(do="query", pk="Q", limit=3, after=after, descending=descending,
                                        **{"from": "L#", "to": "L#~"})
            check(answer["verdict"] == "done", f"{answer}")
            found += [item["sk"]["S"] for item in answer["items"]]
            pages += 1
            if "last" not in answer:
                break
            after = answer["last"]
        check(found == sorted(names, reverse=descending), f"read: {found}")
    return f"12 items in {pages} pages, both ways"


def some_subsets():
    chance = random.Random(7)
    return [[index] for index in range(10)] + [list(range(10))] + [sorted(chance.sample(range(10), chance.randint(2, 9)))
                                                                   for _ in range(9)]


def partial_events(rounds=None):
    """Of a call of ten some entries fail; put again alone they arrive, and no healthy one is sent twice."""
    url, queues, rounds = state["double"].make_queue(), state["double"].client("sqs"), rounds or some_subsets()
    wanted = set()
    for number_, failing in enumerate(rounds):
        entries = [{"source": "ledgerquest.a", "type": "t", "detail": json.dumps({"id": f"{number_}.{index}"})}
                   for index in range(10)]
        wanted |= {json.loads(entry["detail"])["id"] for entry in entries}
        state["proxy"].plan(f"entries:{failing}")
        answer = state["probe"].ask(do="events", entries=entries)
        again = [index for index, entry in enumerate(answer["entries"]) if entry["verdict"] == "retry"]
        check(answer["failed"] == len(failing) and again == failing, f"{failing}: {answer}")
        answer = state["probe"].ask(do="events", entries=[entries[index] for index in again])
        check(answer["failed"] == 0, f"{answer}")
    found = []

    def receive():
        messages = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", [])
        found.extend(json.loads(message["Body"])["detail"]["id"] for message in messages)
        if messages:
            queues.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]} for index, message in enumerate(messages)])
        return len(found) >= len(wanted)

    wait_until(receive, "all events are in the queue", WAIT_S + len(wanted) // 10, pause_s=0)
    check(sorted(found) == sorted(wanted), "an event is missing, or there twice")
    return f"{len(rounds)} calls with failing entries, {len(found)} events once each"


def breaker_and_patience():
    """A service that fails for good is asked less and less, and told to have failed; then all is well again."""
    with Probe("gateway", TABLE, "default", PATIENCE_MS, TIMEOUT_MS, environment=environment(state["proxy"].url)) as probe:
        state["proxy"].plan()
        state["proxy"].always = "bare_503"
        tags = [probe.send(do="get", pk="W", sk=f"{index:03}") for index in range(20)]
        answers = [probe.take(tag) for tag in tags]
        state["proxy"].always = ""
        check(all(answer["verdict"] == "retry" for answer in answers), f"{answers[0]}")
        check(all(answer["ms"] <= PATIENCE_MS + TIMEOUT_MS for answer in answers), "the wait has no bound")
        count, asked = probe.count(), len(state["proxy"].seen)
        check(count["breaker_opened"] == 1 and count["breaker"] != 1, f"{count}")
        check(asked <= 20, f"{asked} requests to a service that is down")
        answer = probe.ask(do="get", pk="W", sk="000")
        check(answer["verdict"] == "done", f"{answer}")
        check(probe.count()["breaker"] == 1, "the breaker is still open")
    return f"20 questions, {asked} requests, given up after {max(answer['ms'] for answer in answers)} ms"


def unreachable():
    with Probe("gateway", TABLE, "default", 1500, TIMEOUT_MS, environment=environment("http://127.0.0.1:1")) as probe:
        answer = probe.ask(do="get", pk="W", sk="000")
        check(answer["verdict"] == "retry" and answer["text"].startswith("unreachable: "), f"{answer}")
        check(not answer["in_doubt"], f"{answer}")
    return answer["text"]


def requests_are_known():
    return f"{check_requests(state['every'])} requests, all in botocore's model"


@contextlib.contextmanager
def faulty_service():
    """A probe, and the proxy before its double, in `state`."""
    with Double("ministack") as double, FaultProxy(double.port) as proxy:
        with Probe("gateway", TABLE, "default", GIVE_UP_MS, TIMEOUT_MS, environment=environment(proxy.url)) as probe:
            state.update(double=double, proxy=proxy, probe=probe, table=double.make_table(), every=proxy.every, rows=[])
            yield state


if __name__ == "__main__":
    with faulty_service():
        run_tests("mirror_gateway_faults", [writes, short_pages, partial_events, breaker_and_patience, unreachable,
                                     requests_are_known])
