# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Signed calls as they arrive: small servers on loopback addresses keep what they are sent, and a judge holds it
against what botocore signs for the same request and date, and against the rules that libcurl's signer needs."""

import datetime
import http.server
import json
import random
import threading

from cluster import Failed, check
from mirror_probe import Probe

BODY_BYTES_MAX = 900_000
ADDRESSES = (("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"), ("127.8.9.10", "127.8.9.10"), ("::1", "[::1]"))
EXPECTED_HEADERS = {"host", "x-amz-date", "authorization", "content-type", "x-amz-target", "x-amz-security-token", "accept",
                    "content-length", "user-agent"}
ONCE = EXPECTED_HEADERS - {"x-amz-security-token", "user-agent"}
FRESH_S = 120


class Capture(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits for a delayed acknowledgement

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.command, self.path, list(self.headers.items()), body))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address, host, port=0):
        self.address_family = 10 if ":" in address else 2
        super().__init__((address, port), Capture)
        self.seen = []
        self.url = f"http://{host}" + ("" if self.server_port == 80 else f":{self.server_port}")
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.shutdown()
        self.thread.join()
        self.server_close()


def open_servers():
    """One an address, and one at the scheme's own port, which is not part of a signature, where that can be had."""
    servers = []
    for address, host, port in [(*pair, 0) for pair in ADDRESSES] + [("127.0.0.80", "127.0.0.80", 80)]:
        try:
            servers.append(Server(address, host, port))
        except OSError:
            check(port == 80 or ":" in address, f"no server on {address}")
    return servers


def breaches(headers):
    """What a request has that libcurl's signer cannot take, in words."""
    found = []
    names = [name.lower() for name, _ in headers]
    for name in sorted(set(names) - EXPECTED_HEADERS):
        found.append(f"header {name}")
    for name in sorted(set(names)):
        if names.count(name) > 1:
            found.append(f"{name} more than once")
    for name in sorted(ONCE - set(names)):
        found.append(f"no {name}")
    for name, value in headers:
        if not value.strip():
            found.append(f"{name.lower()} is empty")
    return found


def signed_by_botocore(url, service, region, keys, headers, body):
    """The Authorization that botocore makes for the date that the request carries."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    signer = SigV4Auth(Credentials(keys["id"], keys["secret"], keys["token"] or None), service, region)
    request = AWSRequest(method="POST", url=url + "/", data=body,
                         headers={name: headers[name] for name in ("content-type", "x-amz-target")})
    request.context["timestamp"] = headers["x-amz-date"]
    signer._modify_request_before_signing(request)  # pylint: disable=protected-access
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    signer._inject_signature_to_request(request, signature)  # pylint: disable=protected-access
    return request.headers["Authorization"]


def judge(call, server):
    """One call that was told to the probe against what arrived of it."""
    check(len(server.seen) == 1, f"{len(server.seen)} requests arrived for one call")
    command, path, pairs, body = server.seen.pop()
    headers = {name.lower(): value for name, value in pairs}
    wrong = breaches(pairs)
    check(not wrong, f"the rules do not hold: {wrong}")
    check((command, path) == ("POST", "/"), f"{command} {path}")
    check(body == call["body"], "another body arrived")
    check(headers.get("x-amz-security-token", "") == call["token"], "another session token arrived")
    date = datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    check(abs((datetime.datetime.now(datetime.timezone.utc) - date).total_seconds()) < FRESH_S, "the date is not of now")
    wanted = signed_by_botocore(call["url"], call["service"], call["region"], call, headers, body)
    check(headers["authorization"] == wanted, f"signed otherwise than botocore does:\n{headers['authorization']}\n{wanted}")


def draw_text(chance, least, most, letters):
    return "".join(chance.choices(letters, k=chance.randint(least, most)))


def draw_call(chance, servers):
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    size = chance.choices((300, 8_000, 80_000, BODY_BYTES_MAX), (60, 25, 12, 3))[0]
    service, kind, target = chance.choice((
        ("dynamodb", "application/x-amz-json-1.0", "DynamoDB_20120810." + chance.choice(("PutItem", "Query", "GetItem"))),
        ("events", "application/x-amz-json-1.1", "AWSEvents.PutEvents")))
    return {
        "url": chance.choice(servers).url,
        "service": service, "type": kind, "target": target,
        "region": chance.choice(("eu-west-1", "us-east-1", "us-gov-west-1", "cn-north-1", "local", "a", "x" * 64)),
        "id": draw_text(chance, 16, 128, letters),
        "secret": draw_text(chance, 8, 64, letters + "/+="),
        "token": draw_text(chance, 16, 4000, letters + "/+=") if chance.random() < 0.5 else "",
        "body": chance.randbytes(chance.randint(1, size)),
    }


def run_calls(count, seed):
    """`count` random calls through the gateways' client, each judged; what was counted."""
    chance = random.Random(seed)
    servers = open_servers()
    by_url = {server.url: server for server in servers}
    counted = {"calls": 0, "equal": 0, "bytes": 0, "tokens": 0, "largest": 0}
    try:
        with Probe("sign", environment={}) as probe:
            for index in range(count):
                call = draw_call(chance, servers)
                if index % 3:  # the same connection and handle again
                    call.update({name: last[name] for name in ("url", "service", "type", "target", "region")})
                last = call
                told = {name: value for name, value in call.items() if name != "body"}
                probe.write(json.dumps({**told, "bytes": len(call["body"])}).encode() + b"\n" + call["body"])
                answer = probe.line()
                counted["calls"] += 1
                if answer["transport"] != "whole" or answer["status"] != 200:
                    raise Failed(f"call {index} of seed {seed}: {answer}")
                judge(call, by_url[call["url"]])
                counted["equal"] += 1
                counted["bytes"] += len(call["body"])
                counted["largest"] = max(counted["largest"], len(call["body"]))
                counted["tokens"] += bool(call["token"])
    finally:
        for server in servers:
            server.close()
    counted["hosts"] = len(servers)
    return counted
