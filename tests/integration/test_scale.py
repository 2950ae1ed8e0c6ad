#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
# alone with gcc: compares grid points with seconds that went by
"""Scaling one stage under load: nothing lost, no other process touched. And a client that floods a session
does not make its world go faster."""

import contextlib
import json
import pathlib
import tempfile
import time

from cluster import ROOT, SLOWNESS, STAGES, Cluster, check, run_tests, wait_until
from wire_client import Traffic, WireClient, join, judge, thrust

SESSIONS, LIVE, RATE = 30, 10, 10
GRID_POINTS_OFF_MAX = 3 * SLOWNESS  # the sessions are asked one after the other
FLOOD_S, FLOOD_RATE = 3.0, 60
TICK_TIMEOUT_MS = 200


def frames_of(cluster, names):
    return {name: cluster.session(f"acme/{name}") for name in names}


def scales_under_load():
    with Cluster() as cluster, contextlib.ExitStack() as stack:
        names = [f"s{number}" for number in range(SESSIONS)]
        cluster.create_sessions("acme", names[:LIVE], "--rate", str(RATE))
        cluster.create_sessions("acme", names[LIVE:])
        path = cluster.folder / "receipts"
        traffic = stack.enter_context(Traffic(cluster, "acme", names, 2, path, 0.005))

        def others():
            return {name: pid for name, pid in cluster.pids().items() if not name.startswith("physics-")}

        def receipts_after(count):
            wait_until(lambda: len(traffic.client.receipts) > count, "receipts go on")
            return len(traffic.client.receipts)
        seen = receipts_after(100)
        before, began, begun = others(), frames_of(cluster, names[:LIVE]), time.monotonic()
        for wanted in (4, 1, 4, 1):
            output = cluster.ledgerquest("scale", f"physics={wanted}")
            check(f"physics: {wanted} ready" in output, output)
            seen = receipts_after(seen + 200)
            check(others() == before, f"other processes: {before} became {others()}")
            states = {name: entry["state"] for name, entry in cluster.instances().items()
                      if entry["stage"] == "physics"}
            check(states == {f"physics-{number + 1}": "ready" for number in range(wanted)}, f"{states}")

            def actors(wanted=wanted):
                status = cluster.status()
                stage, = [entry for entry in status["stages"] if entry["resource"].endswith("physics")]
                return stage["actors"] == wanted and status["healthy"]
            wait_until(actors, f"lqctl status shows {wanted} actors")
        ended, took = frames_of(cluster, names[:LIVE]), time.monotonic() - begun
        client = traffic.stop()
        status = cluster.status()
        code, output = cluster.try_ledgerquest("scale", "persist=2")
        check(code == 2 and "one writer" in output, f"persist=2: {code} {output}")
        check(others() == before, "a refused scale touched processes")
        check(status["letters_total"] == 0 and status["retries"] == 0, f"{status}")
        missed = sum(ended[name]["missed"] - began[name]["missed"] for name in began)
        summary, commands = cluster.read_ledger()
        check(summary["ok"], f"{summary}")
        counts = judge([path], commands)
        check(counts["applied"] == len(client.receipts) and client.resends == 0,
              f"{counts}, {client.resends} resends")
        # Grid points either became steps or are counted as missed: none is lost without a trace.
        points = {name: sum(ended[name][key] - began[name][key] for key in ("steps", "missed")) for name in began}
        lost = [name for name in points if abs(points[name] - took * RATE) > GRID_POINTS_OFF_MAX + took * RATE / 50]
        check(not lost, f"{took * RATE:.0f} grid points passed, of which were accounted for: {points}")
        return (f"{counts['applied']} commands applied, each once; no retry, no resend, {missed} grid "
                f"points missed; other pids unchanged over 4 scalings; persist=2 refused")


def a_flood_does_not_speed_up_the_world():
    with Cluster() as cluster, WireClient(cluster, "acme") as client:
        cluster.create_sessions("acme", ["fast"], "--rate", str(FLOOD_RATE))

        def look():
            """(steps, the times between which they were so many)"""
            asked = time.monotonic()
            shown = cluster.session("acme/fast")
            return shown, asked, time.monotonic()
        first, asked_first, _ = look()
        until = time.monotonic() + FLOOD_S
        while time.monotonic() < until:
            while client.can_submit("fast"):
                client.submit("fast", thrust(1.0, 1.0))
            client.turn()
        last, _, answered_last = look()
        client.drain()
        steps = last["steps"] - first["steps"]
        missed = last["missed"] - first["missed"]
        frames = last["frame"] - first["frame"]
        possible = (answered_last - asked_first) * FLOOD_RATE + 1
        check(steps <= possible, f"{steps} steps, {possible:.0f} are possible")
        check(steps + missed >= FLOOD_S * FLOOD_RATE * 0.8, f"{steps} steps, {missed} missed")
        check(frames > steps, f"{frames} frames, {steps} steps: the flood made no ticks of its own")
        return (f"{len(client.receipts)} commands in {FLOOD_S:.0f} s: {frames} frames, {steps} steps, "
                f"{missed} missed, at most {possible:.0f} possible")


def ticks_wait_for_a_stage_without_actors():
    """No actor is nobody's fault, however short the tick's time is."""
    with tempfile.TemporaryDirectory(prefix="lq-pipe-") as folder:
        policy = json.loads((ROOT / "pipelines" / "game_loop.policy.json").read_text())
        policy["tick_timeout_ms"] = TICK_TIMEOUT_MS
        path = pathlib.Path(folder) / "short.policy.json"
        path.write_text(json.dumps(policy))
        with Cluster(policy=path) as cluster, WireClient(cluster, "acme") as client:
            cluster.create_sessions("acme", ["s1"])
            cluster.create_sessions("acme", ["live"], "--rate", "10")
            client.ask("s1", join())
            waited = {}
            for stage in STAGES[:-1]:
                cluster.ledgerquest("scale", f"{stage}=0")
                client.submit("s1", thrust(1.0, 0.0))

                def waits(stage=stage):
                    client.turn()
                    entry, = [entry for entry in cluster.status()["stages"] if entry["resource"].endswith(stage)]
                    return entry["oldest_ms"] if entry["queued"] == 2 and entry["actors"] == 0 else 0
                waited[stage] = wait_until(lambda: (ms := waits()) > 3 * TICK_TIMEOUT_MS and ms,
                                           f"ticks wait for {stage}")
                status = cluster.status()
                check(not status["healthy"], "healthy without actors")
                cluster.ledgerquest("scale", f"{stage}=2")
                client.drain()
            status = cluster.wait_serving()
            check(client.by_outcome == {"applied": len(STAGES)}, f"{client.by_outcome}")
            check((status["letters_total"], status["retries"]) == (0, 0), f"{status}")
            live = cluster.session("acme/live")
            check(live["missed"] > 0, f"{live}")
        return (f"waited {waited} ms with a tick's time of {TICK_TIMEOUT_MS}; {live['missed']} grid points "
                f"counted as missed")


if __name__ == "__main__":
    run_tests("scale", [scales_under_load, a_flood_does_not_speed_up_the_world,
                        ticks_wait_for_a_stage_without_actors])
