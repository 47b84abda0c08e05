"""Prints what scipy, choix and networkx make of the small cases in solver/src/valuation/tests.rs, as Rust.

    pip install scipy==1.17.1 choix==0.4.1 networkx==3.6.1 && python3 tests/valuation/oracles.py
"""
import itertools
import choix, networkx, numpy as np
from scipy.linalg import null_space
from scipy.optimize import linprog, minimize

# gives, gets, given, got: six goods of values about 1, 2, 3, 5, 8, 13, with one rate far out.
EXCHANGES = [(0, 1, 4, 2.1), (1, 2, 3, 1.9), (2, 3, 5, 3.2), (3, 4, 8, 4.8), (4, 5, 13, 8.3), (5, 0, 1, 12.5), (0, 2, 6, 2.2),
             (1, 3, 5, 1.9), (2, 4, 8, 3.1), (3, 5, 2.6, 1.1), (4, 0, 2, 15), (5, 1, 2, 14), (0, 3, 10, 9.5), (2, 5, 4, 1)]
# Best first; wins lead from every good to every other.
RANKINGS = [(5, 4, 3), (4, 5, 2), (3, 2, 1, 0), (0, 1), (1, 0, 2), (2, 3), (5, 3, 4, 2), (3, 4), (1, 2)]
# Who would take whose item, in a round of five.
ROUND = [[1], [0, 2], [3], [1, 4], [3]]
DRIFT = 1e-3
n = 6
gives, gets = (np.array([e[k] for e in EXCHANGES]) for k in (0, 1))
given, got = (np.array([float(e[k]) for e in EXCHANGES]) for k in (2, 3))
y = np.log(got / given)
A = np.zeros((len(y), n)); A[range(len(y)), gives] = 1; A[range(len(y)), gets] = -1


def told(name, v):
    v = np.asarray(v, float)
    v = v - v.mean()
    print(f"const {name}: [f64; {len(v)}] = [{', '.join(f'{x:.10f}' for x in v)}];")


def one(name, x):
    print(f"const {name}: f64 = {x:.10f};")


lls = np.linalg.lstsq(A, y, rcond=None)[0]
told("LEAST_SQUARES", lls)
m = len(y)
lp = linprog([0] * n + [1] * m, A_ub=np.block([[A, -np.eye(m)], [-A, -np.eye(m)]]), b_ub=np.r_[y, -y], bounds=[(None, None)] * n + [(0, None)] * m)
one("LEAST_DEVIATIONS", lp.fun)


def loglik(v):
    d = v[gives] - v[gets]
    p = 1 / (1 + np.exp(-y))
    return np.sum(p * np.logaddexp(0, -d) + (1 - p) * np.logaddexp(0, d)) + 1e-3 * v.mean() ** 2


told("BRADLEY_TERRY_EXCHANGES", minimize(loglik, np.zeros(n), method="BFGS", options={"gtol": 1e-11}).x)
pairs = [(a, b) for r in RANKINGS for a, b in itertools.combinations(r, 2)]
told("BRADLEY_TERRY", choix.ilsr_pairwise(n, pairs, alpha=0, max_iter=1000, tol=1e-13))
told("PLACKETT_LUCE", choix.ilsr_rankings(n, RANKINGS, alpha=0, max_iter=1000, tol=1e-13))
told("RANK_CENTRALITY", choix.rank_centrality(n, pairs, alpha=0))
g = networkx.DiGraph()
g.add_nodes_from(range(n))
for a, b in zip(gives, gets):
    g.add_edge(int(a), int(b), weight=g.get_edge_data(int(a), int(b), {"weight": 0})["weight"] + 1)
rank = networkx.pagerank(g, alpha=0.85, tol=1e-15, max_iter=1000)
told("PAGERANK", np.log([rank[k] for k in range(n)]))
Q = np.zeros((n, n))
for a, b, x, z in zip(gives, gets, given, got):
    Q[b, a] += x; Q[a, a] -= x; Q[a, b] += z; Q[b, b] -= z
told("EQUILIBRIUM", np.log(np.abs(null_space(Q)[:, 0])))

rest = np.exp(y - A @ lls)
worth = given * np.exp((lls - lls.mean())[gives])
C = np.zeros((n, m))
for k in range(m):
    C[gives[k], k] -= worth[k]; C[gets[k], k] += worth[k] * rest[k]
one("MOST_CLEARED", -linprog(-worth, A_ub=C, b_ub=np.zeros(n), bounds=[(0, 1)] * m).fun)

mean, P = np.zeros(n), 1e6 * np.eye(n)
for k in range(m):
    P = P + (DRIFT if k else 0) * np.eye(n)
    h = A[k]
    s = h @ P @ h + 1
    K = P @ h / s
    mean = mean + K * (y[k] - h @ mean)
    P = (np.eye(n) - np.outer(K, h)) @ P @ (np.eye(n) - np.outer(K, h)).T + np.outer(K, K)
told("KALMAN", mean)


def worth_of(S):
    best = 0
    for take in itertools.permutations(S):
        if all(t == s or t in ROUND[s] for s, t in zip(S, take)):
            best = max(best, sum(t != s for s, t in zip(S, take)))
    return best


k = len(ROUND)
sets = [S for r in range(1, k) for S in itertools.combinations(range(k), r)]
lp = linprog([0] * k + [1], A_ub=[[-(i in S) for i in range(k)] + [-1] for S in sets], b_ub=[-worth_of(S) for S in sets],
             A_eq=[[1] * k + [0]], b_eq=[worth_of(tuple(range(k)))], bounds=[(None, None)] * (k + 1))
one("LEAST_EXCESS", lp.fun)
share = np.zeros(k)
orders = list(itertools.permutations(range(k)))
for order in orders:
    for at, i in enumerate(order):
        share[i] += (worth_of(tuple(sorted(order[:at + 1]))) - worth_of(tuple(sorted(order[:at])))) / len(orders)
print(f"const SHAPLEY: [f64; {k}] = [{', '.join(f'{x:.10f}' for x in share)}];")
