"""Values and shares by others, for problems that stand one a line on standard input, as JSON; one line of JSON for each on standard output.

    {"goods": 3, "exchanges": [[gives, gets, given, got, weight, time], ...], "rankings": []}
        by name of the method the logarithms of values, centred: by numpy, scipy's minimisers, null spaces and linear programs, networkx, and a Kalman filter in matrices;
        where values need not be the only ones, what they reach: the least sum of deviations, the most that is cleared
    {"goods": 3, "exchanges": [], "rankings": [[best, ..., worst], ...]}
        the same of lists, by choix and networkx
    {"players": 2, "owner": [player of item 0, ...], "wants": [[items that are taken for item 0], ...]}
        Shapley shares over all orders of arrival, or over all coalitions beyond 6 players; the excess of the least core over all coalitions, and how far from equal its shares
        must be at least

`constants` as the argument prints what the small cases of solver/src/valuation/tests.rs have, as Rust. Needs PyPI's scipy (1.17.1), choix (0.4.1) and networkx (3.6.1); exits
with status 77 if one of them is not there.
"""
import itertools
import json
import math
import sys

try:
    import choix
    import networkx
    import numpy as np
    from scipy.linalg import null_space
    from scipy.optimize import linear_sum_assignment, linprog, root
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(77)

DRIFTS = [0.0, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1]
UNKNOWN = 1e6
# Goods squared times exchanges; beyond, variances alone are followed, and a good counts for drift from its 20th exchange on.
MOST_WORK = 2_000_000_000
UNLEARNT = 20


def centred(values):
    values = np.asarray(values, float)
    return list(values - values.mean())


class Trades:
    def __init__(self, problem):
        self.n = problem["goods"]
        columns = list(zip(*problem["exchanges"]))
        self.gives, self.gets = (np.array(column, int) for column in columns[:2])
        self.given, self.got, self.weight, self.time = (np.array(column, float) for column in columns[2:])
        self.rate = np.log(self.got / self.given)
        self.m = len(self.rate)
        self.sides = np.zeros((self.m, self.n))
        self.sides[range(self.m), self.gives] += 1
        self.sides[range(self.m), self.gets] -= 1

    def least_squares(self):
        by = np.sqrt(self.weight)
        return centred(np.linalg.lstsq(self.sides * by[:, None], self.rate * by, rcond=None)[0])

    def least_deviations(self):
        A, one = self.sides, np.eye(self.m)
        bounds = [(None, None)] * self.n + [(0, None)] * self.m
        rows, sides = np.block([[A, -one], [-A, -one]]), np.r_[self.rate, -self.rate]
        return linprog(np.r_[np.zeros(self.n), self.weight], A_ub=rows, b_ub=sides, bounds=bounds).fun

    def bradley_terry(self):
        won = self.weight / (1 + np.exp(-self.rate))
        A = self.sides

        def slope(v):
            return A.T @ (self.weight / (1 + np.exp(-A @ v)) - won) + v.mean()

        def curve(v):
            chance = 1 / (1 + np.exp(-A @ v))
            return A.T @ (A * (self.weight * chance * (1 - chance))[:, None]) + np.ones((self.n, self.n)) / self.n

        found = root(slope, np.zeros(self.n), jac=curve, tol=1e-14)
        assert np.abs(slope(found.x)).max() < 1e-9 * self.weight.sum(), found.message
        return centred(found.x)

    def rank_centrality(self):
        wins = np.zeros((self.n, self.n))
        part = 1 / (1 + np.exp(-self.rate))
        np.add.at(wins, (self.gives, self.gets), self.weight * part)
        np.add.at(wins, (self.gets, self.gives), self.weight * (1 - part))
        both = wins + wins.T
        # From column to row, as fast as the row wins.
        rates = np.divide(wins, both, out=np.zeros_like(wins), where=both > 0)
        return centred(np.log(np.abs(null_space(rates - np.diag(rates.sum(axis=0)))[:, 0])))

    def pagerank(self):
        return pagerank(self.n, zip(self.gives, self.gets, self.weight))

    def equilibrium(self):
        Q = np.zeros((self.n, self.n))
        for a, b, x, z in zip(self.gives, self.gets, self.weight * self.given, self.weight * self.got):
            Q[b, a] += x
            Q[a, a] -= x
            Q[a, b] += z
            Q[b, b] -= z
        scale = np.abs(np.diag(Q)).max()
        return centred(np.log(np.abs(null_space(Q / scale)[:, 0])))

    def most_cleared(self):
        values = np.array(self.least_squares())
        ratio = np.exp(self.rate - self.sides @ values)
        worth = self.weight * self.given * np.exp(values[self.gives])
        C = np.zeros((self.n, self.m))
        for k in range(self.m):
            C[self.gives[k], k] -= worth[k]
            C[self.gets[k], k] += worth[k] * ratio[k]
        return -linprog(-worth, A_ub=C, b_ub=np.zeros(self.n), bounds=[(0, 1)] * self.m).fun

    def follow(self, drift, is_exact):
        order = np.argsort(self.time, kind="stable")
        step = (self.time[order[-1]] - self.time[order[0]]) / max(self.m - 1, 1)
        since = np.r_[0, np.diff(self.time[order]) / step if step > 0 else np.ones(self.m - 1)]
        error = self.weight.mean() / self.weight[order]
        mean, P, var = np.zeros(self.n), UNKNOWN * np.eye(self.n) if is_exact else None, np.full(self.n, UNKNOWN)
        seen, met, now = np.zeros(self.n), np.zeros(self.n, int), 0.0
        joined, squares, spreads, count = networkx.utils.UnionFind(range(self.n)), 0.0, 0.0, 0
        for k, gone, noise in zip(order, since, error):
            a, b, now = self.gives[k], self.gets[k], now + gone
            surprise = self.rate[k] - (mean[a] - mean[b])
            if is_exact:
                P = P + drift * gone * np.eye(self.n)
                h = self.sides[k]
                spread = h @ P @ h + noise
                counts = joined[a] == joined[b]
                joined.union(a, b)
                K = P @ h / spread
                mean = mean + K * surprise
                rest = np.eye(self.n) - np.outer(K, h)
                P = rest @ P @ rest.T + noise * np.outer(K, K)
            else:
                for good in (a, b):
                    var[good] += drift * (now - seen[good])
                    seen[good] = now
                spread = var[a] + var[b] + noise
                counts = min(met[a], met[b]) >= UNLEARNT
                mean[a] += var[a] / spread * surprise
                mean[b] -= var[b] / spread * surprise
                var[[a, b]] *= 1 - var[[a, b]] / spread
                met[[a, b]] += 1
            if counts:
                squares, spreads, count = squares + surprise**2 / spread, spreads + math.log(spread), count + 1
        likelihood = -0.5 * (count * math.log(max(squares / count, 1e-30)) + spreads) if count else 0.0
        return likelihood, centred(mean)

    def kalman(self):
        is_exact = self.n * self.n * self.m <= MOST_WORK
        courses = [self.follow(drift, is_exact) for drift in DRIFTS]
        best = max(range(len(DRIFTS)), key=lambda at: courses[at][0])
        return {"drift": DRIFTS[best], "values": courses[best][1]}


def pagerank(n, flows):
    graph = networkx.DiGraph()
    graph.add_nodes_from(range(n))
    for a, b, weight in flows:
        graph.add_edge(int(a), int(b), weight=graph.get_edge_data(int(a), int(b), {"weight": 0})["weight"] + weight)
    rank = networkx.pagerank(graph, alpha=0.85, tol=1e-15, max_iter=1000)
    return centred(np.log([rank[k] for k in range(n)]))


def of_trades(problem):
    trades = Trades(problem)
    if problem.get("deviations alone"):
        return {"least deviations": trades.least_deviations()}
    return {
        "kalman": trades.kalman(),
        **({} if problem.get("kalman alone") else {
            "least-squares": trades.least_squares(),
            "least deviations": trades.least_deviations(),
            "bradley-terry": trades.bradley_terry(),
            "plackett-luce": trades.bradley_terry(),
            "rank-centrality": trades.rank_centrality(),
            "pagerank": trades.pagerank(),
            "equilibrium": trades.equilibrium(),
            "most cleared": trades.most_cleared(),
        }),
    }


def of_rankings(problem):
    n, lists = problem["goods"], problem["rankings"]
    pairs = [pair for one in lists for pair in itertools.combinations(one, 2)]
    flows = [(worse, better, 2 / (len(one) * (len(one) - 1))) for one in lists for better, worse in itertools.combinations(one, 2)]
    return {
        "bradley-terry": centred(choix.ilsr_pairwise(n, pairs, alpha=0, max_iter=10000, tol=1e-13)),
        "plackett-luce": centred(choix.ilsr_rankings(n, lists, alpha=0, max_iter=10000, tol=1e-13)),
        "rank-centrality": centred(choix.rank_centrality(n, pairs, alpha=0)),
        "pagerank": pagerank(n, flows),
    }


def of_game(problem):
    k, owner, wants = problem["players"], problem["owner"], problem["wants"]
    # What each item's owner takes for it: itself, or what is wanted.
    cost = np.full((len(owner), len(owner)), 1e6)
    for item, list_ in enumerate(wants):
        cost[item, list_] = -1
        cost[item, item] = 0

    def worth(members):
        items = [item for item, player in enumerate(owner) if player in members]
        part = cost[np.ix_(items, items)]
        return -part[linear_sum_assignment(part)].sum()

    worths = {S: worth(S) for r in range(k + 1) for S in map(frozenset, itertools.combinations(range(k), r))}
    share, everybody = np.zeros(k), frozenset(range(k))
    if k <= 6:
        orders = list(itertools.permutations(range(k)))
        for order in orders:
            for at, player in enumerate(order):
                share[player] += (worths[frozenset(order[: at + 1])] - worths[frozenset(order[:at])]) / len(orders)
    else:
        for S in worths:
            for player in everybody - S:
                chance = math.factorial(len(S)) * math.factorial(k - len(S) - 1) / math.factorial(k)
                share[player] += chance * (worths[S | {player}] - worths[S])
    proper = [S for S in worths if S and S != everybody]
    rows = [[-(player in S) for player in range(k)] + [-1] for S in proper]
    whole, free = {"A_eq": [[1] * k + [0]], "b_eq": [worths[everybody]]}, [(None, None)] * (k + 1)
    excess = linprog([0] * k + [1], A_ub=rows, b_ub=[-worths[S] for S in proper], bounds=free, **whole).fun
    equal = worths[everybody] / k
    claims = [[-(player in S) for player in range(k)] + [0] for S in proper]
    apart = [[sign * (player == other) for other in range(k)] + [-1] for player in range(k) for sign in (1, -1)]
    limits = [excess - worths[S] for S in proper] + [sign * equal for _ in range(k) for sign in (1, -1)]
    farthest = linprog([0] * k + [1], A_ub=claims + apart, b_ub=limits, bounds=free, **whole).fun
    return {"shapley": list(share), "excess": excess, "farthest": farthest, "total": worths[everybody]}


def answer(problem):
    if "players" in problem:
        return of_game(problem)
    return of_trades(problem) if problem["exchanges"] else of_rankings(problem)


def constants():
    # Six goods of values about 1, 2, 3, 5, 8, 13, with one rate far out.
    exchanges = [(0, 1, 4, 2.1), (1, 2, 3, 1.9), (2, 3, 5, 3.2), (3, 4, 8, 4.8), (4, 5, 13, 8.3), (5, 0, 1, 12.5), (0, 2, 6, 2.2),
                 (1, 3, 5, 1.9), (2, 4, 8, 3.1), (3, 5, 2.6, 1.1), (4, 0, 2, 15), (5, 1, 2, 14), (0, 3, 10, 9.5), (2, 5, 4, 1)]
    rankings = [(5, 4, 3), (4, 5, 2), (3, 2, 1, 0), (0, 1), (1, 0, 2), (2, 3), (5, 3, 4, 2), (3, 4), (1, 2)]
    problem = {"goods": 6, "exchanges": [(*exchange, 1, 0) for exchange in exchanges], "rankings": rankings}
    of = of_trades(problem)
    of["kalman"] = Trades(problem).follow(1e-3, True)[1]
    of |= {f"{name} of lists": values for name, values in of_rankings(problem).items()}
    of |= of_game({"players": 5, "owner": range(5), "wants": [[1], [0, 2], [3], [1, 4], [3]]})
    for name, found in of.items():
        told = [f"{number:.10f}" for number in np.atleast_1d(found)]
        print(f"{name}: {', '.join(told)}")


if sys.argv[1:] == ["constants"]:
    constants()
else:
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))))
