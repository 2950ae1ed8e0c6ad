#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Players at lq-gateway, end to end: welcome, join, receipt and state; a cut, settled; a reload; another connection of
the same player; who stays away leaves; gateways and brokers that are killed; what a gateway does not start with."""

import json
import pathlib
import subprocess
import tempfile
import threading
import time

from gateway_cluster import GatewayCluster, free_port, player_world, same_world
from cluster import BIN, WAIT_S, check, run_tests, wait_until

from gateway_player import GatewayPlayer, turn, turn_until
from websocket_client import WebSocket


def ready(players, what="a join"):
    check(turn_until(players, lambda: all(player.is_joined for player in players), WAIT_S),
          f"{what} was not answered: {[player.closes + player.errors for player in players]}")


def settled(players, records):
    check(turn_until(players, lambda: all(record.outcome for record in records), WAIT_S),
          f"not settled: {[(record.message, record.outcome) for record in records if not record.outcome][:3]}")


def welcome_join_receipt_state():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        player = cluster.player("ada", "arena")
        ready([player])
        welcome = player.welcome
        check(len(welcome["player"]) == 16 and len(welcome["incarnation"]) == 16 and welcome["resume"], f"{welcome}")
        check("previous" not in welcome, f"{welcome}")
        thrust = player.command("SetThrust", vx=1.5, vy=-0.25)
        settled([player], [thrust])
        check(thrust.outcome == "applied" and thrust.receipt["frame"] > 0, f"{thrust.receipt}")
        body = turn_until([player], lambda: player.world.body_of(welcome["player"]), WAIT_S)
        check(body, f"no body of the player: {player.world.players}")
        check(turn_until([player], lambda: player.world.frame >= thrust.receipt["frame"], WAIT_S), "no state of it")
        own = player.world.bodies[player.world.body_of(welcome["player"])]
        check((own["thrust_x"], own["thrust_y"]) == (1.5, -0.25), f"{own}")
        check(player.world.players["attached"] == [True], f"{player.world.players}")
        check(any(event["type"] == "PlayerJoined" and event["player"] == welcome["player"]
                  for _, events in player.events for event in events), f"{player.events}")
        before, begun = player.states, time.monotonic()
        turn_until([player], lambda: time.monotonic() - begun > 2, WAIT_S)
        rate = (player.states - before) / (time.monotonic() - begun)
        check(rate <= 21.5, f"{rate:.1f} states a second")
        return f"receipt of frame {thrust.receipt['frame']}, {rate:.1f} states a second"


def world_is_the_ledgers():
    """Column by column: what clients hold, of different views and paces, is what the session's state is."""
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        players = [cluster.player(f"p{at}", "arena", states_per_s=rate) for at, rate in enumerate((1, 7, 20, 60))]
        ready(players)
        for player in players:
            player.command("SetThrust", vx=2.0, vy=1.0)
        begun = time.monotonic()
        turn_until(players, lambda: time.monotonic() - begun > 3, WAIT_S)
        frame = cluster.stop_session("arena")
        check(turn_until(players, lambda: all(player.world.frame == frame for player in players), WAIT_S),
              f"frame {frame} is not what they hold: {[player.world.frame for player in players]}")
        world = player_world(cluster, "arena", frame)
        for player in players:
            same_world(player.world, world)
        return f"{len(world['bodies'])} bodies at frame {frame}, {[player.states for player in players]} states"


def cut_and_resumed():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        player = cluster.player("ada", "arena")
        ready([player])
        turn_until([player], lambda: player.world.body_of(player.welcome["player"]), WAIT_S)
        body, first = player.world.body_of(player.welcome["player"]), player.welcome["incarnation"]
        records = []
        for round_ in range(10):
            records += [player.command("ApplyImpulse", vx=0.1, vy=0.0) for _ in range(3)]
            if round_ % 2 == 0:
                turn([player], 0.01)
            player.cut()
            check(turn_until([player], lambda: player.welcomed and not player.pending(), WAIT_S), "not settled")
        settled([player], records)
        outcomes = [record.outcome for record in records]
        check(set(outcomes) <= {"applied", "duplicate"}, f"{outcomes}")
        check(player.world.body_of(player.welcome["player"]) == body, "another body")
        check(player.welcome["incarnation"] > first, "the incarnation has not grown")
        cluster.judge_commands("arena", records)
        return f"{len(records)} commands over {player.connects} connections: {outcomes.count('duplicate')} duplicates"


def reloaded_keeps_its_body():
    """A page that forgets all but its resume token comes back as the same player."""
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        player = cluster.player("ada", "arena")
        ready([player])
        turn_until([player], lambda: player.world.body_of(player.welcome["player"]), WAIT_S)
        body = player.world.body_of(player.welcome["player"])
        for _ in range(5):
            token = player.resume
            player.leave_for_good()
            player = GatewayPlayer(cluster.port, "no token at all", "arena")
            player.resume = token
            ready([player], "a join after a reload")
            turn_until([player], lambda player=player: player.world.frame is not None, WAIT_S)
        check(player.world.body_of(player.welcome["player"]) == body, "another body")
        check(len(player.world.players["player"]) == 1, f"{player.world.players}")
        return "5 reloads, the same body"


def second_connection_supersedes():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        first, second = cluster.player("ada", "arena"), cluster.player("ada", "arena")
        ready([first])
        check(turn_until([first, second], lambda: second.is_joined and first.is_over, WAIT_S),
              f"{first.closes} {second.closes}")
        check(first.closes[-1][0] == 4509, f"{first.closes}")
        turn_until([second], lambda: second.world.frame is not None, WAIT_S)
        check(len(second.world.players["player"]) == 1, f"{second.world.players}")
        return f"{first.closes[-1]}"


def who_stays_away_leaves():
    with GatewayCluster(grace_ms=1000) as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        stays, goes, returns = (cluster.player(name, "arena") for name in ("stays", "goes", "returns"))
        ready([stays, goes, returns])
        gone_at = time.monotonic()
        goes.cut()
        goes.is_over = True
        returns.cut()
        returns.connect_at = time.monotonic() + 0.5
        attached = dict

        def presence():
            return attached(zip(stays.world.players.get("player", ()), stays.world.players.get("attached", ())))
        check(turn_until([stays, returns], lambda: presence().get(goes.welcome["player"]) is False, WAIT_S),
              f"still attached: {presence()}")
        check(turn_until([stays, returns], lambda: goes.welcome["player"] not in presence(), WAIT_S),
              f"did not leave: {presence()}")
        took = time.monotonic() - gone_at
        check(took >= 0.9, f"left after {took:.2f} s")
        begun = time.monotonic()
        turn_until([stays, returns], lambda: time.monotonic() - begun > 2, WAIT_S)
        check(returns.welcome["player"] in presence() and presence()[returns.welcome["player"]], f"{presence()}")
        check(len(stays.world.bodies) == 2, f"{len(stays.world.bodies)} bodies")
        return f"left after {took:.1f} s, who came back stayed"


def killed_gateway_is_taken_over():
    """Its players come back to the next process; who does not leaves all the same."""
    with GatewayCluster(grace_ms=1500) as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        stays, goes = cluster.player("stays", "arena"), cluster.player("goes", "arena")
        ready([stays, goes])
        records = [stays.command("ApplyImpulse", vx=0.1, vy=0.0) for _ in range(20)]
        turn([stays, goes], 0.02)
        cluster.kill_gateway("gateway-1")
        goes.is_over = True
        settled([stays], records)
        check(turn_until([stays], lambda: stays.world.players.get("player") == [stays.welcome["player"]], WAIT_S),
              f"{stays.world.players}")
        cluster.judge_commands("arena", records)
        check(cluster.log_has("took over"), "nothing was taken over")
        return f"{[record.outcome for record in records].count('duplicate')} duplicates of {len(records)}"


def killed_broker_is_survived():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        player = cluster.player("ada", "arena")
        ready([player])
        records = []
        for _ in range(3):
            records += [player.command("ApplyImpulse", vx=0.1, vy=0.0) for _ in range(10)]
            turn([player], 0.01)
            cluster.kill("broker")
            settled([player], records)
        check(all(record.outcome in ("applied", "duplicate") for record in records),
              f"{[(record.outcome, record.receipt) for record in records if record.outcome not in ('applied',)][:3]}")
        frame = records[-1].receipt["frame"]
        check(turn_until([player], lambda: player.world.frame > frame, WAIT_S), "no states after the broker's death")
        frames = [number for number, _ in player.events]
        check(frames == sorted(set(frames)), f"events out of order: {frames}")
        cluster.judge_commands("arena", records)
        return f"{len(records)} commands, {player.connects} connection, {len(player.gaps)} gaps"


def stopped_gateway_says_so():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        player = cluster.player("ada", "arena")
        ready([player])
        cluster.ledgerquest("restart", "gateway-1")
        check(turn_until([player], lambda: player.closes and player.welcomed, WAIT_S), f"{player.closes}")
        check(player.closes[0][0] == 4000, f"{player.closes}")
        return f"{player.closes[0]}"


class Leaver(GatewayPlayer):
    """Once it was told that its gateway stops, it does not come back."""

    def lose(self, code, reason):
        super().lose(code, reason)
        self.is_over = True


def turn_beside(players, act):
    """Turns while `act` runs, which waits for processes."""
    failures = []

    def run():
        try:
            act()
        except Exception as error:  # pylint: disable=broad-except
            failures.append(error)
    thread = threading.Thread(target=run)
    thread.start()
    turn_until(players, lambda: not thread.is_alive(), WAIT_S)
    thread.join()
    check(not failures, f"{failures}")


def left_of(player):
    """Whose body has gone, by the events that a player was told of."""
    return {event["player"] for _, events in player.events for event in events if event["type"] == "PlayerLeft"}


def bodies_of(players, seen_by):
    check(turn_until(players, lambda: all(seen_by.world.body_of(player.welcome["player"]) for player in players), WAIT_S),
          "a body is missing")
    return {player.welcome["player"]: seen_by.world.body_of(player.welcome["player"]) for player in players}


def stopped_gateway_hands_over():
    """Of two gateways one is stopped in order, under commands: its players go on at the other one with their bodies; who
    does not come back leaves when the grace is over, by the other one."""
    with GatewayCluster(gateways=2, grace_ms=2000) as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        stay = [cluster.player(f"s{at}", "arena") for at in range(12)]
        leave = [Leaver(cluster.port, cluster.key.token(f"l{at}"), "arena") for at in range(12)]
        ready(stay + leave)
        bodies = bodies_of(stay + leave, stay[0])
        records = [player.command("ApplyImpulse", vx=0.1, vy=0.0) for player in stay + leave for _ in range(10)]
        turn_beside(stay + leave, lambda: cluster.ledgerquest("scale", "gateway=1"))
        moved, gone = ([player for player in players if player.closes] for players in (stay, leave))
        check(moved and gone and len(moved) < 12 and len(gone) < 12, f"{len(moved)} and {len(gone)} were at the one that stopped")
        check(all(player.closes[0][0] == 4000 for player in moved + gone), f"{[player.closes for player in moved + gone]}")
        here = [player for player in stay + leave if player not in gone]
        ready(moved, "a join at the other gateway")
        settled(here, [record for record in records if record.player not in {player.welcome["player"] for player in gone}])
        lost = {player.welcome["player"] for player in gone}
        watcher = next(player for player in stay if not player.closes)
        check(turn_until(here, lambda: left_of(watcher) >= lost, WAIT_S), f"{len(left_of(watcher))} of {len(lost)} left")
        check(left_of(watcher) == lost, f"others left: {left_of(watcher) - lost}")
        check(turn_until(here, lambda: len(watcher.world.bodies) == len(here), WAIT_S), f"{len(watcher.world.bodies)} bodies")
        check(bodies_of(here, watcher) == {player: body for player, body in bodies.items() if player not in lost},
              "a player has another body")
        check(turn_until(here, lambda: all(watcher.world.players["attached"]), WAIT_S), f"{watcher.world.players}")
        cluster.judge_commands("arena", records)
        return f"{len(moved)} went on with their bodies, {len(gone)} left; {sum(len(player.closes) for player in stay)} closes"


def stopped_and_started_again():
    """There is no other gateway: who is in the world when the only one stops is looked after by the one that is started
    later, whichever name it has."""
    with GatewayCluster(grace_ms=1500) as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        stays, goes = cluster.player("stays", "arena"), Leaver(cluster.port, cluster.key.token("goes"), "arena")
        ready([stays, goes])
        body = bodies_of([stays, goes], stays)[stays.welcome["player"]]
        turn_beside([stays, goes], lambda: cluster.ledgerquest("scale", "gateway=0"))
        check((stays.closes[0][0], goes.closes[0][0]) == (4000, 4000), f"{stays.closes} {goes.closes}")
        turn_beside([stays], lambda: cluster.ledgerquest("scale", "gateway=1"))
        ready([stays], "a join at the new one")
        check(turn_until([stays], lambda: stays.world.players.get("player") == [stays.welcome["player"]], WAIT_S),
              f"{stays.world.players}")
        check(stays.world.body_of(stays.welcome["player"]) == body, "another body")
        return f"{len(stays.closes)} closes, the same body; the other one has left"


def shredded_tenant_is_over():
    """4510: to whoever is in one of its sessions and asks for anything, and to whoever comes."""
    with GatewayCluster(grace_ms=300) as cluster:
        cluster.create_sessions("acme", ["arena", "other"], "--rate", "20")
        ada, bob = cluster.player("ada", "arena"), cluster.player("bob", "arena")
        watcher = GatewayPlayer(cluster.port, cluster.key.token("eve", rights=["watch"]), "arena", join=False, right="watch")
        cut = cluster.player("cut", "arena")
        ready([ada, bob, cut])
        turn_until([ada, bob, watcher, cut], lambda: watcher.welcomed, WAIT_S)
        cluster.lqctl("tenant", "shred", "acme", "--yes")
        cut.leave_for_good()
        thrust = ada.command("SetThrust", vx=1.0, vy=0.0)
        check(turn_until([ada, bob, watcher], lambda: ada.is_over and bob.is_over and watcher.is_over, WAIT_S),
              f"{ada.closes} {bob.closes} {watcher.closes}")
        check(thrust.outcome == "unused" and thrust.receipt["reason"].startswith("Tenant.Shredded"), f"{thrust.receipt}")
        comes = [cluster.player("ada", "arena"), cluster.player("new", "other")]
        turn_until(comes, lambda: all(player.is_over for player in comes), WAIT_S)
        closes = [player.closes[-1] for player in (ada, bob, watcher, *comes) if player.closes]
        check([code for code, _ in closes] == [4510] * 5, f"{closes}")
        check(all(reason.startswith("stopped: ") for _, reason in closes), f"{closes}")
        attached = cluster.run / "data" / "gateway" / "attached"
        wait_until(lambda: not any(b"acme" in path.read_bytes() for path in attached.iterdir()), "nobody is looked after")
        return f"{closes[0]}"


def watchers_watch():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        player = cluster.player("ada", "arena")
        watcher = GatewayPlayer(cluster.port, cluster.key.token("eve", rights=["watch"]), "arena", join=False,
                                right="watch")
        ready([player])
        check(turn_until([player, watcher], lambda: watcher.world.body_of(player.welcome["player"]), WAIT_S),
              f"{watcher.closes}")
        refused = watcher.command("SetThrust", vx=1.0, vy=0.0)
        settled([player, watcher], [refused])
        check(refused.outcome == "error" and refused.receipt["code"] == "not-allowed", f"{refused.receipt}")
        check(watcher.world.players["player"] == [player.welcome["player"]], f"{watcher.world.players}")
        return "sees, and may not act"


def views_cut_bodies():
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"], "--rate", "20")
        players = [cluster.player(f"p{at}", "arena", join=False) for at in range(2)]
        check(turn_until(players, lambda: all(player.welcomed for player in players), WAIT_S), "no welcome")
        settled(players, [players[0].command("Join", x=10.0, y=10.0), players[1].command("Join", x=80.0, y=80.0)])
        first = players[0]
        check(turn_until(players, lambda: len(first.world.bodies) == 2, WAIT_S), f"{first.world.bodies}")
        first.socket.send({"type": "view", "x": 0, "y": 0, "width": 20, "height": 20})
        check(turn_until(players, lambda: len(first.world.bodies) == 1, WAIT_S), f"{first.world.bodies}")
        check(len(first.world.players["player"]) == 2, f"{first.world.players}")
        first.socket.send({"type": "view", "all": True})
        check(turn_until(players, lambda: len(first.world.bodies) == 2, WAIT_S), f"{first.world.bodies}")
        first.socket.send({"type": "refresh"})
        states = first.states
        check(turn_until(players, lambda: first.states > states, WAIT_S), "no state")
        return "cut, and whole again"


def collisions_are_heard():
    """By who is connected, though the tenant does not subscribe to them and nothing of them is kept."""
    bodies = [{"x": x, "y": 15, "radius": 0.5, "vx": vx, "vy": 0} for x, vx in ((3, 10), (17, -10))]
    with GatewayCluster() as cluster, tempfile.NamedTemporaryFile("w", suffix=".json") as world:
        json.dump({"bodies": bodies}, world)
        world.flush()
        cluster.create_sessions("acme", ["arena"], "--rate", "20", "--restitution", "1", "--width", "20", "--height", "20",
                                "--world", world.name)
        player = cluster.player("ada", "arena", join=False)

        def heard():
            return [event for _, events in player.events for event in events if event["type"] == "Collision"]
        check(turn_until([player], lambda: len(heard()) >= 3, WAIT_S), f"{player.events}")
        for event in heard():
            check(set(event) == {"type", "body", "other", "x", "y", "impulse"}, f"{event}")
            check((event["body"], event["other"], event["y"]) == (1, 2, 15) and 0 < event["x"] < 20, f"{event}")
            check(abs(event["impulse"] - 5) < 0.1, f"{event}: two bodies of 0.25 that exchange 20 m/s")
        frame = cluster.stop_session("arena")
        feed = cluster.lqctl("feed", "show")
        check(feed["entries"] < 6, f"collisions are in the outbox: {feed}")
        return f"{len(heard())} in {frame} frames"


def sessions_are_made_by_rules():
    rules = {"create": [{"name": "room", "prefix": "room-", "count": 2, "width": 30, "height": 20, "rate": 20,
                         "attended": True},
                        {"name": "own", "prefix": "own-", "count": 1, "own": True, "rate": 10}],
             "join": {"x": 0, "y": 0, "width": 20, "height": 20}}
    with GatewayCluster(rules=rules) as cluster:
        cluster.create_tenant("acme")
        player = cluster.player("ada", "room-1", create="room")
        ready([player])
        check(turn_until([player], lambda: player.world.world.get("width") == 30, WAIT_S), f"{player.world.world}")
        own = cluster.player("ada", "own-0", create="own")
        ready([own])
        check(own.welcome["session"] == f"own-{own.welcome['player']}-0", f"{own.welcome}")
        codes = []
        for session, create in (("room-2", "room"), ("other", "room"), ("room-0", "none"), ("nowhere", None)):
            stranger = cluster.player("bob", session, **({"create": create} if create else {}))
            turn_until([stranger], lambda stranger=stranger: stranger.is_over, WAIT_S)
            codes.append(stranger.closes[-1][0] if stranger.closes else None)
        check(codes == [4505, 4505, 4505, 4504], f"{codes}")
        return "two made, four refused"


def strangers_are_refused():
    """Before and in place of a hello."""
    with GatewayCluster() as cluster:
        cluster.create_sessions("acme", ["arena"])
        token = cluster.key.token("ada")
        rows = [(["v1.json.ledgerquest"], None, 4501),
                (["v1.json.ledgerquest", "bearer.x.y.z"], None, 4501),
                (["v1.json.ledgerquest", "resume.AAAA"], None, 4501),
                (["v9.other"], None, 4511),
                (None, b"{}", 4500), (None, b"[1]", 4500), (None, b'{"type":"ping","at":1}', 4500),
                (None, b'{"type":"hello","session":"arena","x":1}', 4500),
                (None, b'{"type":"hello","session":"other"}', 4504)]
        player = cluster.player("ada", "arena")
        ready([player])
        two = (["bearer." + token, "resume." + player.resume], ["resume." + player.resume, "bearer." + token],
               ["resume." + player.resume, "resume." + player.resume])
        rows += [(["v1.json.ledgerquest", *both], None, 4501) for both in two]
        for protocols, text, code in rows:
            socket = WebSocket(cluster.port, protocols or ["v1.json.ledgerquest", "bearer." + token])
            if text:
                socket.send_text(text)
            got = socket.receive_close(WAIT_S)
            check(got is not None and got[0] == code, f"{protocols} {text}: {got}, not {code}")
        for more in ({"headers": ["Authorization: Bearer " + token]}, {"path": "/v1/connect?ticket=AAAA"}):
            got = WebSocket(cluster.port, ["v1.json.ledgerquest", "resume." + player.resume], **more).receive_close(WAIT_S)
            check(got is not None and got[0] == 4501, f"a resume token and {more}: {got}")
        alone = WebSocket(cluster.port, ["v1.json.ledgerquest", "resume." + player.resume])
        alone.send({"type": "hello", "session": "arena"})
        check(alone.receive(WAIT_S)["type"] == "welcome", "a resume token alone")
        return f"{len(rows) + 2} rows"


def wrong_configuration_is_refused():
    """With 78 and words that name the key and the value, before anything listens."""
    with tempfile.TemporaryDirectory(prefix="lq-gateway-") as folder:
        path = pathlib.Path(folder, "cluster.cfg")
        pathlib.Path(folder, "data").mkdir(mode=0o700)
        pathlib.Path(folder, "run").mkdir(mode=0o700)
        port = free_port()
        rows = [("port = 0", "port and tls_port are both 0"),
                (f"port = {port}\n    tls_port = {port}\n    certificate_file = a\n    key_file = b",
                 f"port and tls_port are both {port}"),
                ("tls_port = 8443", "tls_port needs certificate_file and key_file"),
                ("address = localhost", "gateway/address: localhost is no IPv4 or IPv6 address"),
                ('hosts = ""', "hosts is empty"),
                ('hosts = "localhost play.example:8080"', "gateway/hosts: play.example:8080 is no name of a host"),
                ('hosts = "a.example,b.example"', "gateway/hosts: a.example,b.example is no name of a host"),
                ("origins = play.example", "gateway/origins: play.example is no origin"),
                ('origins = "self https://play.example/"', "gateway/origins: https://play.example/ is no origin")]
        for lines, error in rows:
            lines = lines if lines.startswith("port") else f"port = {port}\n    {lines}"
            path.write_text(f'cluster\n    runtime_dir = "{folder}/run"\n    data_dir = "{folder}/data"\n'
                            f"gateway\n    {lines}\n", encoding="utf-8")
            done = subprocess.run([str(BIN / "lq-gateway"), "--config", str(path)], capture_output=True, text=True,
                                  timeout=WAIT_S, check=False)
            check(done.returncode == 78 and error in done.stderr, f"{lines}: {done.returncode}: {done.stderr[-500:]}")
        return f"{len(rows)} refused"


def players_of_the_benchmark():
    """lq-players speaks the protocol: at once, each command is answered and seen; in turn, one after the other."""
    program = next((folder / "lq-players" for folder in (BIN, BIN.parent / "obj" / "bench", BIN.parent / "bench")
                    if (folder / "lq-players").exists()), None)
    check(program, f"no lq-players beside {BIN}")
    with GatewayCluster(rules={"commands_per_s": 100}) as cluster:
        cluster.create_sessions("acme", ["one", "two"], "--rate", "20")
        file = cluster.folder / "players"
        file.write_text("".join(f"{session} {cluster.key.token(f'{session}-{at}')}\n" for session in ("one", "two") for at in range(3)))

        def play(*words):
            done = subprocess.run([str(program), "--players", str(file), "--port", str(cluster.port), *words],
                                  capture_output=True, text=True, timeout=WAIT_S, check=False)
            check(done.returncode == 0, done.stderr)
            told = json.loads(done.stdout)
            check(told["unused"] == told["unanswered"] == told["skipped"] == 0, f"{told} {done.stderr}")
            check(0 < told["receipt_p50_ms"] <= told["receipt_p99_ms"] <= told["receipt_max_ms"], f"{told}")
            return told
        together = play("--seconds", "2", "--warmup", "0", "--command-rate", "5")
        check(together["players"] == 6 and 50 <= together["commands"] <= 70, f"{together}")
        check(together["receipt_p50_ms"] < together["state_p50_ms"], f"{together}")
        check(5 < together["states_per_s_most"] <= 21, f"{together}")
        alone = play("--in-turn", "20")
        check(alone["commands"] == 120, f"{alone}")
        file.write_text("one\n")
        done = subprocess.run([str(program), "--players", str(file)], capture_output=True, text=True, timeout=WAIT_S, check=False)
        check(done.returncode == 78 and "line 1 is not SESSION TOKEN" in done.stderr, f"{done.returncode} {done.stderr}")
        return f"{together['commands']} commands at once, {alone['commands']} in turn"


def port_is_one_clusters():
    """The gateway of another cluster of this user is refused, by name of who listens; the cluster's own come in."""
    with GatewayCluster() as cluster, tempfile.TemporaryDirectory(prefix="lq-gateway-") as folder:
        for name in ("run", "data", "data/gateway"):
            pathlib.Path(folder, name).mkdir(mode=0o700)
        path = pathlib.Path(folder, "cluster.cfg")
        path.write_text(f'cluster\n    runtime_dir = "{folder}/run"\n    data_dir = "{folder}/data"\n'
                        f"gateway\n    port = {cluster.port}\n", encoding="utf-8")
        done = subprocess.run([str(BIN / "lq-gateway"), "--config", str(path)], capture_output=True, text=True,
                              timeout=WAIT_S, check=False)
        error = f"port {cluster.port}: Address already in use by pid {cluster.wait_pid('gateway-1')} ("
        check(done.returncode == 71 and error in done.stderr and str(cluster.config) in done.stderr,
              f"{done.returncode}: {done.stderr[-500:]}")
        cluster.ledgerquest("scale", "gateway=2")
        cluster.kill_gateway("gateway-1")  # the other one listens: who comes anew is not the first
        cluster.ledgerquest("scale", "gateway=1")
        cluster.create_sessions(cluster.tenant, ["arena"])
        ready([cluster.player("anna", "arena")])
        return error


if __name__ == "__main__":
    run_tests("gateway_players",
              [welcome_join_receipt_state, world_is_the_ledgers, cut_and_resumed, reloaded_keeps_its_body,
               second_connection_supersedes, who_stays_away_leaves, killed_gateway_is_taken_over,
               killed_broker_is_survived, stopped_gateway_says_so, stopped_gateway_hands_over, stopped_and_started_again,
               shredded_tenant_is_over, watchers_watch, views_cut_bodies, collisions_are_heard, sessions_are_made_by_rules,
               strangers_are_refused, wrong_configuration_is_refused, players_of_the_benchmark,
               port_is_one_clusters])
