#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
# SPDX-FileCopyrightText: The LedgerQuest Engine authors
"""What is told of tenants is true: who uses the stages' time and whose tasks wait, by status and top; why a
tenant waits, by tenant show, for reasons that are made one after the other; what is left of quotas, by quota
show. As text and as JSON."""

import subprocess

from cluster import BIN, Cluster, check, run_tests, wait_until
from wire_client import Traffic, WireClient, join

LOUD = [f"s{number}" for number in range(20)]
TENANT_KEYS = {"tenant", "resident", "weight", "share_ppm", "service_us", "ticks", "receipts", "ticks_per_s",
               "commands_per_s", "wait_p50_us", "wait_p99_us", "debt_us", "throttled_ticks", "sessions",
               "sessions_parked", "quotas", "stages"}
QUOTA_KEYS = {"name", "limit", "own", "used", "left", "next_ms", "refused"}
QUOTAS = ["commands/s", "ticks/s", "executions", "mailbox-bytes", "sessions-live", "payload-bytes", "letters",
          "weight"]


def text_of(cluster, *words, code=0):
    """What lqctl prints for people: stdout and stderr together."""
    done = subprocess.run([str(BIN / "lqctl"), "--config", str(cluster.config), *words], text=True, check=False,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env=cluster.environment)
    check(done.returncode == code, f"lqctl {' '.join(words)}: exit code {done.returncode}: {done.stdout}")
    return done.stdout


def tenants(cluster):
    return {tenant["tenant"]: tenant for tenant in cluster.status()["tenants"]}


def reasons(cluster, tenant):
    return cluster.lqctl("tenant", "show", tenant)["why"]


def wait_reason(cluster, tenant, begins, holds=""):
    """Until a reason that begins so is told; the reason."""
    def told():
        found = reasons(cluster, tenant)
        return next((reason for reason in found if reason.startswith(begins) and holds in reason), None)
    return wait_until(told, f"{tenant} is told to wait: {begins}")


def quota_of(cluster, tenant, name):
    shown = cluster.lqctl("quota", "show", tenant)["tenants"][0]
    return next(quota for quota in shown["quotas"] if quota["name"] == name)


def loads_are_told(cluster):
    """The loaded one first, with its shares, rates and waits."""
    def both_ran():
        status = cluster.status()
        names = [tenant["tenant"] for tenant in status["tenants"]]
        ready = names[:1] == ["loud"] and "calm" in names and status["tenants"][0]["ticks"] > 200
        return status if ready and status["tenants"][names.index("calm")]["ticks"] > 3 else None
    status = wait_until(both_ran, "both tenants have ticks, the loud one first")
    loud, calm = status["tenants"][0], tenants(cluster)["calm"]
    total = sum(tenant["share_ppm"] for tenant in status["tenants"])
    check(status["tenants_resident"] == len(status["tenants"]), f"{status['tenants_resident']} resident")
    check(abs(total - 1000000) <= len(status["tenants"]), f"shares of {total} millionths")
    check(set(loud) == TENANT_KEYS, f"other keys: {set(loud) ^ TENANT_KEYS}")
    check(loud["share_ppm"] > calm["share_ppm"] > 0, f"{loud} {calm}")
    check(loud["ticks_per_s"] > calm["ticks_per_s"] >= 1, f"{loud} {calm}")
    check(loud["wait_p99_us"] >= loud["wait_p50_us"] > 0, f"no waits: {loud}")
    check(loud["sessions"] <= len(LOUD) and loud["service_us"] > calm["service_us"] > 0, f"{loud} {calm}")
    check([quota["name"] for quota in loud["quotas"]] == QUOTAS, f"{loud['quotas']}")
    check([stage["stage"] for stage in loud["stages"]] == ["load", "physics", "ai", "persist"], f"{loud['stages']}")
    for words in (["status"], ["top", "-b", "-n", "1"]):
        lines = text_of(cluster, *words).splitlines()
        heading = next(index for index, line in enumerate(lines) if line.startswith("TENANT "))
        check("SHARE" in lines[heading] and "REFUSED" in lines[heading], lines[heading])
        check(lines[heading + 1].startswith("loud ") and " % " in lines[heading + 1], lines[heading + 1])
        check(any(line.startswith("calm ") for line in lines[heading:]), f"{lines}")
    return f"{loud['share_ppm'] / 1e4:.1f} % of the time and {loud['ticks_per_s']} ticks/s are the loud one's"


def commands_are_counted(cluster):
    cluster.lqctl("tenant", "quota", "loud", "--commands/s", "20", "--weight", "3")
    reason = wait_reason(cluster, "loud", "commands/s: 20 of 20 used; the next in ", " ms")
    quota = quota_of(cluster, "loud", "commands/s")
    check(quota["used"] > 0 and set(quota) == QUOTA_KEYS, f"{quota}")
    check(quota["limit"] == 20 and quota["own"] and quota["refused"] > 0 and 0 <= quota["left"] <= 20, f"{quota}")
    check(quota_of(cluster, "loud", "letters")["limit"] is None, "letters have a limit")
    check(quota_of(cluster, "loud", "weight") == {"name": "weight", "limit": 3, "own": True, "used": 0, "left": 0,
                                                 "next_ms": 0, "refused": 0}, "weight")
    check(not quota_of(cluster, "calm", "commands/s")["own"], "calm has a quota of its own")
    check(not any(said.startswith("commands/s") for said in reasons(cluster, "calm")), "calm is told of it")
    shown = text_of(cluster, "quota", "show", "loud")
    check(any(line.split()[:4] == ["loud", "commands/s", "20", "own"] for line in shown.splitlines()), shown)
    check("  commands/s " in text_of(cluster, "status"), "the status names no refusals")
    return reason


def executions_are_bounded(cluster):
    cluster.lqctl("tenant", "quota", "loud", "--commands/s", "default", "--executions", "1")
    reason = wait_reason(cluster, "loud", "executions: 1 of 1 under way: ", " of its other sessions wait")
    shown = text_of(cluster, "tenant", "show", "loud")
    check("\nweight    3\n" in shown and "\nwhy " in shown, shown)
    cluster.lqctl("tenant", "quota", "loud", "--executions", "default")
    return reason


def stages_are_missed(cluster):
    """Without an actor of a stage; without one of load, the broker's part is shown still."""
    cluster.ledgerquest("scale", "physics=0")
    wait_until(lambda: not cluster.try_status()["healthy"], "physics is gone")
    with WireClient(cluster, "calm") as client:
        client.submit("c0", join())
        client.turn()
        wait_until(lambda: client.turn() is not None and
                   any(said.startswith("no actor serves physics: ") for said in reasons(cluster, "calm")),
                   "calm is told that physics is missing")
        cluster.ledgerquest("scale", "load=0")
        wait_until(lambda: all(actor["stage"] != "load" for actor in cluster.try_status()["actors"]), "load is gone")
        shown = text_of(cluster, "--timeout", "1s", "tenant", "show", "calm", code=5)
        for part in ("number    not known", "no actor serves physics: ", "this is what the broker knows"):
            check(part in shown, f"not said: {part}: {shown}")
        check(cluster.lqctl("-t", "1s", "tenant", "show", "calm", code=5)["number"] is None, "a number")
        check("defaults" not in text_of(cluster, "-t", "1s", "quota", "show", "calm", code=5), "not one tenant's")
        cluster.ledgerquest("scale", "load=1", "physics=1")
        client.drain()
    return "without physics, without load"


def what_tenants_use_is_told():
    with Cluster() as cluster:
        cluster.create_sessions("loud", LOUD)
        cluster.create_sessions("calm", ["c0", "c1"])
        check(reasons(cluster, "calm") == ["nothing: it has no work here"], "calm waits before it has work")
        for words in (["tenant", "show", "nosuch"], ["quota", "show", "nosuch"]):
            code, document, errors = cluster.try_lqctl(*words)
            check(code == 3 and document is None and "no such tenant" in errors, f"{words}: {code}: {errors}")
        with Traffic(cluster, "loud", LOUD, depth=3) as loud, Traffic(cluster, "calm", ["c1"], pause_s=0.1) as calm:
            counted = [loads_are_told(cluster), commands_are_counted(cluster), executions_are_bounded(cluster)]
            every = cluster.lqctl("quota", "show")
            names = [tenant["tenant"] for tenant in every["tenants"]]
            check(names == sorted(names) and every["count"] == len(names), f"{names}")
            check({"loud", "calm"} <= set(names), f"{names}")
            loud.stop()
            calm.stop()
        counted.append(stages_are_missed(cluster))
        return "; ".join(counted)


if __name__ == "__main__":
    run_tests("test_tenant_load", [what_tenants_use_is_told])
