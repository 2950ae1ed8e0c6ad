#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""One real actor process against a broker played by this test: registration, epochs, batches, death,
timeouts, retirement. LQ_BIN_DIR: where the programs are (default build/bin)."""

import signal
import struct
import unittest

from fake_broker import (
    DONE, FAILED, GOODBYE, PAUSED, READY, RESULT, RETURNED, ROOT, Broker, Cluster, actor_pb2, item,
    kill, run_tests, split_result, tick, tick_pb2, DISPATCH)


def custom(data):
    """A tick with one Custom command, for the score stage of examples/stage_in_c."""
    message = tick(1)
    message.commands.add(client=bytes(16), sequence=1, outcome=1,
                         body=tick_pb2.Command(kind=8, custom=data))
    return message


class Registration(unittest.TestCase):
    def test_ready_says_who_it_is(self):
        with Cluster() as cluster, Broker(cluster, epoch=7) as broker:
            actor = cluster.start("lq-physics", "physics-3")
            ready = broker.register()
            self.assertEqual((ready.epoch, ready.stage, ready.version), (7, "physics", 2))
            self.assertEqual((ready.instance, ready.pid), ("physics-3", actor.pid))
            self.assertEqual((ready.credit, ready.items_max, ready.bytes_max), (2, 256, 1 << 20))
            self.assertEqual((ready.suspect_epoch, ready.suspect_counter), (0, 0))
            self.assertEqual(list(ready.partitions), [])
            self.assertTrue(actor.is_ready())

    def test_not_ready_for_its_supervisor_before_the_broker_answers(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start("lq-physics")
            broker.receive(READY)
            actor.signal(signal.SIGTERM)
            self.assertEqual(actor.wait(), 0)
            self.assertFalse(actor.is_ready())

    def test_starts_before_the_broker(self):
        with Cluster() as cluster:
            actor = cluster.start("lq-physics")
            with Broker(cluster) as broker:
                broker.register()
                self.assertTrue(actor.is_ready())

    def test_a_new_broker_gets_a_new_ready(self):
        with Cluster() as cluster:
            cluster.start("lq-physics")
            with Broker(cluster, epoch=1) as broker:
                broker.register()
                self.assertEqual(broker.work("physics-1", [item(1, tick())])[0]["verdict"], DONE)
            with Broker(cluster, epoch=2) as broker:
                self.assertEqual(broker.register().epoch, 2)
                self.assertEqual(broker.work("physics-1", [item(1, tick())])[0]["verdict"], DONE)

    def test_an_epoch_that_changes_under_way(self):
        """A heartbeat of another epoch on the same connection; the old broker's batch is dropped."""
        with Cluster() as cluster, Broker(cluster, epoch=1) as broker:
            cluster.start("lq-physics")
            broker.register()
            for _ in range(2):
                broker.dispatch("physics-1", [item(n, tick(200)) for n in range(1, 201)])
            broker.epoch = 2
            identity = broker.identities["physics-1"]
            broker.send(identity, 5, actor_pb2.Heartbeat(epoch=2))
            self.assertEqual(broker.register().epoch, 2)
            batch = broker.dispatch("physics-1", [item(9, tick())])
            while True:
                _, result, _ = broker.receive(RESULT)
                if result.epoch == 2:
                    break
            self.assertEqual((result.batch, list(result.execution)), (batch, [9]))

    def test_a_message_of_another_epoch_is_dropped(self):
        with Cluster() as cluster, Broker(cluster, epoch=5) as broker:
            cluster.start("lq-physics")
            broker.register()
            broker.epoch = 4
            broker.dispatch("physics-1", [item(1, tick())])
            broker.epoch = 5
            answers = broker.work("physics-1", [item(2, tick())])
            self.assertEqual([answer["execution"] for answer in answers], [2])

    def test_registers_again_when_the_broker_forgot_it(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-physics")
            broker.register()
            broker.identities.clear()
            broker.register()
            self.assertEqual(broker.work("physics-1", [item(1, tick())])[0]["verdict"], DONE)


class Work(unittest.TestCase):
    def test_a_batch_comes_back_in_order(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-physics")
            broker.register()
            items = [item(n, tick(n), lease=n + 1) for n in range(1, 101)]
            answers = broker.work("physics-1", items)
            for n, answer in enumerate(answers, 1):
                self.assertEqual((answer["execution"], answer["lease"], answer["verdict"]),
                                 (n, n + 1, DONE))
                moved = tick_pb2.Tick.FromString(answer["payload"])
                self.assertEqual(len(moved.world.body_id), n)
                self.assertEqual([stage.name for stage in moved.stages], ["load", "physics"])
            self.assertNotEqual(moved.world.x[0], tick(1).world.x[0])

    def test_many_batches_within_the_credit(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-physics")
            broker.register()
            items = [item(n, tick(20)) for n in range(1, 257)]
            broker.dispatch("physics-1", items)
            for _ in range(30):
                broker.dispatch("physics-1", items)
                _, result, body = broker.receive(RESULT)
                self.assertEqual(len(split_result(result, body)), 256)
                self.assertTrue(result.last)

    def test_an_item_that_cannot_be_read_fails_alone(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-physics")
            broker.register()
            broken = tick()
            broken.world.x.append(1.0)
            answers = broker.work("physics-1", [
                item(1, tick()), item(2, broken), dict(item(3, tick()), session="other"),
                dict(item(4, tick()), kind=4), dict(item(5, tick()), payload=b"\xff" * 40),
                item(6, tick())])
            self.assertEqual([answer["verdict"] for answer in answers],
                             [DONE, FAILED, FAILED, FAILED, FAILED, DONE])
            self.assertEqual([answer["error"] for answer in answers[1:5]],
                             ["Payload.Malformed", "Payload.Mismatch", "Payload.Kind",
                              "Payload.Malformed"])
            self.assertIn("x", answers[1]["cause"])

    def test_a_malformed_dispatch_is_ignored(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-physics")
            broker.register()
            identity = broker.identities["physics-1"]
            good = actor_pb2.Dispatch(epoch=1, batch=1, execution=[1], lease=[1], kind=[1],
                                      flags=[0], payload_bytes=[4], tenant=["a"], session=["b"])
            broker.send(identity, DISPATCH, good, b"longer than said")
            broker.send(identity, DISPATCH, good, b"no")
            broker.send(identity, DISPATCH, good)
            broker.send(identity, DISPATCH, actor_pb2.Dispatch(epoch=1, batch=2))
            for parts in ([b""], [b"LQ"], [b"LQ\x03\x11"], [b"LQ\x02\x11", b"", b"third"],
                          [b"LQ\x02\x11" + b"\xff" * 100], [b"LQ\x02\x63"], [b"LQ\x02\x12"]):
                broker.socket.send_multipart([identity] + parts)
            self.assertEqual(broker.work("physics-1", [item(3, tick())])[0]["verdict"], DONE)

    def test_a_stage_names_its_failure(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-stage-score", "score-1")
            broker.register()
            good, bad = broker.work("score-1", [item(1, custom(b"+1")), item(2, custom(b"fail"))])
            self.assertEqual((good["verdict"], bad["verdict"]), (DONE, FAILED))
            self.assertEqual((bad["error"], bad["command"]), ("Score.Marked", 1))
            scored = tick_pb2.Tick.FromString(good["payload"])
            self.assertEqual(scored.commands[0].outcome, 2)
            self.assertEqual(struct.unpack("<Q", scored.world.tenant_bytes), (1,))


class Death(unittest.TestCase):
    def test_sigterm_says_goodbye(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start("lq-physics")
            broker.register()
            actor.signal(signal.SIGTERM)
            _, paused, _ = broker.receive(PAUSED)
            self.assertEqual((paused.paused, paused.retiring, paused.reason), (True, True, "retiring"))
            broker.receive(GOODBYE)
            self.assertEqual(actor.wait(), 0)

    def test_retiring_answers_what_it_has(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start("lq-physics")
            broker.register()
            items = [item(n, tick(200, steps=200)) for n in range(1, 6)]
            broker.dispatch("physics-1", items, timeout_ms=60000)
            cell = cluster.runtime / "progress" / "physics-1"
            while struct.unpack_from("<QQ", cell.read_bytes())[1] == 0:
                self.assertIsNone(actor.process.poll())
            actor.signal(signal.SIGTERM)
            broker.receive(PAUSED)
            _, result, _ = broker.receive(RESULT)
            self.assertEqual(list(result.verdict), [DONE] * 5)
            broker.receive(GOODBYE)
            self.assertEqual(actor.wait(), 0)

    def test_sigterm_without_a_broker(self):
        with Cluster() as cluster:
            with Broker(cluster) as broker:
                actor = cluster.start("lq-physics")
                broker.register()
            actor.signal(signal.SIGTERM)
            self.assertEqual(actor.wait(), 0)

    def test_a_crash_leaves_a_suspect(self):
        with Cluster() as cluster, Broker(cluster, epoch=3) as broker:
            actor = cluster.start("lq-stage-score", "score-1")
            broker.register()
            broker.dispatch("score-1", [item(1, custom(b"+1")), item(77, custom(b"crash")),
                                        item(3, custom(b"+1"))])
            self.assertEqual(actor.wait(), -signal.SIGABRT)
            cluster.start("lq-stage-score", "score-1")
            ready = broker.register()
            self.assertEqual((ready.suspect_epoch, ready.suspect_counter), (3, 77))
            self.assertEqual(broker.work("score-1", [item(4, custom(b"+1"))])[0]["verdict"], DONE)

    def test_a_kill_in_the_middle_leaves_a_suspect(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start("lq-stage-score", "score-1")
            broker.register()
            broker.dispatch("score-1", [item(41, custom(b"hang"))], timeout_ms=60000)
            cell = cluster.runtime / "progress" / "score-1"
            while struct.unpack_from("<QQ", cell.read_bytes()) != (1, 41):
                self.assertIsNone(actor.process.poll())
            kill(actor)
            cluster.start("lq-stage-score", "score-1")
            ready = broker.register()
            self.assertEqual((ready.suspect_epoch, ready.suspect_counter), (1, 41))

    def test_a_kill_while_idle_leaves_none(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start("lq-physics")
            broker.register()
            broker.work("physics-1", [item(5, tick())])
            kill(actor)
            cluster.start("lq-physics")
            ready = broker.register()
            self.assertEqual((ready.suspect_epoch, ready.suspect_counter), (0, 0))

    def test_an_item_over_its_time(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start("lq-stage-score", "score-1")
            broker.register()
            broker.dispatch("score-1", [item(1, custom(b"+1")), item(2, custom(b"hang")),
                                        item(3, custom(b"+1"))], timeout_ms=100)
            broker.dispatch("score-1", [item(4, custom(b"+1"))], timeout_ms=100)
            _, result, body = broker.receive(RESULT)
            answers = split_result(result, body)
            self.assertEqual([answer["verdict"] for answer in answers],
                             [RETURNED, FAILED, RETURNED])
            self.assertEqual(answers[1]["error"], "States.Timeout")
            self.assertTrue(result.last)
            _, result, _ = broker.receive(RESULT)
            self.assertEqual((list(result.execution), list(result.verdict)), ([4], [RETURNED]))
            self.assertEqual(actor.wait(), 70)
            cluster.start("lq-stage-score", "score-1")
            self.assertEqual(broker.register().suspect_counter, 0)


class Refusals(unittest.TestCase):
    def refused(self, cluster):
        actor = cluster.start("lq-physics")
        return actor.wait(), actor.log_text()

    def test_an_unknown_key(self):
        with Cluster("actor\n    credits = 2\n") as cluster:
            code, log = self.refused(cluster)
            self.assertEqual(code, 78)
            self.assertIn("ledgerquest.cfg:7: actor/credits: no such key", log)

    def test_an_open_runtime_folder(self):
        with Cluster() as cluster:
            cluster.runtime.chmod(0o755)
            code, log = self.refused(cluster)
            self.assertEqual(code, 78)
            self.assertIn("mode 0700, has 755", log)

    def test_no_runtime_folder(self):
        with Cluster() as cluster:
            actor_log = cluster.data / "x"
            actor_log.mkdir()
            cluster.config.write_text(f"cluster\n    runtime_dir = {cluster.data}/nowhere\n"
                                      f"    data_dir = {cluster.data}\n")
            code, log = self.refused(cluster)
            self.assertEqual(code, 78)
            self.assertIn("No such file or directory", log)

    def test_the_same_instance_twice(self):
        with Cluster() as cluster, Broker(cluster) as broker:
            cluster.start("lq-physics")
            broker.register()
            code, log = self.refused(cluster)
            self.assertEqual(code, 71)
            self.assertIn("this instance runs already", log)

    def test_no_ledger(self):
        """It waits 10 s for persist to make one."""
        with Cluster() as cluster:
            self.assertEqual(cluster.start("lq-load").wait(timeout_s=60), 71)


class PythonStage(unittest.TestCase):
    def test_the_example_in_python_does_the_same(self):
        program = str(ROOT / "examples" / "stage_in_python" / "score.py")
        with Cluster() as cluster, Broker(cluster) as broker:
            actor = cluster.start(["/usr/bin/python3", program], "score-1")
            ready = broker.register()
            self.assertEqual((ready.stage, ready.version, ready.pid), ("score", 2, actor.pid))
            self.assertTrue(actor.is_ready())
            good, bad = broker.work("score-1", [item(1, custom(b"+1")), item(2, custom(b"fail"))])
            scored = tick_pb2.Tick.FromString(good["payload"])
            self.assertEqual((good["verdict"], bad["verdict"]), (DONE, FAILED))
            self.assertEqual((bad["error"], bad["command"]), ("Score.Marked", 1))
            self.assertEqual(struct.unpack("<Q", scored.world.tenant_bytes), (1,))
            self.assertEqual([stage.name for stage in scored.stages], ["load", "score"])
            broker.epoch = 2
            broker.send(broker.identities["score-1"], 5, actor_pb2.Heartbeat(epoch=2))
            self.assertEqual(broker.register().epoch, 2)
            actor.signal(signal.SIGTERM)
            broker.receive(GOODBYE)
            self.assertEqual(actor.wait(), 0)


if __name__ == "__main__":
    run_tests("actor_runtime")
