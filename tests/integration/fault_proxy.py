# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""A proxy before a double of AWS's services, which does to the next requests what it is told.

    proxy.plan("throttle", "cut_after")    the next request is throttled, the one after it done and its answer lost
    proxy.hold("AWSEvents.PutEvents")      calls of that name wait, and are cut when release() comes: none was done
    proxy.fail_entries                     a function: of so many entries of a call of events, which fail
    proxy.spoils                           a function: whether a call of events with this entry is refused for its content
    proxy.seen       (target, request as JSON, fault or "") of each request since the plan; proxy.every: of all

It keeps what it forwards; check_requests() holds all of it against botocore's models of the services."""

import base64
import http.client
import http.server
import json
import socket
import struct
import threading
import time
import zlib

from cluster import check

# Newer than the model of Debian 12's botocore, for these two calls.
NEWER = {"PutItem": {"ReturnValuesOnConditionCheckFailure"}, "UpdateItem": {"ReturnValuesOnConditionCheckFailure"}}


def error(code, status=400, message="planted"):
    return status, json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}).encode()


ANSWERS = {
    "throttle": error("ProvisionedThroughputExceededException"),
    "throttle_429": (429, b"{}"),
    "limit": error("RequestLimitExceeded"),
    "internal": error("InternalServerError", 500),
    "bare_500": (500, b"<html>not from the service</html>"),
    "bare_503": (503, b""),
    "not_json": (200, b"<html>not from the service</html>"),
    "not_object": (200, b"[]"),
    "denied": error("AccessDeniedException"),
    "denied_page": (403, b"<html>a proxy says no</html>"),
    "expired_token": error("ExpiredTokenException"),
    "unknown_key": error("UnrecognizedClientException"),
    "too_skewed": error("RequestTimeTooSkewed"),
    "no_table": error("ResourceNotFoundException"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_POST(self):  # pylint: disable=invalid-name
        proxy = self.server.proxy
        body = self.rfile.read(int(self.headers["Content-Length"]))
        target = self.headers["X-Amz-Target"]
        if not proxy.wait_while_held(target):
            return self.cut()
        fault = proxy.take_fault(target, body)
        kind, _, argument = fault.partition(":")
        if proxy.is_spoiled(target, body):
            return self.answer(*error("ValidationException"))
        if kind in ANSWERS:
            return self.answer(*ANSWERS[kind])
        if kind == "cut_before":
            return self.cut()
        if kind == "redirect":
            return self.answer(307, b"{}", {"Location": argument})
        if kind == "delay_before":  # the fault itself: nothing is waited for
            time.sleep(float(argument))
        if kind == "hold":
            proxy.let_go.wait()
        if kind == "short_page":
            body = json.dumps({**json.loads(body), "Limit": 1}).encode()
        held_back = json.loads(argument) if kind == "entries" else []
        if held_back and len(held_back) == len(json.loads(body)["Entries"]):
            return self.answer(200, proxy.with_failed_entries(b'{"Entries": []}', held_back))
        status, answer, headers = proxy.forward(self.headers, *proxy.without_entries(body, held_back))
        if kind == "entries":
            answer = proxy.with_failed_entries(answer, held_back)
        self.finish_with(kind, argument, status, answer, headers)
        return None

    def finish_with(self, kind, argument, status, answer, headers):
        if kind == "delay_after":  # likewise
            time.sleep(float(argument))
        if kind == "cut_after":
            self.cut()
        elif kind == "cut_in_body":
            self.answer(status, answer, cut_at=len(answer) // 2)
        elif kind == "wrong_crc":
            self.answer(status, answer, {"x-amz-crc32": str(zlib.crc32(answer) ^ 1)})
        elif kind == "bad_crc":
            self.answer(status, answer, {"x-amz-crc32": "fifty"})
        elif kind == "too_large":
            self.answer(200, b'{"a":"' + b"x" * (9 << 20) + b'"}')
        elif kind == "clock":
            date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + float(argument)))
            self.answer(status, answer, {"Date": date})
        else:
            self.answer(status, answer, {"x-amz-crc32": headers.get("x-amz-crc32") or str(zlib.crc32(answer))})

    def answer(self, status, body, headers=None, cut_at=None):
        self.send_response_only(status)
        for name, value in {"Date": self.date_time_string(), "x-amzn-RequestId": "planted", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body[:cut_at])
            self.wfile.flush()
        except OSError:
            self.close_connection = True  # it has lost patience
        if cut_at is not None:
            self.cut()

    def cut(self):
        """As when the machine at the other end has gone."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def handle(self):
        try:
            super().handle()
        except (OSError, ValueError):
            pass

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


class FaultProxy:
    def __init__(self, behind_port):
        self.behind_port = behind_port
        self.planned, self.seen, self.every, self.lock = [], [], [], threading.Lock()
        self.always, self.fail_entries, self.spoils = "", None, None
        self.held, self.released = None, threading.Condition()
        self.let_go = threading.Event()  # whom the fault "hold" holds
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.proxy = self
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.let_go.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def plan(self, *faults):
        """For the next requests, one each; "" lets one pass."""
        with self.lock:
            self.planned = list(faults)
            self.seen = []

    def hold(self, target):
        self.held = target

    def release(self):
        with self.released:
            self.held = None
            self.released.notify_all()

    def wait_while_held(self, target):
        """False: it was held."""
        with self.released:
            was_held = self.held == target
            self.released.wait_for(lambda: self.held != target)
        return not was_held

    def fault_of(self, target):  # pylint: disable=unused-argument
        """When none is planned."""
        return self.always

    def take_fault(self, target, body):
        with self.lock:
            fault = self.planned.pop(0) if self.planned else self.fault_of(target)
            if not fault and self.fail_entries and target == "AWSEvents.PutEvents":
                fault = f"entries:{self.fail_entries(len(json.loads(body)['Entries']))}"
            self.seen.append((target, json.loads(body), fault))
            self.every.append(self.seen[-1])
            return fault

    def forward(self, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.behind_port, timeout=60)
        kept = {name: value for name, value in headers.items() if name.lower() not in ("content-length", "connection")}
        try:
            connection.request("POST", "/", body=body, headers=kept)
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def is_spoiled(self, target, body):
        return self.spoils is not None and target == "AWSEvents.PutEvents" and any(map(self.spoils, json.loads(body)["Entries"]))

    def without_entries(self, body, held_back):
        if not held_back:
            return (body,)
        request = json.loads(body)
        request["Entries"] = [entry for index, entry in enumerate(request["Entries"]) if index not in held_back]
        return (json.dumps(request).encode(),)

    def with_failed_entries(self, answer, held_back):
        root = json.loads(answer)
        for index in sorted(held_back):
            root["Entries"].insert(index, {"ErrorCode": "InternalFailure", "ErrorMessage": "planted"})
        root["FailedEntryCount"] = len(held_back)
        return json.dumps(root).encode()


def with_bytes(value):
    """Binary attributes as botocore's model has them."""
    if isinstance(value, dict):
        if set(value) == {"B"} and isinstance(value["B"], str):
            return {"B": base64.b64decode(value["B"], validate=True)}
        return {key: with_bytes(inner) for key, inner in value.items()}
    return [with_bytes(inner) for inner in value] if isinstance(value, list) else value


def check_requests(seen):
    """Each request is one that the services' models know; how many were looked at."""
    import botocore.loaders
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    loader, models = botocore.loaders.Loader(), {}
    for target, request, _ in seen:
        prefix, _, operation = target.partition(".")
        service = {"DynamoDB_20120810": "dynamodb", "AWSEvents": "events"}[prefix]
        if service not in models:
            models[service] = ServiceModel(loader.load_service_model(service, "service-2"), service)
        shape = models[service].operation_model(operation).input_shape
        unknown = set(request) - set(shape.members) - NEWER.get(operation, set())
        check(not unknown, f"{target}: {unknown} is not in the model")
        known = {key: value for key, value in request.items() if key in shape.members}
        if operation == "PutEvents":
            known["Entries"] = [{**entry, "Time": float(entry.get("Time", 0))} for entry in known["Entries"]]
        report = ParamValidator().validate(with_bytes(known), shape)
        check(not report.has_errors(), f"{target}: {report.generate_report()}")
    return len(seen)
