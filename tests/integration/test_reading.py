#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""READ and WINDOW, frames for players without a gap, attended sessions, who asks and why, peers of another version."""

import json
import secrets
import time

import zmq

from cluster import WAIT_S, Cluster, check, run_tests
from wire_client import Watcher, WireClient, header, join, thrust, client_pb2, tick_pb2

ADMIN, WATCH, FRAME, WELCOME, ADMIN_REPLY, WATCHING = 34, 35, 50, 16, 49, 51
READ, WINDOW, FIND_COMMAND = 32, 33, 34


class Reader:
    """Asks by ADMIN requests over a socket of its own."""

    def __init__(self, cluster):
        self.context = zmq.Context()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.connect(f"ipc://{cluster.run}/runtime/clients.sock")
        self.client, self.tag = secrets.token_bytes(16), 0
        self.epoch = 0

    def ask(self, **fields):
        """(reply, body)"""
        self.tag += 1
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            request = client_pb2.AdminRequest(epoch=self.epoch, tag=self.tag, client=self.client, **fields)
            self.socket.send(header(ADMIN, request))
            if not self.socket.poll(2000):
                continue
            head, *body = self.socket.recv_multipart()
            if head[3] == WELCOME:
                self.epoch = int.from_bytes(head[5:13], "little")
                continue
            reply = client_pb2.AdminReply.FromString(head[4:])
            if reply.tag == self.tag:
                return reply, body[0] if body else b""
        raise AssertionError("no answer")

    def read(self, tenant, session, **wanted):
        return self.ask(kind=READ, tenant=tenant, session=session, read=client_pb2.ReadRange(**wanted))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.context.term()


class Player(Watcher):
    """Watches one session for play."""

    def say(self, tag, stop=False):
        tenant, session, *_ = self.watched[tag]
        message = client_pb2.WatchRequest(tag=tag, tenant=tenant, session=session, play=True, stop=stop)
        try:
            self.socket.send(header(WATCH, message), zmq.DONTWAIT)
            return True
        except zmq.Again:
            return False

    def hear(self, timeout_s):
        """What came in that time: WATCHING and FRAME messages in their order, with the bodies of frames."""
        heard, deadline = [], time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            self.keep_alive()
            if self.socket.poll(20):
                head, *body = self.socket.recv_multipart()
                kind = {FRAME: client_pb2.FrameNotice, WATCHING: client_pb2.Watching}[head[3]]
                heard.append((kind.FromString(head[4:]), body[0] if body else b""))
        return heard


def worlds_of(reply, body):
    at = 0
    for frame in reply.frames:
        yield frame, tick_pb2.World.FromString(body[at:at + frame.world_bytes])
        at += frame.world_bytes
    check(at == len(body), f"{len(body)} bytes of worlds, {at} were told")


def frames_are_read():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client, Reader(cluster) as reader:
            receipts = [client.ask("s1", join())] + [client.ask("s1", thrust(1.0, 0.0)) for _ in range(99)]
            reply, body = reader.read("acme", "s1", head=True)
            (frame, world), = worlds_of(reply, body)
            check(reply.result == 0 and frame.frame == receipts[-1].frame, f"{reply}")
            check(frame.hash.hex() == receipts[-1].hash and len(world.body_id) == 1, f"{reply}")
            command, = frame.commands
            check((command.client, command.sequence, command.outcome) == (client.client, 100, 2), f"{command}")
            check(tick_pb2.Command.FromString(command.body).kind == command.kind == 5, f"{command}")
            seen, answers, at = [], 0, 1
            while True:
                reply, body = reader.read("acme", "s1", **{"from": at})
                seen += [(frame.frame, frame.hash.hex()) for frame, _ in worlds_of(reply, body)]
                answers += 1
                check(reply.result == 0 and reply.frames and len(body) <= 256 * 1024, f"{reply.result} {reply.message}")
                if not reply.more:
                    break
                at = reply.next_frame
                check(at == seen[-1][0] + 1, f"next {at} behind {seen[-1][0]}")
            check(seen == [(receipt.frame, receipt.hash) for receipt in receipts], "the frames are not those of the receipts")
            first, _ = reader.read("acme", "s1", **{"from": 1, "count": 2})
            check([frame.frame for frame in first.frames] == [1, 2] or first.more, f"{first}")
            check(first.frames[0].events_known and first.frames[0].events[0].type == "PlayerJoined", f"{first.frames[0]}")
            check((first.oldest_frame, first.newest_frame) == (0, 100) and first.frames[0].record_bytes > 224, f"{first}")
            bare, body = reader.read("acme", "s1", **{"from": 1, "count": 64, "without_worlds": True})
            check(body == b"" and not any(frame.world_bytes for frame in bare.frames), f"{bare.frames[0]}")
            check(bare.frames[0].commands == first.frames[0].commands and bare.newest_frame == 100, f"{bare.frames[0]}")
            sightings_are_told(reader, client)
            for name, wanted, result in (("s1", {"from": 5000}, 5), ("s9", {"head": True}, 5)):
                reply, _ = reader.read("acme", name, **wanted)
                check(reply.result == result and reply.message, f"{name} {wanted}: {reply}")
            window = reader.ask(kind=WINDOW, tenant="acme", session="s1", player=client.client[:8])[0].window
            check((window.known, window.client, window.highest) == (True, client.client, 100), f"{window}")
            other = reader.ask(kind=WINDOW, tenant="acme", session="s1", player=bytes(8))[0].window
            check(not other.known and other.count == 1 and other.lowest_incarnation == 0, f"{other}")
        document = cluster.lqctl("session", "state", "acme/s1", "--frame", "1")
        check(document["frame"] == 1 and len(document["world"]["players"]) == 1 and
              document["commands"][0]["outcome"] == "applied", f"{document}")
        return f"100 frames in {answers} answers"


def sightings_are_told(reader, client):
    """Of an answered command, of one that never was; and what is no question."""
    for sequence in (1, 100, 101):
        name = client_pb2.CommandName(client=client.client, sequence=sequence)
        reply, _ = reader.ask(kind=FIND_COMMAND, tenant="acme", session="s1", command=name)
        check(reply.result == 0 and reply.HasField("sighting") and reply.sighting.place == 0, f"{reply}")
    for wanted in ({"session": "s1"}, {"session": "a b", "command": name}, {"command": name}):
        reply, _ = reader.ask(kind=FIND_COMMAND, tenant="acme", **wanted)
        check(reply.result == 1 and reply.message and not reply.HasField("sighting"), f"{wanted}: {reply}")


def no_frame_between_marker_and_head_is_lost():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"], "--rate", "200")
        rounds, incomplete = 12, 0
        with Reader(cluster) as reader:
            for _ in range(rounds):
                with Player(cluster, ("acme", "s1")) as player:
                    heard = []
                    while not any(isinstance(one, client_pb2.Watching) for one, _ in heard):
                        heard += player.hear(0.02)
                    check(heard[0][0].began and heard[0][0].result == 0, f"the first is no marker: {heard[0]}")
                    head = reader.read("acme", "s1", head=True)[0].frames[0].frame
                    deadline = time.monotonic() + WAIT_S
                    while len(heard) < 12 and time.monotonic() < deadline:
                        heard += player.hear(0.1)
                notices = [(one, body) for one, body in heard if isinstance(one, client_pb2.FrameNotice)]
                numbers = [one.frame for one, _ in notices]
                check(numbers and numbers == list(range(numbers[0], numbers[-1] + 1)), f"notices {numbers} of {len(heard)} messages, head {head}")
                check(numbers[0] <= head + 1, f"READ saw {head}, and the first notice was of {numbers[0]}")
                for one, body in notices:
                    incomplete += not body
                    if body:
                        play = client_pb2.Play.FromString(body[one.world_bytes:])
                        check(play.frame == one.frame and one.world_bytes > 0, f"{play} of {one}")
        return f"{rounds} watches at 200 ticks/s; {incomplete} frames were under way and told by their number"


def players_hear_what_became_of_commands():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client, Player(cluster, ("acme", "s1")) as player:
            check(any(getattr(one, "began", False) for one, _ in player.hear(0.5)), "no marker")
            receipt = client.ask("s1", join())
            (notice, body), = [(one, body) for one, body in player.hear(1) if isinstance(one, client_pb2.FrameNotice)]
            play = client_pb2.Play.FromString(body[notice.world_bytes:])
            world = tick_pb2.World.FromString(body[:notice.world_bytes])
            check(notice.frame == receipt.frame and notice.hash.hex() == receipt.hash, f"{notice}")
            check((play.clients, list(play.sequence), list(play.outcome)) == (client.client, [1], [2]), f"{play}")
            check([event.type for event in play.events] == ["PlayerJoined"] and len(world.body_id) == 1, f"{play}")
            return "a command, its event and the world"


def attended_sessions_rest():
    def frame_of(name):
        return cluster.session(f"acme/{name}")

    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"], "--rate", "20", "--attended")
        check(frame_of("s1")["config"]["attended"], "session show does not say that it is attended")
        time.sleep(1)
        check(frame_of("s1")["frame"] == 0, "it ticks though nobody attends")
        check(cluster.status()["sessions_resting"] == 1, "the status does not say that it rests")
        with WireClient(cluster, "acme") as client:
            check(client.ask("s1", join()).frame == 1, "a command opens no tick")
        with Player(cluster, ("acme", "s1")) as player:
            frames = [one for one, _ in player.hear(2) if isinstance(one, client_pb2.FrameNotice)]
            check(len(frames) > 10 and frames[-1].steps == 1, f"{len(frames)} frames in 2 s at 20 ticks/s")
            player.say(0, stop=True)
        stopped = frame_of("s1")["frame"]
        deadline = time.monotonic() + 30
        while cluster.status()["sessions_resting"] == 0:
            check(time.monotonic() < deadline, "it does not rest again")
            time.sleep(0.5)
        shown = frame_of("s1")
        time.sleep(1)
        check(frame_of("s1")["frame"] == shown["frame"] > stopped, f"{shown['frame']} frames, {stopped} when stopped")
        cluster.kill("broker")
        cluster.wait_serving()
        time.sleep(1)
        check(frame_of("s1")["frame"] == shown["frame"], "a new broker has forgotten that it is attended")
        check(cluster.status()["sessions_resting"] == 1, "it does not rest with a new broker")
        return f"rests at frame {shown['frame']}, {shown['missed']} points missed"


def actors_count_what_they_do():
    with Cluster() as cluster:
        cluster.create_sessions("acme", ["s1"])
        with WireClient(cluster, "acme") as client:
            client.ask("s1", join())
            for _ in range(9):
                client.ask("s1", thrust(1.0, 0.0))
        deadline = time.monotonic() + WAIT_S
        while True:
            actors = cluster.status()["actors"]
            persist = next(actor["counts"] for actor in actors if actor["stage"] == "persist")
            loads = [actor["counts"] for actor in actors if actor["stage"] == "load"]
            all_told = persist["records"] >= 11 and sum(counts["done"] for counts in loads) >= 10
            if all_told or time.monotonic() > deadline:
                break
            time.sleep(0.3)
        check(persist["records"] == 11 and 0 < persist["commits"] <= 11 and persist["end_us"] > 0, f"{persist}")
        check(persist["done"] == 12 and persist["failed"] == 0 and persist["bytes_in"] > 0, f"{persist}")
        check(sum(counts["done"] for counts in loads) >= 10 and all(counts["commits"] == 0 for counts in loads), f"{loads}")
        return f"persist: {persist}"


def another_version_hears_why():
    with Cluster() as cluster:
        context = zmq.Context()
        heard = []
        for name in ("actors", "clients"):
            socket = context.socket(zmq.DEALER)
            socket.setsockopt(zmq.LINGER, 0)
            socket.connect(f"ipc://{cluster.run}/runtime/{name}.sock")
            socket.send(b"LQ\x01\x05")
            for version in (1, 2):
                check(socket.poll(WAIT_S * 1000), "no answer")
                part, = socket.recv_multipart()
                check(part[:4] == bytes([76, 81, version, WELCOME]) and b"wire version 1 " in part, f"{part}")
                heard.append(part)
            socket.close()
        context.term()
        return f"{len(heard)} answers"


if __name__ == "__main__":
    run_tests("reading", [frames_are_read, no_frame_between_marker_and_head_is_lost,
                          players_hear_what_became_of_commands, attended_sessions_rest, actors_count_what_they_do,
                          another_version_hears_why])
