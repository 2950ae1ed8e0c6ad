# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What the mirror's gateways promise, held against one double of the services (service_doubles.py). Every request goes
through fault_proxy.py, which plans no fault here, and is checked against botocore's model at the end."""

import base64
import json
import os

from cluster import Failed, check, run_tests, wait_until
from fault_proxy import FaultProxy, check_requests
from mirror_probe import KEYS, REGION, Probe, number, text
from service_doubles import TABLE, Double

ITEM_BYTES_MAX = 400 * 1024
state = {}


def binary(data):
    return {"B": base64.b64encode(data).decode()}


def item(pk, sk, **attributes):
    return {"pk": text(pk), "sk": text(sk), **attributes}


def ask(**question):
    return state["probe"].ask(**question)


def want(answer, verdict, what):
    if answer.get("verdict") != verdict:
        raise Failed(f"{what}: wanted {verdict}, got {answer}")
    return answer


def stored(pk, sk):
    """By boto3, past the gateway."""
    return state["table"].get_item(TableName=TABLE, Key=item(pk, sk), ConsistentRead=True).get("Item")


def want_old(answer, wanted):
    """The item in the way comes back, where the double tells it."""
    check(answer["items"] == ([wanted] if state["double"].tells_old_items else []), f"the item in the way: {answer}")


def put_absent():
    data = os.urandom(1000)
    one = item("T#é", "L#1", n=number(2**64 - 1), zero=number(0), b=binary(data), none=binary(b""), t=text("grüße"))
    answer = want(ask(do="put", item=one, **{"if": "absent"}), "done", "the first")
    check(answer["units"] >= 1, f"write units: {answer}")
    found = stored("T#é", "L#1")
    check(found["b"]["B"] == data and found["n"]["N"] == str(2**64 - 1) and found["t"]["S"] == "grüße", f"stored: {found}")
    other = item("T#é", "L#1", n=number(7))
    answer = want(ask(do="put", item=other, **{"if": "absent"}), "condition failed", "the second")
    check(not answer["in_doubt"], f"{answer}")
    want_old(answer, one)
    check(stored("T#é", "L#1")["n"]["N"] == str(2**64 - 1), "the second was written")
    want(ask(do="put", item=other, **{"if": "always"}), "done", "without a condition")
    check("b" not in stored("T#é", "L#1"), "a put replaces the whole item")
    return "an item is put once"


def put_below():
    keys = {"if": "absent_or_below", "name": "claim"}
    for claim, mine, wanted in ((5, 5, "done"), (5, 5, "condition failed"), (4, 4, "condition failed"), (6, 6, "done"),
                                (7, 6, "condition failed"), (10, 10, "done"), (9, 9, "condition failed")):
        before = stored("P#0", "M")
        answer = want(ask(do="put", item=item("P#0", "M", claim=number(claim)), number=mine, **keys), wanted, f"claim {claim}")
        if wanted != "done":
            want_old(answer, {"pk": text("P#0"), "sk": text("M"), "claim": before["claim"]})
            check(stored("P#0", "M") == before, "a put that failed has written")
    return "only a higher claim replaces a claim"


def update():
    want(ask(do="update", item=item("U", "1", a=number(1)), **{"if": "present"}), "condition failed", "of no item")
    check(stored("U", "1") is None, "an update made an item that it must find")
    want(ask(do="update", item=item("U", "1", a=number(1), b=binary(b"x")), **{"if": "always"}), "done", "makes one")
    want(ask(do="update", item=item("U", "1", ttl=number(99)), **{"if": "present"}), "done", "of one attribute")
    check(stored("U", "1") == {**item("U", "1", a=number(1), ttl=number(99)), "b": {"B": b"x"}}, f"{stored('U', '1')}")
    want(ask(do="update", item=item("U", "1", a=number(2)), name="a", number=1, **{"if": "below"}), "condition failed", "1 < 1")
    want(ask(do="update", item=item("U", "1", a=number(2)), name="a", number=2, **{"if": "below"}), "done", "1 < 2")
    want(ask(do="update", item=item("U", "1", a=number(3)), name="a", number=1, **{"if": "equal"}), "condition failed", "2 = 1")
    want(ask(do="update", item=item("U", "1", a=number(3), u=number(7)), name="a", number=2, **{"if": "equal"}), "done", "2 = 2")
    for equal, below, wanted in ((2, 9, "condition failed"), (3, 7, "condition failed"), (3, 8, "done"), (3, 8, "condition failed")):
        want(ask(do="update", item=item("U", "1", u=number(below)), name="a", number=equal, below_name="u", below=below,
                 **{"if": "equal_and_below"}), wanted, f"3 = {equal}, u below {below}")
    want(ask(do="update", item=item("U", "2", a=number(3)), name="a", number=9, **{"if": "below"}), "condition failed", "of none")
    want(ask(do="update", item=item("U", "1", a=number(4)), **{"if": "absent"}), "condition failed", "there is one")
    check(stored("U", "1")["a"] == number(3), f"{stored('U', '1')}")
    return "conditions of an update hold"


def get():
    answer = want(ask(do="get", pk="G", sk="1"), "done", "of no item")
    check(answer["items"] == [], f"{answer}")
    one = item("G", "1", ttl=number(1), status=text("reserved words are names too"))
    want(ask(do="put", item=one, **{"if": "absent"}), "done", "put")
    answer = want(ask(do="get", pk="G", sk="1"), "done", "get")
    check(answer["items"] == [one] and answer["units"] > 0, f"{answer}")
    return "an item is read as it was written"


def read_range(limit, descending=False, low="L#", high="L#~"):
    names, pages, after = [], 0, ""
    while True:
        answer = want(ask(do="query", pk="Q", limit=limit, descending=descending, after=after, **{"from": low, "to": high}),
                      "done", "query")
        check(len(answer["items"]) <= limit, f"more than {limit} in a page")
        names += [found["sk"]["S"] for found in answer["items"]]
        pages += 1
        if "last" not in answer:
            return names, pages
        after = answer["last"]


def query():
    wanted = [f"L#{number_:020}" for number_ in range(25)]
    for tag in [state["probe"].send(do="put", item=item("Q", name, n=number(1)), **{"if": "absent"})
                for name in wanted + ["B#1", "M"]]:
        want(state["probe"].take(tag), "done", "put")
    for limit in (1, 7, 25, 100):
        check(read_range(limit)[0] == wanted, f"ascending by {limit}: {read_range(limit)}")
        check(read_range(limit, descending=True)[0] == wanted[::-1], f"descending by {limit}")
    check(read_range(100, low=wanted[5], high=wanted[7])[0] == wanted[5:8], "a range is inclusive")
    check(read_range(100, low="X", high="Z") == ([], 1), "an empty range")
    newest = want(ask(do="query", pk="Q", limit=1, descending=True, **{"from": "L#", "to": "L#~"}), "done", "newest")
    check(newest["items"][0]["sk"]["S"] == wanted[-1] and newest["last"] == wanted[-1], f"{newest}")
    return "25 items by pages of 1, 7, 25 and 100, both ways"


def query_large():
    contents = [os.urandom(300_000) for _ in range(5)]
    for index, content in enumerate(contents):
        want(ask(do="put", item=item("QL", f"L#{index}", b=binary(content)), **{"if": "absent"}), "done", "put")
    found, pages, after = [], 0, ""
    while True:
        answer = want(ask(do="query", pk="QL", limit=16, after=after, **{"from": "L#", "to": "L#~"}), "done", "query")
        found += [base64.b64decode(one["b"]["B"]) for one in answer["items"]]
        pages += 1
        if "last" not in answer:
            break
        after = answer["last"]
    check(found == contents, "the contents are not what was written")
    check(pages > 1 or not state["double"].pages_by_bytes, "a page of more than 1 MB")
    return f"1.5 MB in {pages} pages"


def item_of(bytes_, sk):
    return item("S", sk, b=binary(bytes(bytes_ - len("pk") - len("S") - len("sk") - len(sk) - len("b"))))


def sizes():
    check("local" in ask(do="put", item=item_of(ITEM_BYTES_MAX + 1, "above"), **{"if": "absent"}), "one above was sent")
    taken = []
    for bytes_, name in ((ITEM_BYTES_MAX - 1, "below"), (ITEM_BYTES_MAX, "limit")):
        answer = ask(do="put", item=item_of(bytes_, name), **{"if": "absent"})
        taken.append(answer["verdict"])
        if state["double"].sizes_items:
            want(answer, "done", f"an item of {bytes_} bytes")
            check(answer["units"] == 400, f"units: {answer}")
        else:
            check(answer["verdict"] in ("done", "refused"), f"{answer}")  # it counts in another way
    if state["double"].sizes_items:
        above = item_of(ITEM_BYTES_MAX + 1, "above")
        above["b"] = {"B": base64.b64decode(above["b"]["B"])}
        try:
            state["table"].put_item(TableName=TABLE, Item=above)
            raise Failed("the double takes one byte more than the gateway")
        except state["table"].exceptions.ClientError as refused:
            check(refused.response["Error"]["Code"] == "ValidationException", f"{refused}")
    return f"one above refused here; one below and the limit: {', '.join(taken)}"


def expiry():
    answers = [ask(do="expire_by", name="ttl") for _ in range(2)]
    if not state["double"].has_expiry:
        want(answers[0], "refused", "unknown call")
        check(answers[0]["code"] == "UnknownOperationException", f"{answers[0]}")
        return "refused by name"
    for answer in answers:
        want(answer, "done", "expiry")
    described = state["table"].describe_time_to_live(TableName=TABLE)["TimeToLiveDescription"]
    check(described["TimeToLiveStatus"] in ("ENABLED", "ENABLING") and described["AttributeName"] == "ttl", f"{described}")
    return "set, and set again"


def unknown_table():
    with Probe("gateway", "another", "default", environment={**KEYS, **REGION, "AWS_ENDPOINT_URL": state["proxy"].url}) as probe:
        answer = want(probe.ask(do="get", pk="a", sk="b"), "refused", "another table")
        check(answer["code"] == "ResourceNotFoundException" and answer["attempts"] == 1, f"{answer}")
    return "named, not repeated"


def many_at_once():
    tags = [state["probe"].send(do="put", item=item("M", f"{index:04}", n=number(index)), **{"if": "absent"})
            for index in range(200)]
    for tag in tags:
        want(state["probe"].take(tag), "done", "put")
    check(state["table"].query(TableName=TABLE, Select="COUNT", ConsistentRead=True, KeyConditionExpression="pk = :p",
                               ExpressionAttributeValues={":p": text("M")})["Count"] == 200, "not all are there")
    return "200 questions asked before the first answer"


def race():
    """Two writers want the same numbers: each number has one winner."""
    if not state["double"].is_atomic:
        return "nothing done: this double lets two win"
    rounds, wins = 100, [0, 0]
    environment = {**KEYS, **REGION, "AWS_ENDPOINT_URL": state["proxy"].url}
    with Probe("gateway", TABLE, "default", environment=environment) as other:
        probes = (state["probe"], other)
        for index in range(rounds):
            tags = [probe.send(do="put", item=item("R", f"{index:04}", who=number(who)), **{"if": "absent"})
                    for who, probe in enumerate(probes)]
            verdicts = [probe.take(tag)["verdict"] for probe, tag in zip(probes, tags)]
            check(sorted(verdicts) == ["condition failed", "done"], f"round {index}: {verdicts}")
            winner = verdicts.index("done")
            check(stored("R", f"{index:04}")["who"] == number(winner), f"round {index}: the loser is stored")
            wins[winner] += 1
    return f"{rounds} rounds, wins {wins}"


def events():
    if not state["double"].has_events:
        answer = want(ask(do="events", entries=[{"source": "ledgerquest.a", "type": "t", "detail": "{}"}]), "refused", "no bus")
        return f"refused: {answer['text'][:60]}"
    url, queues = state["double"].make_queue(), state["double"].client("sqs")
    entries = [{"source": "ledgerquest.acme", "type": "session.created", "time": 1_700_000_000 + index, "resources": ["a/b"],
                "detail": json.dumps({"id": f"{index:032x}", "text": "é" * 100})} for index in range(10)]
    answer = want(ask(do="events", entries=entries), "done", "ten entries")
    check(answer["failed"] == 0 and all(entry["id"] for entry in answer["entries"]), f"{answer}")
    for wrong in (entries + entries[:1], [], [dict(entries[0], detail="{")], [dict(entries[0], type="")]):
        check("local" in ask(do="events", entries=wrong), f"{len(wrong)} entries were sent")
    found = {}

    def receive():
        for message in queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1).get("Messages", []):
            event = json.loads(message["Body"])
            found[event["detail"]["id"]] = event
            queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return len(found) == len(entries)

    wait_until(receive, "all events are in the queue")
    for entry in entries:
        event = found[json.loads(entry["detail"])["id"]]
        check(event["source"] == entry["source"] and event["detail-type"] == entry["type"] and
              event["detail"] == json.loads(entry["detail"]) and event["resources"] == ["a/b"], f"{event}")
    return "ten entries, in the queue of a rule"


def requests_are_known():
    count = state["probe"].count()
    check(count["retries"] == 0 and count["failed"] == 0, f"something was repeated: {count}")
    check(count["sleeps"], "a timer runs although nothing is asked")
    return f"{check_requests(state['proxy'].seen)} requests, all in botocore's model"


def run(name):
    """All of it on the double of that name; ends the process."""
    with Double(name) as double, FaultProxy(double.port) as proxy:
        environment = {**KEYS, **REGION, "AWS_ENDPOINT_URL": proxy.url}
        with Probe("gateway", TABLE, "default", environment=environment) as probe:
            state.update(double=double, proxy=proxy, probe=probe, table=double.make_table())
            run_tests(f"dynamodb_gateway_{name}", [
                put_absent, put_below, update, get, query, query_large, sizes, expiry, unknown_table, many_at_once, race,
                events, requests_are_known])
