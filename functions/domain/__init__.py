"""What a rollout decides: pure Python that asks no clock, no environment and no network.

Read the packages in the order in which a rollout comes through them:

- `input`: the user's JSON becomes a `Request`, or one InvalidInput that names every problem.
- `planning`: what the account holds against the request is PreflightFailed; else the first `State`
  is made. It travels as JSON from task to task, and `next` in it says which state comes next.
- `rollout`: the loop, in `stages`. Each weight is shifted (`shift`), baked and checked: `evaluate`
  gathers the checks' questions and, from the answers, their verdicts; `decide` weighs those against
  the settings; `next_state` has the last word, since an operator (`orders`), an approval or a pause
  may hold the rollout. `hooks` are a team's own functions that are asked before and after;
  `continuation` hands a long rollout over to a new execution.
- `checks`: one file a kind of check, which names its questions and judges by their answers. The
  judge's arithmetic is `judging`, the even calls of the probe are `probing`.
- `ending`: whose an alias is, before anything is written to it (`ownership`), the rollout's result
  (`outcome`), and the `message` that people and machines get.
- `recovery`: from outside, when the execution is dead: what it left behind, and what may go back.
- `view`: what a person sees of a rollout, made of what Step Functions says, for any renderer.
- `macro`: before any rollout, an application's template gets a gate before each alias (`gated`).

Beneath all of them, `model` has what the others speak of (`state` first: read it before anything
else), and `limits` what one execution of Step Functions can hold.

Each package imports only those that stand below it (tests/contract/test_imports.py holds them to
it): model < limits, judging < checks < planning, input, probing, rollout < ending < recovery <
macro, view.
Outside of the domain, `adapters/` ask AWS and the web and decide nothing, and each state of the
machine has a handler of its name in `functions/`, which lets the one ask and the other decide. It
knows adapters by what they can do (`ports`), and has them from `app`, which makes them.
"""
