"""The judge: does the canary fail more often than the baseline in the same minutes?"""
