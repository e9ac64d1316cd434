"""What a person sees of a rollout: one view, made of what Step Functions says, for all renderers.

`look` is what was asked, `phase` how the rollout stands, `course` its weights over time, `words`
the headline and what comes next. `view` puts them together, and `changes` says what is new between
two of them. Renderers know a `View` alone.
"""
