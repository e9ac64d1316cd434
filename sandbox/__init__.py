"""AWS enough, in one process and in virtual time, to deploy and run the whole project on a laptop.

Never deployed: nothing under functions/ knows of it. `sandbox.sandbox.Sandbox` is the way in.
"""
