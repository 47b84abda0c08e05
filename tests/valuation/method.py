#!/usr/bin/env python3
"""A method of one's own for `bartizan bench valuation --with 'mean=python3 tests/valuation/method.py'`.

Least squares by sweeps: each good becomes the mean of what its exchanges say it is worth, again and again. A problem is one line of JSON, and so is the
answer, which repeats the problem's id; goods are numbers. See io/src/benchmark/outside.rs for both.
"""
import json
import math
import sys

for line in sys.stdin:
    problem = json.loads(line)
    says = [[] for _ in range(problem["goods"])]
    for gives, gets, given, got, weight, time in problem["exchanges"]:
        rate = math.log(got / given)
        says[gives].append((gets, rate, weight))
        says[gets].append((gives, -rate, weight))
    if not problem["exchanges"]:
        print(json.dumps({"id": problem["id"], "error": "needs exchanges"}), flush=True)
        continue
    value = [0.0] * problem["goods"]
    for sweep in range(200):
        moved = 0.0
        for good, said in enumerate(says):
            if said:
                mean = sum(w * (value[other] + rate) for other, rate, w in said) / sum(w for _, _, w in said)
                moved = max(moved, abs(mean - value[good]))
                value[good] = mean
        if moved < 1e-9:
            break
    print(json.dumps({"id": problem["id"], "values": [math.exp(v) for v in value]}), flush=True)
