#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""load, physics, ai, persist and whatever else is in the pipeline as real processes over a real ledger, with a broker played by this test
that carries one execution after the other. LQ_BIN_DIR: where the programs are (default build/bin)."""

import signal
import unittest

from cluster import STAGES
from fake_broker import (
    ADMIN, APPLIED, CLIENT, CONFLICT, CREATE_SESSION, CREATE_TENANT, DONE, DUPLICATE, ENDED,
    ERR_EXISTS, ERR_INVALID, ERR_NOT_FOUND, FAILED, OK, PAUSED, QUERY, READY, REFUSED, RESOLVE, RESOLVED,
    RETURNED, UNUSED, Broker, Cluster, actor_pb2, client_pb2, config, frame, kill, run_tests, split_result,
    tick, tick_pb2)

LIST_TENANTS, SHOW_TENANT, LIST_SESSIONS, SHOW_SESSION, SHOW_FEED, READ = 4, 5, 6, 7, 16, 32
JOIN, SPAWN, CUSTOM = 1, 3, 8


class Engine:
    """An actor of each stage and the executions that a broker would run."""

    def __init__(self, cluster, broker):
        self.cluster, self.broker, self.counter = cluster, broker, 0
        self.actors = {}
        for program in (f"lq-{stage}" for stage in ("persist", *STAGES[:-1])):
            self.actors[program] = cluster.start(program)
            ready = broker.register()
            assert self.actors[program].is_ready()
            if program == "lq-persist":
                self.writer_epoch = ready.writer_epoch
                self.partitions = list(ready.partitions)

    def next(self):
        self.counter += 1
        return self.counter

    def item(self, payload, tenant="acme", session="s1", **more):
        return dict({"execution": self.next(), "payload": payload, "tenant": tenant,
                     "session": session}, **more)

    def admin(self, kind, stage, execution_kind, tenant="acme", session="", **more):
        request = client_pb2.AdminRequest(epoch=1, tag=99, client=CLIENT, kind=kind, tenant=tenant,
                                          session=session, **more)
        answer, = self.broker.work(stage, [self.item(frame(ADMIN, request), tenant, session,
                                                     kind=execution_kind)])
        assert answer["verdict"] == DONE, answer
        assert answer["payload"][:4] == b"LQ\x02\x31"
        reply = client_pb2.AdminReply.FromString(answer["payload"][4:])
        assert reply.tag == 99
        return reply

    def create_tenant(self, tenant="acme"):
        return self.admin(2, "persist-1", CREATE_TENANT, tenant)

    def create_session(self, session="s1", **more):
        more.setdefault("config", config())
        return self.admin(3, "persist-1", CREATE_SESSION, "acme", session, **more)

    def query(self, kind, **more):
        return self.admin(kind, "load-1", QUERY, **more)

    def load(self, commands=(), steps=0, letters=None, session="s1"):
        """commands: (sequence, Command or bytes)."""
        bodies = [body if isinstance(body, bytes) else body.SerializeToString()
                  for _, body in commands]
        request = tick_pb2.TickRequest(
            steps=steps, wall_time_ns=5, pipeline_hash=bytes(32), clients=CLIENT * len(bodies),
            sequence=[sequence for sequence, _ in commands],
            letter_id=letters or [0] * len(bodies), command_bytes=[len(body) for body in bodies],
            command_bodies=b"".join(bodies))
        item = self.item(request.SerializeToString(), session=session)
        answer, = self.broker.work("load-1", [item])
        return item, answer

    def run(self, commands=(), steps=0, flags=0, letters=None):
        """One execution through all stages: the last answer."""
        item, answer = self.load(commands, steps, letters)
        for stage in (f"{stage}-1" for stage in STAGES[1:]):
            if answer["verdict"] != DONE:
                break
            item = dict(item, payload=answer["payload"], flags=flags)
            answer, = self.broker.work(stage, [item])
        return answer

    def resolve(self, executions, frame_number, kind=1, session="s1"):
        """executions: (epoch, counter)."""
        message = actor_pb2.Resolve(epoch=self.broker.epoch)
        for epoch, counter in executions:
            message.execution_epoch.append(epoch)
            message.execution.append(counter)
            message.frame.append(frame_number)
            message.kind.append(kind)
            message.tenant.append("acme")
            message.session.append(session)
            message.lease.append(1)
        self.broker.send(self.broker.identities["persist-1"], RESOLVE, message)
        _, result, body = self.broker.receive(RESOLVED)
        return split_result(result, body)


class StageTest(unittest.TestCase):
    def setUp(self):
        self.cluster = self.enterContext(Cluster())
        self.broker = self.enterContext(Broker(self.cluster))
        self.engine = Engine(self.cluster, self.broker)

    def create(self):
        self.assertEqual(self.engine.create_tenant().result, OK)
        self.assertEqual(self.engine.create_session().result, OK)


class Administration(StageTest):
    def test_create_list_show(self):
        engine = self.engine
        self.assertEqual((engine.writer_epoch, engine.partitions), (1, [0]))
        self.assertEqual(engine.create_session().result, ERR_NOT_FOUND)
        self.assertEqual(engine.create_tenant().tenants[0].name, "acme")
        self.assertEqual(engine.create_tenant().result, ERR_EXISTS)
        created = engine.create_session(config=config(rate=10), world=tick(20).world)
        self.assertEqual((created.result, created.sessions[0].body_count), (OK, 20))
        again = engine.create_session()
        self.assertEqual((again.result, again.sessions[0].config.rate_numerator), (ERR_EXISTS, 10))
        for name in ("abc", "b.c", "zz"):
            engine.create_session(name)
        self.assertEqual([t.name for t in engine.query(LIST_TENANTS).tenants], ["acme"])
        self.assertEqual(engine.query(SHOW_TENANT).tenants[0].name, "acme")
        self.assertEqual(engine.query(SHOW_TENANT, tenant="acm").result, ERR_NOT_FOUND)
        page = engine.query(LIST_SESSIONS, count_max=3)
        self.assertEqual([s.name for s in page.sessions], ["abc", "b.c", "s1"])
        self.assertTrue(page.more)
        page = engine.query(LIST_SESSIONS, count_max=3, after="s1")
        self.assertEqual(([s.name for s in page.sessions], page.more), (["zz"], False))
        shown = engine.query(SHOW_SESSION, session="s1").sessions[0]
        self.assertEqual(shown, created.sessions[0])
        self.assertEqual((shown.frame, shown.record_count, len(shown.hash)), (0, 1, 32))
        self.assertEqual(engine.query(SHOW_SESSION, session="no").result, ERR_NOT_FOUND)

    def test_refusals_name_the_field(self):
        engine = self.engine
        engine.create_tenant()
        for more, field in (({"config": config(rate=1000000)}, "config: "),
                            ({"config": tick_pb2.SessionConfig()}, "config: ")):
            reply = engine.create_session("new", **more)
            self.assertEqual(reply.result, ERR_INVALID, reply)
            self.assertIn(field, reply.message)
        self.assertEqual(engine.query(SHOW_SESSION, session="new").result, ERR_NOT_FOUND)
        self.assertEqual(engine.query(LIST_SESSIONS, tenant="nobody").result, ERR_NOT_FOUND)


class Ticks(StageTest):
    def test_commands_become_frames(self):
        self.create()
        joined = self.engine.run([(1, tick_pb2.Command(kind=JOIN, x=5, y=5, radius=1))], flags=1)
        self.assertEqual((joined["verdict"], joined["frame"], joined["outcomes"]),
                         (DONE, 1, [APPLIED]))
        world = tick_pb2.World.FromString(joined["payload"])
        self.assertEqual(world.player_client, CLIENT)
        mixed = self.engine.run([
            (1, tick_pb2.Command(kind=JOIN, x=5, y=5, radius=1)),
            (2, tick_pb2.Command(kind=SPAWN, x=-5, y=5, radius=1)),
            (3, tick_pb2.Command(kind=CUSTOM, custom=b"nobody takes it")),
            (4, b"\xff\xff"),
            (500, tick_pb2.Command(kind=SPAWN, x=9, y=9, radius=1)),
            (5, tick_pb2.Command(kind=SPAWN, x=9, y=9, radius=1))])
        self.assertEqual(mixed["outcomes"],
                         [DUPLICATE, REFUSED, REFUSED, REFUSED, UNUSED, APPLIED])
        self.assertEqual((mixed["frame"], mixed["payload"]), (2, b""))
        self.assertEqual(mixed["reasons"][0].frame, 1)
        self.assertIn("x", mixed["reasons"][1].reason)
        self.assertIn("Custom", mixed["reasons"][2].reason)
        self.assertIn("unreadable", mixed["reasons"][3].reason)
        self.assertEqual(mixed["reasons"][4].reason, "SEQUENCE_TOO_FAR")
        shown = self.engine.query(SHOW_SESSION, session="s1").sessions[0]
        self.assertEqual((shown.frame, shown.body_count, shown.step_count), (2, 2, 2))
        self.assertEqual(shown.hash, mixed["hash"])

    def test_nothing_to_execute_ends_at_load(self):
        self.create()
        join = (1, tick_pb2.Command(kind=JOIN, x=5, y=5, radius=1))
        self.engine.run([join])
        ended = self.engine.run([join])
        self.assertEqual((ended["verdict"], ended["outcomes"]), (ENDED, [DUPLICATE]))
        self.assertEqual(ended["reasons"][0].frame, 1)
        _, unknown = self.engine.load(session="nowhere", steps=1)
        self.assertEqual((unknown["verdict"], unknown["error"]), (ENDED, "Session.Unknown"))

    def test_the_same_execution_twice_is_one_frame(self):
        self.create()
        item, loaded = self.engine.load(steps=1)
        item = dict(item, payload=loaded["payload"])
        first, = self.broker.work("persist-1", [item])
        second, = self.broker.work("persist-1", [item])
        self.assertEqual((first["verdict"], second["verdict"]), (DONE, DONE))
        self.assertEqual(first["hash"], second["hash"])
        other, = self.broker.work("persist-1", [dict(item, execution=self.engine.next())])
        self.assertEqual(other["verdict"], CONFLICT)

    def test_a_batch_with_everything_in_it(self):
        """Worlds and replies of one batch come back with their own items."""
        self.create()
        self.engine.create_session("s2")
        _, one = self.engine.load(steps=1)
        _, two = self.engine.load(steps=1, session="s2")
        request = client_pb2.AdminRequest(kind=3, tag=5, tenant="acme", session="s3",
                                          client=CLIENT, config=config())
        item = self.engine.item
        answers = self.broker.work("persist-1", [
            item(one["payload"], flags=1), item(frame(ADMIN, request), session="s3",
                                                kind=CREATE_SESSION),
            item(one["payload"], flags=1), item(two["payload"], session="s2", flags=1),
            item(b"\xff", session="s2"), item(two["payload"], session="s1")])
        self.assertEqual([answer["verdict"] for answer in answers],
                         [DONE, DONE, CONFLICT, DONE, FAILED, FAILED])
        for index in (0, 3):
            self.assertEqual(tick_pb2.World.FromString(answers[index]["payload"]).next_body_id, 1)
        reply = client_pb2.AdminReply.FromString(answers[1]["payload"][4:])
        self.assertEqual((reply.tag, reply.sessions[0].name), (5, "s3"))
        self.assertEqual(answers[2]["payload"], b"")

    def test_a_redriven_command_is_decided_once(self):
        self.create()
        join = (1, tick_pb2.Command(kind=JOIN, x=5, y=5, radius=1))
        self.assertEqual(self.engine.run([join], letters=[17])["outcomes"], [APPLIED])
        again = self.engine.run([(2, join[1])], letters=[17])
        self.assertEqual((again["verdict"], again["outcomes"]), (ENDED, [DUPLICATE]))

    def test_ten_thousand_bytes_of_reasons(self):
        """More reasons than one header holds: several messages, one batch."""
        self.create()
        self.engine.run([(100, tick_pb2.Command(kind=JOIN, x=5, y=5, radius=1))])
        bad = [(n, tick_pb2.Command(kind=SPAWN, x=-5, y=5, radius=1)) for n in range(1, 65)]
        items = []
        for n in range(60):
            self.engine.create_session(f"many{n}")
            _, answer = self.engine.load(bad, session=f"many{n}")
            items.append(self.engine.item(answer["payload"], session=f"many{n}"))
        answers = self.broker.work("persist-1", items)
        self.assertEqual([answer["verdict"] for answer in answers], [DONE] * 60)
        for answer in answers:
            self.assertEqual(answer["outcomes"], [REFUSED] * 64)
            self.assertEqual(len(answer["reasons"]), 64)


class Doubt(StageTest):
    def test_resolve(self):
        self.create()
        commands = [(1, tick_pb2.Command(kind=JOIN, x=5, y=5, radius=1)),
                    (2, tick_pb2.Command(kind=SPAWN, x=-5, y=5, radius=1))]
        done = self.engine.run(commands)
        yes, no = self.engine.resolve([(1, done["execution"]), (1, 12345)], 1)
        self.assertEqual((yes["verdict"], yes["frame"], yes["hash"]), (DONE, 1, done["hash"]))
        self.assertEqual(yes["outcomes"], [APPLIED, REFUSED])
        self.assertIn("x", yes["reasons"][1].reason)
        self.assertEqual((no["verdict"], no["outcomes"]), (RETURNED, []))
        self.assertEqual(self.engine.resolve([(2, done["execution"])], 1)[0]["verdict"], RETURNED)

    def test_resolve_after_a_new_writer(self):
        self.create()
        item, loaded = self.engine.load(steps=1)
        kill(self.engine.actors["lq-persist"])
        self.cluster.start("lq-persist")
        ready = self.broker.register()
        self.assertEqual((ready.writer_epoch, ready.suspect_counter), (2, 0))
        self.assertEqual(self.engine.resolve([(1, item["execution"])], 1)[0]["verdict"], RETURNED)
        item = dict(item, payload=loaded["payload"])
        self.assertEqual(self.broker.work("persist-1", [item])[0]["verdict"], DONE)
        self.assertEqual(self.engine.resolve([(1, item["execution"])], 1)[0]["verdict"], DONE)

    def test_a_dispatch_before_the_resolve_counts(self):
        """In one connection's order: the batch is committed when the RESOLVE looks."""
        self.create()
        item, loaded = self.engine.load(steps=1)
        self.broker.dispatch("persist-1", [dict(item, payload=loaded["payload"])])
        self.assertEqual(self.engine.resolve([(1, item["execution"])], 1)[0]["verdict"], DONE)

    def test_a_second_writer_is_refused(self):
        second = self.cluster.start("lq-persist", "persist-2")
        self.assertEqual(second.wait(), 71)
        with self.assertRaises(TimeoutError):
            self.broker.receive(READY, timeout_s=0)

    def test_persist_retires(self):
        self.create()
        self.engine.actors["lq-persist"].signal(signal.SIGTERM)
        self.assertEqual(self.engine.actors["lq-persist"].wait(), 0)
        self.cluster.start("lq-persist")
        self.broker.register()
        self.assertEqual(self.engine.run(steps=1)["verdict"], DONE)


class Subscriptions(StageTest):
    def commit(self, subscribed=None):
        """A frame in which a kept event happened between two passing ones: what a reader has of it, and entries it cost."""
        before = self.engine.query(SHOW_FEED).feed
        item, loaded = self.engine.load(steps=1)
        moved = tick_pb2.Tick.FromString(loaded["payload"])
        moved.events.add(type="Collision", body_id=1, other_id=2, x=1.5, y=2.5, impulse=4.5, passing=True, client=bytes(16))
        moved.events.add(type="Goal", body_id=3, client=bytes(16))
        moved.events.add(type="CollisionsDropped", count=300, passing=True, client=bytes(16))
        more = {} if subscribed is None else {"events": subscribed}
        answer, = self.broker.work("persist-1", [dict(item, payload=moved.SerializeToString(), **more)])
        self.assertEqual(answer["verdict"], DONE)
        read = client_pb2.ReadRange(head=True, without_worlds=True)
        frame_read, = self.engine.query(READ, session="s1", read=read).frames
        self.assertTrue(frame_read.events_known)
        entries = self.engine.query(SHOW_FEED).feed.outbox_count - before.outbox_count
        return frame_read.events, entries

    def test_what_is_kept_of_a_frame(self):
        self.create()
        for subscribed, kept in ((None, ["Goal"]), ("", ["Goal"]), ("!*", ["Goal"]), ("letter.*", ["Goal"]),
                                 ("tick.Collision", ["Collision", "Goal"]), ("tick.*", ["Collision", "Goal", "CollisionsDropped"]),
                                 ("*,!tick.Goal", ["Collision", "Goal", "CollisionsDropped"])):
            with self.subTest(subscribed=subscribed):
                events, entries = self.commit(subscribed)
                self.assertEqual([event.type for event in events], kept)
                self.assertEqual(entries, len(kept))
        collision = self.commit("tick.Collision")[0][0]
        self.assertEqual((collision.body_id, collision.other_id, collision.x, collision.y, collision.impulse, collision.passing),
                         (1, 2, 1.5, 2.5, 4.5, True))

    def test_records_do_not_depend_on_it(self):
        """The same execution, whatever its tenant subscribes to: found again, with the same hash."""
        self.create()
        item, loaded = self.engine.load(steps=1)
        item = dict(item, payload=loaded["payload"])
        first, = self.broker.work("persist-1", [dict(item, events="tick.Collision")])
        again, = self.broker.work("persist-1", [dict(item, events="!*")])
        self.assertEqual((first["verdict"], first["hash"]), (again["verdict"], again["hash"]))

    def test_a_list_that_is_none_is_no_dispatch(self):
        """Such a message is none of ours: it is dropped, and the next one is worked on."""
        self.create()
        item, loaded = self.engine.load(steps=1)
        item = dict(item, payload=loaded["payload"])
        self.broker.dispatch("persist-1", [dict(item, events="no such thing")])
        self.assertEqual(self.broker.work("persist-1", [item])[0]["verdict"], DONE)


class FullMap(unittest.TestCase):
    def test_a_full_map_pauses_and_ends_when_it_is_raised(self):
        with Cluster(map_size="2M\n    map_bytes_max = 2M\n    keyframe_every = 1\n    frames_hours = 0") as cluster, Broker(cluster) as broker:
            engine = Engine(cluster, broker)
            engine.create_tenant()
            engine.create_session(world=tick(600).world)
            while True:
                item, loaded = engine.load(steps=1)
                self.assertEqual(loaded["verdict"], DONE)
                item = dict(item, payload=loaded["payload"])
                answer, = broker.work("persist-1", [item])
                if answer["verdict"] != DONE:
                    break
            self.assertEqual(answer["verdict"], RETURNED)
            _, paused, _ = broker.receive(PAUSED)
            self.assertTrue(paused.paused)
            self.assertIn("map full", paused.reason)
            self.assertEqual(engine.resolve([(1, item["execution"])], loaded["frame"])[0]["verdict"],
                             RETURNED)
            cluster.write_config("64M")
            engine.actors["lq-persist"].signal(signal.SIGTERM)
            self.assertEqual(engine.actors["lq-persist"].wait(), 0)
            cluster.start("lq-persist")
            broker.register()
            self.assertEqual(broker.work("persist-1", [item])[0]["verdict"], DONE)
            self.assertEqual(engine.run(steps=1)["frame"], loaded["frame"] + 1)


if __name__ == "__main__":
    run_tests("actor_stages")
