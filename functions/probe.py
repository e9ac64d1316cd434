"""Probe: call the alias of every function at an even rate until the next health check is due."""

import json
import time
from typing import Any

import app
from domain.model.clock import epoch
from domain.model.progress import Progress
from domain.model.questions import Invoke
from domain.model.state import LONGEST_PROBE, State, probe_of
from domain.probing.counts import begun, counted, judged
from domain.probing.metrics import ProbeMetrics, dimensions
from domain.probing.pacing import Turns
from ports import Invocations
from runtime import NAMESPACE, task


def probe(state: State, invocations: Invocations) -> State:
    """Call the aliases in turn, and count the answers by version.

    No call begins after the bake, nor after this function's own time: then a check comes early.

    One call at a time, so a function whose answers take longer than the rate asks gets fewer.
    """
    options, progress = probe_of(state["settings"]["checks"]) or {}, state["progress"]
    payload, now = json.dumps(options["payload"]), time.time()
    ends = min(now + LONGEST_PROBE, epoch(progress["wait_until"]))
    members = state["members"]
    probed = {at: begun(one) for at, one in enumerate(members) if one["part"] == "shift"}
    turns, metrics = Turns(probed, options["rate"], now, ends), ProbeMetrics(NAMESPACE)
    while turn := turns.next(time.time()):
        member = probed[turn.whose]
        time.sleep(max(0.0, turn.begins - time.time()))
        began = time.time()
        question = Invoke(member["function"], member["alias"], payload)
        answer = invocations.answers([question])[question]
        milliseconds = 1_000 * (time.time() - began)
        answer, wrong = judged(options, answer)
        probed[turn.whose] = counted(member, answer, wrong)
        _write(metrics.add(dimensions(member, answer), began, wrong is not None, milliseconds))
        turns.taken(turn.whose, began)
    _write(metrics.rest())
    after = [probed.get(at, member) for at, member in enumerate(members)]
    return {**state, "members": after, "progress": Progress({**progress, "unprobed": None})}


def _write(documents: list[dict[str, Any]]) -> None:
    for document in documents:
        print(json.dumps(document))


app.ready(app.probe_calls)
handler = task(lambda state: probe(state, app.probe_calls()))
