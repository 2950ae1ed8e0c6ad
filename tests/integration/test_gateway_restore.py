#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""Players, and a cluster that goes on from the table, with another history: below a gateway that stays, on a new machine with
a copy of data/gateway, and on one without. Who is the same player has its body again, as it was in the table."""

import os
import shutil
import subprocess

from cluster import WAIT_S, check, need, run_tests, wait_until
from gateway_cluster import GatewayCluster, player_world, same_world
from gateway_player import GatewayPlayer, TenantKey, turn, turn_until
from lost_machine import DOUBLE, Loss, read_mark
from service_doubles import Double
from test_gateway_players import ready, settled

LOST_FRAMES = 100
COPIED = ("player.key", "tenants")


def play_and_lose_the_mirror(loss, client):
    """ada is in the world that the table has; bob came later, and what both did then is in no table. (ada, bob, newest frame)"""
    cluster = loss.cluster
    cluster.create_sessions("acme", ["arena"], "--rate", "20")
    loss.start_mirror()
    ada = cluster.player("ada", "arena")
    ready([ada])
    settled([ada], [ada.command("SetThrust", vx=0.5, vy=0.25)])
    turn_until([ada], lambda: ada.world.body_of(ada.welcome["player"]), WAIT_S)
    sequence = int(cluster.lqctl("feed", "show")["position"].split(":")[0])

    def mirrored():
        turn([ada], 0.01)
        mark = read_mark(client)
        return mark is not None and int(mark["l"]["N"]) >= sequence
    wait_until(mirrored, "ada is mirrored", timeout_s=2 * WAIT_S)
    loss.mirror.kill()
    bob = cluster.player("bob", "arena")
    ready([bob])
    lost = [player.command("ApplyImpulse", vx=0.3, vy=0.0) for player in (ada, bob) for _ in range(5)]
    settled([ada, bob], lost)
    enough = ada.world.frame + LOST_FRAMES
    turn_until([ada, bob], lambda: ada.world.frame > enough, WAIT_S)
    return ada, bob, ada.world.frame


def supervise(cluster, names, word, wait):
    """s6-svc -d or -u for instances."""
    for name in names:
        subprocess.run(["s6-svc", "-w" + wait, "-" + word, str(cluster.run / "instances" / name)], check=True)


def expect_the_same(cluster, ada, bob, before):
    """Both are who they were; ada has the body that the table had, bob one of his own; both play, in the ledger's world."""
    (player, body, incarnation), bob_player = before
    check(turn_until([ada, bob], lambda: ada.closes and bob.closes, WAIT_S), "they were not cut")
    check(turn_until([ada, bob], lambda: ada.welcomed and bob.welcomed and ada.is_joined and bob.is_joined and
                     not ada.pending() and not bob.pending(), WAIT_S), f"{ada.closes} {bob.closes} {ada.errors} {bob.errors}")
    check(ada.welcome["player"] == player and bob.welcome["player"] == bob_player, "another player")
    check(ada.welcome["incarnation"] > incarnation, f"{ada.welcome} is no later incarnation than {incarnation}")
    records = [player.command("SetThrust", vx=1.0, vy=0.0) for player in (ada, bob)]
    settled([ada, bob], records)
    check(all(record.outcome == "applied" and record.number <= 2 for record in records), f"{[one.receipt for one in records]}")
    frame = cluster.stop_session("arena")
    check(turn_until([ada, bob], lambda: ada.world.frame == bob.world.frame == frame, WAIT_S),
          f"frame {frame} is not what they hold: {ada.world.frame} {bob.world.frame}")
    check(ada.world.body_of(player) == body, f"ada had body {body}: {ada.world.players}")
    check(len(ada.world.players["player"]) == 2 and all(ada.world.players["attached"]), f"{ada.world.players}")
    for one in (ada, bob):
        same_world(one.world, player_world(cluster, "arena", frame))
    cluster.judge_commands("arena", records)


def remembered(ada, bob):
    return (ada.welcome["player"], ada.world.body_of(ada.welcome["player"]), ada.welcome["incarnation"]), bob.welcome["player"]


def a_gateway_stays():
    """All but the gateway stops; ledger and broker's store are restored from the table, below the same gateway. It must not
    show anybody a frame of before."""
    with Double(DOUBLE) as double, Loss(double, cluster=GatewayCluster()) as loss:
        client, cluster = double.make_table(), loss.cluster
        ada, bob, newest = play_and_lose_the_mirror(loss, client)
        before = remembered(ada, bob)
        others = [name for name in cluster.names() if not name.startswith("gateway")]
        supervise(cluster, others, "d", "D")
        loss.restore(loss.restored)
        for name in ("ledger", "broker", "ledger-0.made", "broker.made"):
            old = cluster.run / "data" / name
            if old.is_dir():
                shutil.rmtree(old)
            os.rename(loss.restored / name, old)
        supervise(cluster, others, "u", "u")
        check(turn_until([ada, bob], lambda: ada.closes and ada.welcomed, WAIT_S), f"{ada.closes}")
        states = ada.states  # what was on its way before the end has been read
        check(turn_until([ada, bob], lambda: ada.states > states, WAIT_S), f"{ada.closes}")
        check(ada.closes[0] == (4000, "stopping: the cluster was restored"), f"{ada.closes}")
        check(ada.world.frame < newest, f"frame {ada.world.frame} is of the history before, whose last was {newest}")
        expect_the_same(cluster, ada, bob, before)
        check(len(ada.closes) == 1, f"{ada.closes}")
        return f"frame {newest} was lost; both are there again, at frame {ada.world.frame}"


def a_machine_with_a_copy():
    """The machine is lost, but for copies of the master key and of data/gateway."""
    with Double(DOUBLE) as double, Loss(double, cluster=GatewayCluster()) as loss:
        client, cluster = double.make_table(), loss.cluster
        ada, bob, newest = play_and_lose_the_mirror(loss, client)
        before = remembered(ada, bob)
        copy = cluster.folder / "copy"
        copy.mkdir(mode=0o700)
        for name in COPIED:
            subprocess.run(["cp", "-a", str(cluster.run / "data" / "gateway" / name), str(copy)], check=True)
        loss.lose()
        loss.restore(loss.restored)
        os.rename(copy, loss.restored / "gateway")
        loss.come_up_on(loss.restored)
        expect_the_same(cluster, ada, bob, before)
        return f"frame {newest} was lost; both are there again, at frame {ada.world.frame}"


def a_machine_without_a_copy():
    """Without player.key nobody is who they were: resume tokens are not accepted, and the body of before stays."""
    with Double(DOUBLE) as double, Loss(double, cluster=GatewayCluster(grace_ms=500)) as loss:
        client, cluster = double.make_table(), loss.cluster
        ada, bob, _ = play_and_lose_the_mirror(loss, client)
        (player, body, _), _ = remembered(ada, bob)
        loss.lose()
        loss.restore(loss.restored)
        loss.come_up_on(loss.restored)
        turn_until([ada], lambda: ada.is_over, WAIT_S)
        check(ada.closes[-1][0] == 4501, f"{ada.closes}")
        cluster.key = TenantKey(cluster.run / "data", cluster.tenant)
        cluster.log_has("players' numbers are made anew")

        def comes():
            other = GatewayPlayer(cluster.port, cluster.key.token("ada"), "arena")
            turn_until([other], lambda: other.is_joined or other.is_over, WAIT_S)
            return None if other.is_over else other  # the key is looked at twice a second
        other = wait_until(comes, "ada is let in")
        check(other.welcome["player"] != player, "the same player under another key")
        check(turn_until([other], lambda: len(other.world.players["player"]) == 2, WAIT_S), f"{other.world.players}")
        check(other.world.body_of(player) == body and other.world.body_of(other.welcome["player"]) != body, "bodies")
        return "another player; the body of before stays"


if __name__ == "__main__":
    need("s6-svc")
    run_tests("gateway_restore", [a_gateway_stays, a_machine_with_a_copy, a_machine_without_a_copy])
