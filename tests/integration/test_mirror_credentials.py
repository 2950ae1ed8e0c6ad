#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Each source of credentials, served by this test and rotated while calls are signed; what each refuses; and no secret
in anything that was printed.

    test_mirror_credentials.py [TEST ...]"""

import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from cluster import SLOWNESS, check, run_tests, wait_until
from mirror_probe import REGION, Probe, program, run_credentials

SECRET = "hushhush/secret+of"  # every secret of this test begins so
printed = []  # everything that a program of ours has said
GIVE_UP_MS = 20000 * SLOWNESS
INSIDE = "LQ_INSIDE_NAMESPACE"


class Keys:
    """A set of credentials by number."""

    def __init__(self, index, life_s=3600):
        self.id, self.secret, self.token = f"AKID{index}", f"{SECRET}.{index}", f"{SECRET}.token.{index}"
        self.expires_s = int(time.time()) + life_s
        self.expiration = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.expires_s))

    def document(self, token_name="Token", **more):
        return json.dumps({"AccessKeyId": self.id, "SecretAccessKey": self.secret, token_name: self.token,
                           "Expiration": self.expiration, **more})

    def of_process(self):
        return self.document("SessionToken", Version=1)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def serve(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        self.server.seen.append((self.command, self.path, dict(self.headers.items())))
        status, answer = self.server.answer(self.command, self.path, self.headers, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer.encode() if isinstance(answer, str) else answer)

    do_GET = do_PUT = do_POST = serve  # pylint: disable=invalid-name

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


@contextlib.contextmanager
def served(answer, address="127.0.0.1", port=0, context=None):
    """A server whose answers are answer(method, path, headers, body): (status, text)."""
    server = http.server.ThreadingHTTPServer((address, port), Handler)
    server.daemon_threads = True
    server.seen, server.answer = [], answer
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.url = f"http{'s' if context else ''}://{'localhost' if context else address}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Table:
    """A table that takes one access key only, and remembers whose calls it took."""

    def __init__(self, index):
        self.index, self.taken = index, []

    def answer(self, _method, _path, headers, _body):
        if f"Credential=AKID{self.index}/" not in headers["Authorization"]:
            # What AWS does with a signature that is wrong: its message repeats what was signed.
            return 400, json.dumps({"__type": "x#ExpiredTokenException", "message": "The security token included in the "
                                    "request is expired\n\nx-amz-security-token:" + headers.get("X-Amz-Security-Token", "")})
        check(headers.get("X-Amz-Security-Token", "").endswith(f".token.{self.index}") or self.index == 0, "another's token")
        self.taken.append(self.index)
        return 200, "{}"


def one_run(environment):
    code, answer, errors = run_credentials(environment)
    printed.extend([json.dumps(answer), errors])
    return code, answer, errors


def want_keys(environment, keys, source, has_token=True):
    code, answer, errors = one_run(environment)
    check(code == 0, f"{source}: {answer} {errors}")
    digest = {name: hashlib.blake2b(value.encode(), digest_size=32).hexdigest()
              for name, value in (("secret", keys.secret), ("token", keys.token if has_token else ""))}
    check((answer["source"], answer["id"], answer["secret"], answer["token"]) ==
          (source, keys.id, digest["secret"], digest["token"]), f"{source}: {answer}")
    return answer


def want_refusal(environment, *words):
    code, answer, errors = one_run(environment)
    check(code != 0, f"{words}: was taken: {answer}")
    said = (answer.get("text", "") if answer else "") + errors
    check(all(word in said for word in words), f"wanted {words}: {said}")
    return said


class Instance:
    """The metadata service of an instance; version 1 would answer too, so that nobody asks it."""

    def __init__(self, keys):
        self.keys, self.token, self.faults = keys, f"{SECRET}.imds.1", []

    def answer(self, method, path, headers, _body):
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "hang":
            time.sleep(1.5)  # longer than the source waits
        if fault.isdigit():
            return int(fault), "planted"
        if fault == "garbage":
            return 200, "<html>\n" + SECRET
        if fault == "failed":
            return 200, json.dumps({"Code": "AssumeRoleUnauthorizedAccess", "SecretAccessKey": self.keys.secret})
        if path == "/latest/api/token":
            if method != "PUT" or headers["X-aws-ec2-metadata-token-ttl-seconds"] != "21600":
                return 400, ""
            return 200, self.token
        if headers.get("X-aws-ec2-metadata-token", self.token) != self.token:
            return 401, ""
        if path == "/latest/meta-data/iam/security-credentials/":
            return 200, "ledger-role"
        if path == "/latest/meta-data/iam/security-credentials/ledger-role":
            return 200, self.keys.document(Code="Success")
        return 404, ""


def environment_and_files():
    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder:
        home = pathlib.Path(folder)
        (home / ".aws").mkdir()
        keys, other = Keys(1), Keys(2)
        variables = {"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret, "AWS_SESSION_TOKEN": keys.token}
        answer = want_keys({**variables, **REGION}, keys, "environment")
        check(answer["region"] == "eu-west-1" and answer["expires"] == -1, f"{answer}")
        (home / ".aws" / "credentials").write_text(
            f"[default]\naws_access_key_id = {other.id}\naws_secret_access_key = {other.secret}\n"
            f"[named]\naws_access_key_id = {keys.id}\naws_secret_access_key = {keys.secret}\n"
            f"aws_session_token = {keys.token}\n", encoding="utf-8")
        (home / ".aws" / "config").write_text("[profile named]\nregion = eu-north-1\n", encoding="utf-8")
        want_keys({"HOME": folder}, other, "profile keys", has_token=False)
        answer = want_keys({"HOME": folder, "AWS_PROFILE": "named"}, keys, "profile keys")
        check(answer["region"] == "eu-north-1", f"{answer}")
        elsewhere = {"AWS_SHARED_CREDENTIALS_FILE": f"{folder}/.aws/credentials", "AWS_CONFIG_FILE": f"{folder}/.aws/config"}
        want_keys({**elsewhere, "AWS_PROFILE": "named"}, keys, "profile keys")
        want_refusal({"HOME": folder, "AWS_PROFILE": "absent"}, "no profile absent")
        (home / ".aws" / "config").write_text(f"[default]\n{SECRET}\n", encoding="utf-8")
        want_refusal({"HOME": folder, "AWS_ACCESS_KEY_ID": "x"}, "/.aws/config:2: ")
    return "environment, two files, a profile by name"


def process():
    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder:
        home, keys = pathlib.Path(folder), Keys(1)
        (home / "out.json").write_text(keys.of_process(), encoding="utf-8")
        config = home / "config"
        environment = {"AWS_CONFIG_FILE": str(config), "AWS_EC2_METADATA_DISABLED": "true"}
        config.write_text(f"[default]\ncredential_process = cat '{folder}/out.json'\n", encoding="utf-8")
        answer = want_keys(environment, keys, "credential_process")
        check(answer["expires"] == keys.expires_s, f"{answer}")
        config.write_text(f"[default]\ncredential_process = echo '{SECRET}' >&2; echo '{SECRET}'; exit 4\n", encoding="utf-8")
        want_refusal(environment, "exited with code 4")
        config.write_text(f"[default]\ncredential_process = cat {folder}/out.json {folder}/out.json\n", encoding="utf-8")
        want_refusal(environment, "not JSON")
        config.write_text("[default]\nsso_session = x\n", encoding="utf-8")
        want_refusal(environment, "sso_session is not followed", "export-credentials --profile default")
    return "taken, failing, printing more than a document, single sign-on"


def container():
    keys, tokens = Keys(1), [f"{SECRET}.bearer.1"]

    def answer(_method, path, headers, _body):
        if path == "/redirect":
            return 302, ""
        return (200, keys.document()) if headers.get("Authorization", "") == tokens[-1] else (401, SECRET)

    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder, served(answer) as agent:
        file = pathlib.Path(folder) / "token"
        file.write_text(tokens[-1] + "\n", encoding="utf-8")
        full = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/v1/credentials"}
        want_keys({**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN": tokens[-1]}, keys, "container")
        want_keys({**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)}, keys, "container")
        # The file counts before the variable, and proxies are for others.
        want_keys({**full, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file), "AWS_CONTAINER_AUTHORIZATION_TOKEN": "x",
                   "http_proxy": "http://127.0.0.1:1", "ALL_PROXY": "http://127.0.0.1:1"}, keys, "container")
        want_refusal(full, "container credentials: answered with the status 401")
        want_refusal({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent.url}/redirect"}, "status 302")
        asked = len(agent.seen)
        for host in ("192.0.2.1", "169.254.170.3", "agent.example", "127.0.0.1.example.org"):
            want_refusal({"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}:{agent.server_port}/"}, f"{host} is a foreign host")
        check(len(agent.seen) == asked, "a foreign host was asked")
    return "token by variable and by file; 401; redirect; 4 foreign hosts refused"


def instance():
    keys = Keys(1)
    service = Instance(keys)
    with served(service.answer) as server:
        environment = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}
        want_keys(environment, keys, "instance metadata")
        check([(method, path) for method, path, _ in server.seen] == [
            ("PUT", "/latest/api/token"), ("GET", "/latest/meta-data/iam/security-credentials/"),
            ("GET", "/latest/meta-data/iam/security-credentials/ledger-role")], f"{server.seen}")
        check(all(headers.get("X-aws-ec2-metadata-token") for method, _, headers in server.seen if method == "GET"),
              "asked without a token, as version 1 would")
        for faults in (["500", "500"], ["hang"], ["", "503"]):
            service.faults = list(faults)
            want_keys(environment, keys, "instance metadata")
        for faults, word in ((["403"], "the token's request was answered with the status 403"),
                             (["404"], "status 404"), (["", "404"], "no role"), (["", "401"], "status 401"),
                             (["garbage"], "no token"), (["", "garbage"], "no role's name"), (["", "", "garbage"], "not JSON"),
                             (["", "", "failed"], "AssumeRoleUnauthorizedAccess"), (["hang"] * 3, "hop limit")):
            service.faults = list(faults)
            want_refusal(environment, word)
        service.faults, service.keys = [], Keys(2, life_s=-10)
        want_refusal(environment, "expired already")
        want_refusal({**environment, "AWS_EC2_METADATA_DISABLED": "true"}, "no credentials")
    want_refusal({"AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"}, "no credentials")
    return "version 2 alone; 3 passing faults, 10 that are told"


# ---- under load ----


@contextlib.contextmanager
def probe_on(table_url, environment, give_up_ms=GIVE_UP_MS):
    with Probe("gateway", "ledger", "default", give_up_ms, environment={**REGION, "AWS_ENDPOINT_URL": table_url,
                                                                        **environment}) as probe:
        try:
            yield probe
        finally:
            printed.extend(probe.printed + [probe.log()])


def rotate(environment, set_keys, rounds=2):
    """The source hands out other keys and the service takes no others: calls go on, with no restart."""
    table = Table(1)
    set_keys(Keys(1))
    with served(table.answer) as server, probe_on(server.url, environment) as probe:
        answers = [probe.ask(do="get", pk="a", sk="b")]
        for index in range(2, 2 + rounds):
            set_keys(Keys(index))
            table.index = index
            tags = [probe.send(do="get", pk="a", sk="b") for _ in range(8)]
            answers += [probe.take(tag) for tag in tags]
        check(all(answer["verdict"] == "done" for answer in answers), f"{answers}")
        check(set(table.taken) == set(range(1, 2 + rounds)), f"{table.taken}")
        count = probe.count()
    return f"{count['source']}: {rounds} rotations, {count['calls']} calls, {count['refused']} refused, {count['fetches']} fetches"


def rotated_process():
    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder:
        out, config = pathlib.Path(folder) / "out.json", pathlib.Path(folder) / "config"
        config.write_text(f"[default]\ncredential_process = cat {out}\n", encoding="utf-8")
        return rotate({"AWS_CONFIG_FILE": str(config)}, lambda keys: replace(out, keys.of_process()))


def replace(path, content):
    """As tools write such files: whole or not at all."""
    path.with_suffix(".new").write_text(content, encoding="utf-8")
    os.replace(path.with_suffix(".new"), path)


def rotated_files():
    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder:
        file = pathlib.Path(folder) / "credentials"
        return rotate({"AWS_SHARED_CREDENTIALS_FILE": str(file)}, lambda keys: replace(
            file, f"[default]\naws_access_key_id = {keys.id}\naws_secret_access_key = {keys.secret}\n"
                  f"aws_session_token = {keys.token}\n"))


def rotated_container():
    state = {}

    def answer(_method, _path, headers, _body):
        return (200, state["keys"].document()) if headers["Authorization"] == state["keys"].token else (401, "")

    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder, served(answer) as agent:
        file = pathlib.Path(folder) / "token"

        def set_keys(keys):
            state["keys"] = keys
            replace(file, keys.token)  # the authorization rotates too

        return rotate({"AWS_CONTAINER_CREDENTIALS_FULL_URI": agent.url, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(file)},
                      set_keys)


def rotated_instance():
    service = Instance(Keys(1))
    with served(service.answer) as server:
        return rotate({"AWS_EC2_METADATA_SERVICE_ENDPOINT": server.url}, lambda keys: setattr(service, "keys", keys))


def renewed_ahead():
    """Keys near their end are renewed before anybody refuses them; when that fails they are used up."""
    service = Instance(Keys(1, life_s=200))
    with served(service.answer) as source, served(lambda *call: (200, "{}")) as server:
        with probe_on(server.url, {"AWS_EC2_METADATA_SERVICE_ENDPOINT": source.url}, 3000) as probe:
            check(probe.ask(do="get", pk="a", sk="b")["verdict"] == "done", "the first")
            service.keys = Keys(2, life_s=8)
            deadline = time.monotonic() + 60
            while "AKID2" not in server.seen[-1][2]["Authorization"]:
                check(probe.ask(do="get", pk="a", sk="b")["verdict"] == "done", "while they are renewed")
                check(time.monotonic() < deadline, "not renewed ahead of their end")
            service.faults = ["500"] * 10000
            end = service.keys.expires_s
            verdicts = []
            while "credentials refused" not in verdicts:
                answer = probe.ask(do="get", pk="a", sk="b")
                verdicts.append(answer["verdict"])
                time.sleep(0.02)  # the calls need not fill the time until the end of the keys
                if time.time() < end - 1:
                    check(answer["verdict"] == "done", f"the old keys are not used: {answer}")
                check(time.monotonic() < deadline, "keys are used that have expired")
            check("instance metadata" in answer["text"], f"{answer}")
            check(verdicts.count("done") > 3, f"{verdicts}")
            service.faults, service.keys = [], Keys(3)
            deadline = time.monotonic() + 60 * SLOWNESS
            while probe.ask(do="get", pk="a", sk="b")["verdict"] != "done":
                check(time.monotonic() < deadline, "not fetched again")
            check("AKID3" in server.seen[-1][2]["Authorization"], "other keys")
            count = probe.count()
    return f"{verdicts.count('done')} calls with the old keys, then named; {count['fetches']} fetches, {count['fetch_failures']} failed"


def ends_while_fetching():
    """A source that hangs does not hold up the end of the program, nor does what it started stay behind."""
    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder:
        config, mark = pathlib.Path(folder) / "config", pathlib.Path(folder) / "pid"
        config.write_text(f"[default]\ncredential_process = echo $$ > {mark}; tail -f /dev/null\n", encoding="utf-8")
        begun = time.monotonic()
        with probe_on("http://127.0.0.1:1", {"AWS_CONFIG_FILE": str(config)}, 500) as probe:
            answer = probe.ask(do="get", pk="a", sk="b")
            check(answer["verdict"] == "credentials refused" and answer["attempts"] == 0 and
                  answer["text"] == "no credentials yet", f"{answer}")
            wait_until(lambda: mark.exists() and mark.read_text(encoding="ascii").strip(), "the process runs")
        took = time.monotonic() - begun
        check(took < 30 * SLOWNESS, f"the end took {took} s")  # the process would have a minute
        pid = int(mark.read_text(encoding="ascii"))
        wait_until(lambda: not pathlib.Path(f"/proc/{pid}").exists(), "the process is gone")
    return f"ended after {took:.1f} s"


def certificates():
    if shutil.which("openssl") is None:
        return "nothing done: no openssl"
    keys = Keys(0)
    environment = {"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret}
    with tempfile.TemporaryDirectory(prefix="lq-credentials-") as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/key", "-out", f"{folder}/cert"],
                       check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{folder}/cert", f"{folder}/key")
        with served(Table(0).answer, context=context) as server:
            with probe_on(server.url, {**environment, "AWS_CA_BUNDLE": f"{folder}/cert"}) as probe:
                check(probe.ask(do="get", pk="a", sk="b")["verdict"] == "done", "with the bundle")
            with probe_on(server.url, environment, 1000) as probe:
                answer = probe.ask(do="get", pk="a", sk="b")
                check(answer["verdict"] == "retry" and answer["text"].startswith("untrusted: "), f"{answer}")
                check(not answer["in_doubt"], "nothing was sent")
    return "https with AWS_CA_BUNDLE; without it nothing is sent"


def refused_endpoints():
    keys = Keys(0)
    environment = {"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret, **REGION}
    for url, word in (("http://192.0.2.1:8000", "loopback"), ("http://dynamodb.eu-west-1.amazonaws.com", "https://"),
                      ("http://127.0.0.1:1/path", "scheme, host and port"), ("nonsense", "not an https")):
        said = run_probe_start({**environment, "AWS_ENDPOINT_URL": url})
        check("AWS_ENDPOINT_URL: " in said and word in said, f"{url}: {said}")
    said = run_probe_start({"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret})
    check("AWS_REGION" in said, said)
    return "4 endpoints and a missing region, each named"


def run_probe_start(environment):
    from mirror_probe import clean_environment

    done = subprocess.run([program(), "gateway", "ledger", "default"], env=clean_environment(environment), text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    printed.extend([done.stdout, done.stderr])
    check(done.returncode == 2, f"{done}")
    return done.stderr


def addresses_of_aws():
    """The addresses that AWS set aside, in a network namespace of this test's own."""
    return inside("addresses_inside", "169.254.170.2/32", "169.254.170.23/32", "169.254.169.254/32")


def silent_name_server():
    """A name that nobody resolves holds up neither the loop nor the end."""
    return inside("silence_inside", "127.0.0.53/32")


def inside(test, *addresses):
    """Run one function of this script in namespaces of its own, where loopback has these addresses too and names are
    asked for at 127.0.0.53."""
    script = "ip link set lo up && for address in " + " ".join(addresses) + "; do ip addr add $address dev lo || exit; done && " \
             "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""
    if os.geteuid() != 0 or shutil.which("unshare") is None or shutil.which("ip") is None:
        return "nothing done: no namespaces to be had"
    with tempfile.NamedTemporaryFile("w", prefix="lq-resolv-", encoding="ascii") as names:
        names.write("nameserver 127.0.0.53\noptions timeout:30 attempts:2\n")
        names.flush()
        command = ["unshare", "--net", "--mount", "sh", "-c", script, names.name]
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode != 0:
            return "nothing done: no namespaces to be had"
        done = subprocess.run([*command, sys.executable, __file__, test], env={**os.environ, INSIDE: "1"},
                              capture_output=True, text=True, timeout=120, check=False)
    printed.append(done.stdout + done.stderr)
    check(done.returncode == 0, done.stdout + done.stderr)
    return done.stdout.splitlines()[0].partition(f"{test}: ")[2]


def silence_inside():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.53", 53))
        keys, begun = Keys(0), time.monotonic()
        environment = {"AWS_ACCESS_KEY_ID": keys.id, "AWS_SECRET_ACCESS_KEY": keys.secret, **REGION}
        with Probe("gateway", "ledger", "default", 2000, 500, environment=environment) as probe:
            answer = probe.ask(do="get", pk="a", sk="b")
            check(answer["verdict"] == "retry" and answer["text"].startswith("timeout: "), f"{answer}")
            check(answer["ms"] < 10000 * SLOWNESS, f"the loop was held up: {answer}")
        took = time.monotonic() - begun
        check(server.recv(512), "nobody asked for the name")
        check(took < 20 * SLOWNESS, f"the end took {took} s")  # the resolver would wait for a minute
    return f"given up after {answer['ms']} ms, ended after {took:.1f} s"


def addresses_inside():
    keys = Keys(1)
    with served(lambda _m, path, _h, _b: (200, keys.document()) if path == "/v2/credentials/1" else (404, ""),
                "169.254.170.2", 80):
        want_keys({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}, keys, "container")
    with served(lambda *_: (200, keys.document()), "169.254.170.23", 80):
        want_keys({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}, keys, "container")
    with served(Instance(keys).answer, "169.254.169.254", 80):
        want_keys({}, keys, "instance metadata")
    return "169.254.170.2, 169.254.170.23 and 169.254.169.254 asked"


def no_secret_printed():
    said = "\n".join(printed)
    check(len(said) > 10000, "there is nothing to search")
    check(SECRET not in said, "a secret was printed: " + said[max(0, said.find(SECRET) - 200):][:300].replace(SECRET, "***"))
    return f"{len(said)} characters of output searched"


TESTS = [environment_and_files, process, container, instance, rotated_process, rotated_files, rotated_container,
         rotated_instance, renewed_ahead, ends_while_fetching, certificates, refused_endpoints, addresses_of_aws,
         silent_name_server, no_secret_printed]
run_tests("mirror_credentials", [addresses_inside, silence_inside] if os.environ.get(INSIDE) else TESTS)
