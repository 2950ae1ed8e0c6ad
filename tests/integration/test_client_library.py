#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""The client library and lqctl against a broker played by the test: order and repeats of commands, new
epochs, silence, refusals, administration, dead letters, frames. LQ_BIN_DIR: where lqctl is."""

import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import zmq

ROOT = pathlib.Path(__file__).resolve().parents[2]
LQCTL = pathlib.Path(os.environ.get("LQ_BIN_DIR", ROOT / "build" / "bin")).resolve() / "lqctl"
if not LQCTL.exists():
    print(f"skipped: no {LQCTL}")
    sys.exit(77)

from fake_broker import client_pb2, actor_pb2, tick_pb2  # noqa: E402

WELCOME, HELLO, SUBMIT, ADMIN, WATCH, RECEIPT, ADMIN_REPLY, FRAME, WATCHING = 16, 32, 33, 34, 35, 48, 49, 50, 51
APPLIED, REFUSED, DUPLICATE, UNUSED, DEAD_LETTERED = 2, 3, 4, 5, 6
LIST_LETTERS, SHOW_LETTER, ACKNOWLEDGE, REDRIVE, PURGE = 9, 10, 11, 12, 13
STATUS, CREATE_TENANT, CREATE_SESSION, LIST_TENANTS, SHOW_SESSION = 1, 2, 3, 4, 7
ERR_EXISTS, ERR_NOT_FOUND, OPEN, DONE = 6, 5, 1, 3
WAIT_MS = 10000  # an upper bound for an event that comes soon; nothing waits it out
HASH = bytes(range(32))


def framed(kind, message):
    return b"LQ\x02" + bytes([kind]) + message.SerializeToString()


class Broker:
    """Says only what it is told to. Messages of clients: hello(), submit(), admin()."""

    def __init__(self, runtime, epoch=1):
        self.epoch = epoch
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.bind(f"ipc://{runtime}/clients.sock")
        self.peer = None
        self.hellos, self.refused = 0, ""

    def close(self):
        self.socket.close()
        self.context.term()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def next(self, welcome=True, patience_ms=WAIT_MS):
        """The next message but HELLO, which is counted and, if `welcome`, answered."""
        while True:
            assert self.socket.poll(patience_ms), "nothing came"
            parts = self.socket.recv_multipart()
            self.peer, header = parts[0], parts[1]
            assert header[:3] == b"LQ\x02", header[:4]
            if header[3] != HELLO:
                return header[3], header[4:], parts[2] if len(parts) > 2 else b""
            self.hellos += 1
            if welcome:
                self.welcome()

    def welcome(self):
        self.send(WELCOME, actor_pb2.Welcome(epoch=self.epoch, commands_per_message_max=1024, refused=self.refused,
                                             message_bytes_max=1 << 20, mailbox_commands_max=256))

    def send(self, kind, message):
        self.socket.send_multipart([self.peer, framed(kind, message)])

    def submit(self, welcome=True):
        """The next SUBMIT as a list of (session, sequence, tag, command)."""
        kind, header, body = self.next(welcome)
        assert kind == SUBMIT, kind
        submit = client_pb2.Submit.FromString(header)
        commands, offset = [], 0
        for session, sequence, tag, count in zip(submit.session, submit.sequence, submit.tag,
                                                 submit.command_bytes):
            commands.append((session, sequence, tag,
                             tick_pb2.Command.FromString(body[offset:offset + count])))
            offset += count
        assert offset == len(body)
        self.last = submit
        return commands

    def receipt(self, tags, outcome=APPLIED, frame=1, reason="", letter=0):
        details = [client_pb2.ReceiptDetail(index=i, reason=reason, letter_id=letter)
                   for i in range(len(tags))] if reason or letter else []
        self.send(RECEIPT, client_pb2.Receipt(
            epoch=self.epoch, tag=tags, outcome=[outcome] * len(tags),
            frame=[frame] * len(tags), hash=HASH * len(tags), details=details))

    def run(self, tags, reason, again_ms=0):
        """One answer for all of them."""
        detail = client_pb2.ReceiptDetail(index=0, reason=reason, again_ms=again_ms, last_tag=tags[-1])
        self.send(RECEIPT, client_pb2.Receipt(epoch=self.epoch, tag=tags[:1], outcome=[UNUSED], frame=[0],
                                              hash=bytes(32), details=[detail]))

    def admin(self):
        kind, header, _ = self.next()
        assert kind == ADMIN, kind
        return client_pb2.AdminRequest.FromString(header)

    def reply(self, request, **fields):
        self.send(ADMIN_REPLY, client_pb2.AdminReply(tag=request.tag, **fields))


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="lq-")
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.runtime = self.root / "run"
        self.runtime.mkdir(mode=0o700)
        self.config = self.root / "c.cfg"
        self.config.write_text(f'cluster\n    runtime_dir = "{self.runtime}"\n'
                               f'    data_dir = "{self.root}/data"\n')
        self.environment = dict(os.environ, XDG_STATE_HOME=str(self.root / "state"),
                                LQ_CONFIG=str(self.config))

    def broker(self, epoch=1):
        return Broker(self.runtime, epoch)

    @contextlib.contextmanager
    def lqctl(self, *words, code=0, lines=None):
        """lqctl beside what the test does; its output is in self.out and self.err afterwards."""
        process = subprocess.Popen([str(LQCTL), *words], env=self.environment, text=True,
                                   stdin=subprocess.PIPE if lines is not None else subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            if lines is not None:
                process.stdin.write("".join(json.dumps(line) + "\n" for line in lines))
                process.stdin.close()
                process.stdin = None
            yield process
            self.out, self.err = process.communicate(timeout=WAIT_MS / 1000)
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()
        self.assertEqual(process.returncode, code, self.out + self.err)

    def documents(self):
        return [json.loads(line) for line in self.out.splitlines()]


def thrusts(count, session="s1"):
    return [{"session": session, "kind": "SetThrust", "vx": i} for i in range(1, count + 1)]


class Commands(Case):
    def take(self, broker, count):
        """Commands out of as many SUBMITs as it takes."""
        commands = []
        while len(commands) < count:
            commands += broker.submit()
        self.assertEqual(len(commands), count)
        return commands

    def test_one_command_and_its_receipt(self):
        with self.broker(7) as broker, self.lqctl("submit", "demo/s1", "Join", "x=5", "y=6",
                                                  "radius=0.5", "-o", "json"):
            [(session, sequence, tag, command)] = broker.submit()
            self.assertEqual((session, sequence), ("s1", 1))
            self.assertEqual((broker.last.tenant, broker.last.epoch), ("demo", 7))
            self.assertEqual(len(broker.last.client), 16)
            self.assertEqual((command.kind, command.x, command.y), (1, 5, 6))
            broker.receipt([tag], frame=12)
        [document] = self.documents()
        self.assertEqual(document["schema"], "lqctl.submit/v1")
        self.assertEqual(document["applied"], 1)
        self.assertEqual(document["receipts"][0]["frame"], 12)
        self.assertEqual(document["receipts"][0]["hash"], HASH.hex())

    def test_many_commands_travel_in_one_message_in_order(self):
        with self.broker() as broker, self.lqctl("submit", "-", "--tenant", "demo",
                                                 lines=thrusts(60)):
            first = broker.submit()
            self.assertGreater(len(first), 1)
            commands = first + (self.take(broker, 60 - len(first)) if len(first) < 60 else [])
            self.assertEqual([c[1] for c in commands], list(range(1, 61)))
            self.assertEqual([c[3].vx for c in commands], list(range(1, 61)))
            self.assertEqual(len({c[2] for c in commands}), 60)
            broker.receipt([c[2] for c in commands])

    def test_a_session_has_at_most_64_unanswered(self):
        with self.broker() as broker, self.lqctl("submit", "-", "--tenant", "demo",
                                                 lines=thrusts(70)):
            commands = self.take(broker, 64)
            broker.receipt([c[2] for c in commands[1:]])  # all but the oldest: nothing more may come
            broker.receipt([commands[0][2]])
            rest = self.take(broker, 6)
            self.assertEqual([c[1] for c in rest], list(range(65, 71)))
            broker.receipt([c[2] for c in rest])

    def test_a_new_broker_gets_everything_unreceipted_in_order(self):
        # The second broker outlives lqctl: receipts that lqctl did not read yet end with their connection.
        with self.broker(1) as broker, contextlib.ExitStack() as later:
            with self.lqctl("submit", "-", "--tenant", "demo", "-o", "json", lines=thrusts(69)):
                commands = self.take(broker, 64)
                broker.receipt([c[2] for c in commands[:5] + commands[10:15]])
                commands += self.take(broker, 5)  # there is room for them: the receipts were read
                broker.close()
                second = later.enter_context(self.broker(2))
                left = commands[5:10] + commands[15:]
                again = self.take(second, len(left))
                self.assertEqual([c[:3] for c in again], [c[:3] for c in left])
                self.assertEqual(second.last.epoch, 2)
                second.receipt([c[2] for c in again])
        self.assertEqual(self.documents()[-1]["applied"], 69)
        self.assertEqual(self.documents()[-1]["resends"], 59)

    def test_silence_is_asked_about_and_then_everything_is_said_again(self):
        with self.broker() as broker, self.lqctl("submit", "-", "--tenant", "demo",
                                                 lines=thrusts(5)):
            commands = self.take(broker, 5)
            sent_at, hellos = time.monotonic(), broker.hellos
            again = broker.submit(welcome=False)
            silent_s = time.monotonic() - sent_at
            self.assertEqual([c[:3] for c in again], [c[:3] for c in commands])
            self.assertGreater(silent_s, 0.4)
            self.assertLess(silent_s, 2.0)
            self.assertGreater(broker.hellos, hellos)
            broker.receipt([c[2] for c in again])
            broker.receipt([c[2] for c in again])  # the copies' answers hit nothing

    def test_a_living_broker_is_not_asked_again_at_once(self):
        with self.broker() as broker, self.lqctl("submit", "demo/s1", "Leave", "-o", "json"):
            [(_, _, tag, _)] = broker.submit()
            hellos = broker.hellos
            while broker.hellos < hellos + 4:  # a second of answered HELLOs
                self.assertTrue(broker.socket.poll(WAIT_MS))
                broker.peer, header = broker.socket.recv_multipart()[:2]
                self.assertEqual(header[3], HELLO)
                broker.hellos += 1
                broker.welcome()
            broker.receipt([tag])
        self.assertEqual(self.documents()[0]["resends"], 0)

    def test_an_old_epoch_is_answered_with_welcome(self):
        with self.broker(1) as broker, self.lqctl("submit", "demo/s1", "Leave"):
            [command] = broker.submit()
            broker.epoch = 9
            broker.welcome()
            [again] = broker.submit()
            self.assertEqual(again[:3], command[:3])
            self.assertEqual(broker.last.epoch, 9)
            broker.receipt([again[2]])

    def test_an_older_brokers_refusal_does_not_count(self):
        with self.broker(1) as broker, self.lqctl("submit", "demo/s1", "Leave"):
            [(_, _, tag, _)] = broker.submit()
            broker.epoch = 2
            broker.welcome()
            broker.submit()
            broker.epoch = 1
            broker.receipt([tag], UNUSED, 0, "MAILBOX_FULL")
            broker.epoch = 2
            broker.receipt([tag], APPLIED, 5)

    def test_a_refused_copy_decides_nothing(self):
        """An earlier copy may lie in the ledger: the command is said again until load has looked."""
        with self.broker(1) as broker, self.lqctl("submit", "demo/s1", "Leave", "-o", "json"):
            [command] = broker.submit()
            broker.epoch = 2
            broker.welcome()
            for reason in ("BROKER_PAUSED: the store takes no work at the moment", "MAILBOX_FULL: too many"):
                [again] = broker.submit()
                self.assertEqual(again[:3], command[:3])
                broker.receipt([again[2]], UNUSED, frame=0, reason=reason)
            [again] = broker.submit()
            broker.receipt([again[2]], DUPLICATE, frame=7)
        self.assertEqual([r["outcome"] for r in self.documents()[0]["receipts"]], ["duplicate"])
        self.assertEqual(self.documents()[0]["resends"], 3)

    def test_refusals_are_passed_on_and_their_numbers_used_again(self):
        for outcome, reason, code, sequence in (
                (UNUSED, "MAILBOX_FULL", 75, 1), (UNUSED, "BROKER_PAUSED", 75, 1),
                (UNUSED, "Session.Unknown", 3, 1), (UNUSED, "SESSION_PARKED", 1, 1),
                (REFUSED, "x: not finite", 1, 1), (APPLIED, "", 0, 2)):
            with self.broker() as broker, self.lqctl("submit", "demo/s1", "Leave", code=code):
                [(_, number, tag, _)] = broker.submit()
                self.assertEqual(number, sequence)
                broker.receipt([tag], outcome, 0, reason)
            self.assertIn(reason, self.out)

    def test_a_quota_is_waited_for(self):
        """What was refused comes again under its numbers, in order: one command, then two, ..."""
        with self.broker() as broker, self.lqctl("submit", "-", "--tenant", "demo", "-o", "json", lines=thrusts(20)):
            commands = self.take(broker, 20)
            self.assertEqual(broker.last.round, 1)
            broker.receipt([commands[0][2], commands[1][2]])
            begun = time.monotonic()
            broker.run([c[2] for c in commands[2:]], "TENANT_QUOTA: commands/s", again_ms=200)
            seen, sizes = [], []
            while len(seen) < 18:
                again = broker.submit()
                self.assertGreaterEqual(time.monotonic() - begun, 0.2)
                self.assertEqual(broker.last.round, 2)
                seen += again
                sizes.append(len(again))
                broker.receipt([c[2] for c in again])
        self.assertEqual([c[1] for c in seen], list(range(3, 21)))
        self.assertEqual([c[3].vx for c in seen], list(range(3, 21)))
        self.assertEqual(sizes, [1, 2, 4, 8, 3])
        self.assertEqual(self.documents()[-1]["applied"], 20)

    def test_a_new_broker_ends_the_wait_for_a_quota(self):
        with self.broker() as broker, self.lqctl("submit", "-", "--tenant", "demo", lines=thrusts(3)):
            commands = self.take(broker, 3)
            broker.run([c[2] for c in commands], "TENANT_QUOTA: commands/s", again_ms=9000)
            begun = time.monotonic()
            broker.epoch = 2
            broker.welcome()
            again = self.take(broker, 3)
            self.assertLess(time.monotonic() - begun, 8)
            self.assertEqual([c[1] for c in again], [1, 2, 3])
            broker.receipt([c[2] for c in again])

    def test_patience_with_a_quota_ends(self):
        """The reason is told, nothing is in doubt: the numbers are used again."""
        with self.broker() as broker:
            with self.lqctl("submit", "-", "--tenant", "demo", "-t", "400ms", "-o", "json", code=75, lines=thrusts(3)):
                commands = self.take(broker, 3)
                broker.run([c[2] for c in commands], "TENANT_QUOTA: commands/s", again_ms=60000)
            self.assertEqual([d["reason"] for d in self.documents()[:3]], ["TENANT_QUOTA: commands/s"] * 3)
            with self.lqctl("submit", "demo/s1", "Leave"):
                [(_, sequence, tag, _)] = broker.submit()
                broker.receipt([tag])
        self.assertEqual(sequence, 1)

    def test_a_connection_that_is_not_served(self):
        with self.broker() as broker, self.lqctl("submit", "demo/s1", "Leave", "-t", "1s", code=69):
            broker.epoch = 0
            broker.refused = "CLIENT_QUOTA: too many connections of this client"
            with self.assertRaises(AssertionError):
                broker.next(patience_ms=1500)
            self.assertGreater(broker.hellos, 1)
        self.assertIn("CLIENT_QUOTA: too many connections", self.err)

    def test_partly_refused_is_5(self):
        with self.broker() as broker, self.lqctl("submit", "-", "--tenant", "demo", code=5,
                                                 lines=thrusts(2) + [{"session": "s1", "kind": "?"}]):
            commands = self.take(broker, 2)
            broker.receipt([commands[0][2]])
            broker.receipt([commands[1][2]], DEAD_LETTERED, 0, letter=0xab)
        self.assertIn("dlq_00000000000000ab", self.out)
        self.assertIn("line 3", self.err)

    def test_no_receipt_is_99_and_the_number_is_used_up(self):
        with self.broker() as broker:
            with self.lqctl("submit", "demo/s1", "Leave", "-t", "300ms", code=99):
                [(_, first, _, _)] = broker.submit()
            with self.lqctl("submit", "demo/s1", "Leave"):
                [(_, second, tag, _)] = broker.submit()
                broker.receipt([tag])
        self.assertEqual((first, second), (1, 2))

    def test_a_client_is_one_over_runs_and_another_by_name(self):
        seen = []
        with self.broker() as broker:
            for words in ((), (), ("--client", "other")):
                with self.lqctl("submit", "demo/s1", "Leave", *words):
                    [(_, sequence, tag, _)] = broker.submit()
                    seen.append((bytes(broker.last.client), sequence))
                    broker.receipt([tag])
        self.assertEqual([sequence for _, sequence in seen], [1, 2, 1])
        self.assertEqual(seen[0][0], seen[1][0])
        self.assertNotEqual(seen[0][0], seen[2][0])


class Administration(Case):
    def test_create_and_exit_codes(self):
        for fields, code in (({}, 0), ({"result": ERR_EXISTS, "message": "there"}, 1),
                             ({"result": ERR_NOT_FOUND}, 3)):
            with self.broker() as broker, self.lqctl("tenant", "create", "demo", code=code):
                request = broker.admin()
                self.assertEqual((request.kind, request.tenant), (CREATE_TENANT, "demo"))
                broker.reply(request, **fields)

    def test_a_repeat_keeps_its_tag(self):
        with self.broker() as broker, self.lqctl("tenant", "create", "demo"):
            first = broker.admin()
            kind, header, _ = broker.next(welcome=False)  # after half a second of silence
            again = client_pb2.AdminRequest.FromString(header)
            self.assertEqual((kind, again.tag), (ADMIN, first.tag))
            broker.reply(again)

    def test_a_lost_request_is_said_again_although_the_broker_lives(self):
        """Every HELLO is answered meanwhile: WELCOME is no answer to a request."""
        with self.broker() as broker, self.lqctl("tenant", "create", "demo"):
            first = broker.admin()
            again = broker.admin()
            self.assertEqual(again.tag, first.tag)
            broker.reply(again)

    def test_no_answer_is_99(self):
        with self.broker() as broker, self.lqctl("tenant", "create", "demo", "-t", "400ms", code=99):
            broker.admin()

    def test_session_create_carries_configuration_and_world(self):
        world = self.root / "w.json"
        world.write_text('{"bodies":[{"x":1,"y":2},{"x":3,"y":4,'
                         '"agent":{"behavior":"flee","target":1,"strength":2}}]}')
        with self.broker() as broker, self.lqctl("session", "create", "demo/s1", "--rate", "30/2",
                                                 "--seed", "9", "--width", "50", "--world", str(world)):
            request = broker.admin()
            self.assertEqual((request.kind, request.tenant, request.session),
                             (CREATE_SESSION, "demo", "s1"))
            config = request.config
            self.assertEqual((config.rate_numerator, config.rate_denominator, config.seed,
                              config.width), (30, 2, 9, 50))
            self.assertEqual(list(request.world.x), [1, 3])
            self.assertEqual(list(request.world.agent_body), [2])
            broker.reply(request)

    def test_lists_are_paged(self):
        with self.broker() as broker, self.lqctl("tenant", "list", "-o", "json"):
            request = broker.admin()
            self.assertEqual((request.kind, request.after), (LIST_TENANTS, ""))
            broker.reply(request, more=True, tenants=[client_pb2.TenantEntry(name="a", number=1),
                                                      client_pb2.TenantEntry(name="b", number=2)])
            request = broker.admin()
            self.assertEqual(request.after, "b")
            broker.reply(request, tenants=[client_pb2.TenantEntry(name="c", number=3)])
        [document] = self.documents()
        self.assertEqual([t["tenant"] for t in document["tenants"]], ["a", "b", "c"])
        self.assertEqual(document["count"], 3)


class DeadLetters(Case):
    def letter(self, number, state=OPEN, whole=False):
        letter = client_pb2.Letter(id=number, state=state, tenant="demo", session="s1", stage="physics",
                                   version=1, error="Physics.Diverged", cause="x", tries=3,
                                   payload_bytes=4)
        if whole:
            letter.payload = b"load"
            letter.commands.add(client=HASH[:16], sequence=5,
                                body=tick_pb2.Command(kind=5, vx=2).SerializeToString())
        return letter

    def listed(self, broker, *letters):
        request = broker.admin()
        self.assertEqual(request.kind, LIST_LETTERS)
        broker.reply(request, letters=letters)
        return request

    def stages(self, broker):
        """lqctl asks which stages there are."""
        request = broker.admin()
        self.assertEqual(request.kind, STATUS)
        stages = [client_pb2.StageStatus(name=name, resource=name.lower()) for name in ("Physics", "Ai")]
        broker.reply(request, status=client_pb2.Status(epoch=1, stages=stages))

    def shown(self, broker, number, letter=None):
        request = broker.admin()
        self.assertEqual((request.kind, list(request.letter_ids)), (SHOW_LETTER, [number]))
        if letter is None:
            broker.reply(request, result=ERR_NOT_FOUND, message="no such dead letter")
        else:
            broker.reply(request, letters=[letter])

    def test_list_filters(self):
        with self.broker() as broker, self.lqctl("dlq", "list", "--session", "demo/s1", "--stage", "AI",
                                                 "--error", "E", "--state", "open", "-o", "json"):
            self.stages(broker)
            request = self.listed(broker, self.letter(1), self.letter(2, DONE))
            self.assertEqual((request.tenant, request.session, request.stage, request.error),
                             ("demo", "s1", "ai", "E"))
        [document] = self.documents()
        self.assertEqual([entry["id"] for entry in document["letters"]], ["dlq_0000000000000001"])

    def test_show_decodes_the_commands(self):
        with self.broker() as broker, self.lqctl("dlq", "show", "dlq_00000000000000ff", "-o", "json"):
            request = broker.admin()
            self.assertEqual((request.kind, list(request.letter_ids)), (SHOW_LETTER, [255]))
            broker.reply(request, letters=[self.letter(255, whole=True)])
        [document] = self.documents()
        self.assertEqual(document["commands"][0]["command"], {"kind": "SetThrust", "vx": 2.0})
        self.assertEqual(document["payload_hex"], b"load".hex())

    def test_drain_writes_then_acknowledges_exactly_what_it_wrote(self):
        target = self.root / "letters.jsonl"
        with self.broker() as broker, self.lqctl("dlq", "drain", str(target), "-o", "json"):
            self.listed(broker, self.letter(1), self.letter(2, DONE), self.letter(3), self.letter(4))
            for number in (1, 3, 4):
                request = broker.admin()
                self.assertEqual((request.kind, list(request.letter_ids)), (SHOW_LETTER, [number]))
                if number == 3:  # purged by someone else meanwhile
                    broker.reply(request, result=ERR_NOT_FOUND)
                else:
                    broker.reply(request, letters=[self.letter(number, whole=True)])
            request = broker.admin()
            self.assertTrue(target.exists())
            self.assertEqual((request.kind, list(request.letter_ids)), (ACKNOWLEDGE, [1, 4]))
            broker.reply(request, count=2)
        lines = [json.loads(line) for line in target.read_text().splitlines()]
        self.assertEqual([line["id"][-1] for line in lines], ["1", "4"])
        self.assertEqual(self.documents()[0]["acknowledged"], 2)
        self.assertEqual(os.listdir(self.root).count("letters.jsonl"), 1)

    def test_drain_of_nothing_leaves_no_file(self):
        target = self.root / "letters.jsonl"
        with self.broker() as broker, self.lqctl("dlq", "drain", str(target)):
            self.listed(broker)
        self.assertFalse(target.exists())

    def test_redrive_by_id_says_what_is_missing(self):
        with self.broker() as broker, self.lqctl("dlq", "redrive", "dlq_0000000000000001",
                                                 "dlq_0000000000000002", "dlq_0000000000000003", code=5):
            self.shown(broker, 1, self.letter(1))
            self.shown(broker, 2)
            self.shown(broker, 3, self.letter(3, DONE))
            request = broker.admin()
            self.assertEqual((request.kind, list(request.letter_ids)), (REDRIVE, [1]))
            broker.reply(request, count=1)
        self.assertIn("1 of 3", self.out)
        self.assertIn("dlq_0000000000000002: no such letter", self.err)
        self.assertIn("dlq_0000000000000003: is done", self.err)

    def test_a_repeated_request_counts_what_its_lost_copy_did(self):
        with self.broker() as broker:
            with self.lqctl("dlq", "purge", "dlq_0000000000000001", "dlq_0000000000000002", "--yes", "-o", "json"):
                self.shown(broker, 1, self.letter(1))
                self.shown(broker, 2, self.letter(2))
                broker.admin()
                broker.epoch = 2
                broker.welcome()
                request = broker.admin()
                self.assertEqual((request.kind, list(request.letter_ids)), (PURGE, [1, 2]))
                broker.reply(request, count=0)  # the first copy did it, its answer died with the broker
                self.shown(broker, 1)
                self.shown(broker, 2)
        self.assertEqual(self.documents()[0]["count"], 2)
        self.assertEqual(self.err, "")

    def test_redrive_by_filter_takes_open_letters(self):
        with self.broker() as broker, self.lqctl("dlq", "redrive", "--all"):
            self.listed(broker, self.letter(1), self.letter(2, DONE))
            request = broker.admin()
            self.assertEqual((request.kind, list(request.letter_ids)), (REDRIVE, [1]))
            broker.reply(request, count=1)

    def test_purge_needs_a_yes(self):
        with self.broker() as broker:
            with self.lqctl("dlq", "purge", "--all", code=1):
                self.listed(broker, self.letter(1))
            self.assertIn("--yes", self.err)
            with self.lqctl("dlq", "purge", "--all", "--dry-run"):
                self.listed(broker, self.letter(1))
                request = broker.admin()
                self.assertTrue(request.dry_run)
                broker.reply(request, count=1)
            self.assertIn("would be purged", self.out)
            with self.lqctl("dlq", "purge", "--all", "--yes"):
                self.listed(broker, self.letter(1))
                request = broker.admin()
                self.assertEqual((request.kind, request.dry_run, list(request.letter_ids)),
                                 (PURGE, False, [1]))
                broker.reply(request, count=1)


class Frames(Case):
    def watch(self, *words, code=0):
        context = zmq.Context()
        self.addCleanup(context.term)
        socket = context.socket(zmq.ROUTER)
        self.addCleanup(socket.close)
        socket.linger = 0
        socket.bind(f"ipc://{self.runtime}/frames.sock")
        self.clients = self.broker()
        self.addCleanup(self.clients.close)
        lqctl = self.lqctl("watch", "demo/s1", "-o", "json", *words, code=code)
        return socket, lqctl

    def there_is_a_session(self):
        request = self.clients.admin()
        self.assertEqual((request.kind, request.tenant, request.session), (SHOW_SESSION, "demo", "s1"))
        self.clients.reply(request)

    def watched(self, socket, world=False):
        """The WATCH of lqctl; where to send its frames, and under which tag."""
        self.assertTrue(socket.poll(WAIT_MS))
        identity, part = socket.recv_multipart()
        self.assertEqual(part[:4], b"LQ\x02" + bytes([WATCH]))
        asked = client_pb2.WatchRequest.FromString(part[4:])
        self.assertEqual((asked.tenant, asked.session, asked.world, asked.stop), ("demo", "s1", world, False))
        return identity, asked.tag

    def answer(self, socket, identity, tag, **fields):
        socket.send_multipart([identity, framed(WATCHING, client_pb2.Watching(epoch=1, tag=tag, **fields))])

    def notice(self, frame, tag):
        return framed(FRAME, client_pb2.FrameNotice(epoch=1, frame=frame, hash=HASH, steps=1, tag=tag))

    def test_frames_and_gaps(self):
        socket, lqctl = self.watch("-n", "2")
        with lqctl:
            self.there_is_a_session()
            identity, tag = self.watched(socket)
            self.answer(socket, identity, tag)
            socket.send_multipart([identity, self.notice(4, tag)])
            socket.send_multipart([identity, b"rubbish"])
            socket.send_multipart([identity, self.notice(5, tag + 1), b""])
            socket.send_multipart([identity, self.notice(7, tag)])
        self.assertEqual([d["frame"] for d in self.documents()], [4, 7])
        self.assertIn("2 frames missed", self.err)

    def test_a_refusal_is_told(self):
        socket, lqctl = self.watch("-n", "2", code=1)
        with lqctl:
            self.there_is_a_session()
            identity, tag = self.watched(socket)
            self.answer(socket, identity, tag, result=9, message="no room, says the broker")
        self.assertIn("no room, says the broker", self.err)

    def test_watch_is_said_again(self):
        """To a broker that does not answer, and to one that has answered: it may be another by now."""
        socket, lqctl = self.watch("-n", "1")
        with lqctl:
            self.there_is_a_session()
            for _ in range(2):
                identity, tag = self.watched(socket)
            for _ in range(2):
                self.answer(socket, identity, tag)
                identity, tag = self.watched(socket)
            socket.send_multipart([identity, self.notice(4, tag)])
        self.assertEqual([d["frame"] for d in self.documents()], [4])

    def test_worlds(self):
        socket, lqctl = self.watch("-n", "1", "--world")
        world = tick_pb2.World(next_body_id=2, body_id=[1], body_kind=b"\1", x=[1.5], y=[2.5],
                               angle=[0], vx=[0], vy=[0], spin=[0], radius=[0.5], thrust_x=[0],
                               thrust_y=[0])
        with lqctl:
            self.there_is_a_session()
            identity, tag = self.watched(socket, world=True)
            socket.send_multipart([identity, self.notice(4, tag), world.SerializeToString()])
        self.assertEqual(self.documents()[0]["world"]["bodies"][0]["x"], 1.5)

    def test_no_frame_is_99(self):
        _, lqctl = self.watch("-t", "250ms", code=99)
        with lqctl:
            self.there_is_a_session()
        self.assertIn("no frame", self.err)

    def test_no_broker_is_69(self):
        with self.lqctl("watch", "demo/s1", code=69):
            pass
        self.assertIn("no broker serves", self.err)

    def test_a_broker_that_is_gone_is_69(self):
        socket, lqctl = self.watch(code=69)
        with lqctl:
            self.there_is_a_session()
            identity, tag = self.watched(socket)
            socket.send_multipart([identity, self.notice(4, tag)])
            self.clients.socket.unbind(self.clients.socket.getsockopt_string(zmq.LAST_ENDPOINT))
        self.assertIn("is the cluster up?", self.err)


if __name__ == "__main__":
    unittest.main()
