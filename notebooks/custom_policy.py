# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # An autoscaling policy of your own
#
# A HorizontalPodAutoscaler follows the load. With a load that rises fast and pods that start slowly, following may be late. Would a policy
# that looks ahead do better, and what would it cost? Here is one in a few lines of Python, in the place of the controller's decision.
#
# To run this: `pip install "ekssim[notebooks,frames]"`.

# %%
import time

import ekssim
import matplotlib.pyplot as plt

shop = ekssim.Scenario(
    name="rush",
    cluster=ekssim.Cluster(
        region="eu-central-1",
        version="1.34",
        node_groups=[ekssim.NodeGroup("workers", instance_type="m5.2xlarge", desired_capacity=4)],
        addons=[ekssim.Addon("metrics-server")],
    ),
    manifests=[
        ekssim.Deployment("web", namespace="shop", replicas=4, cpu="500m", memory="256Mi"),
        ekssim.Service("web", namespace="shop"),
        ekssim.HorizontalPodAutoscaler("web", namespace="shop", min_replicas=2, max_replicas=40, cpu=60),
    ],
    behaviour=[ekssim.Behaviour("Deployment/shop/web", ready=ekssim.Lognormal(p50="45s", p95="80s"))],
    traffic=[
        ekssim.Traffic(
            "Service/shop/web",
            rate={"sine": {"mean": "400/s", "amplitude": "320/s", "period": "40m"}},
            request=ekssim.Request(cpu="15ms"),
        )
    ],
    run=ekssim.RunSettings("2h", warm_up="10m", seed=7),
)


# %% [markdown]
# ## The policy
#
# An object with `decide(view)`. All that it remembers lies in the object; the run keeps that as bytes, so that forks have their own and
# the fingerprint covers it.

# %%
class LooksAhead:
    """Extends the trend of the last few looks by the time that a pod takes to start."""

    def __init__(self, ahead_seconds: float) -> None:
        self.ahead_seconds = ahead_seconds
        self.seen: list[tuple[float, float]] = []  # (seconds, cores in use)

    def decide(self, view: ekssim.PolicyView) -> int:
        cpu = view.metrics[0]
        if cpu.value is None:
            return view.replicas
        load = cpu.value / cpu.target * view.ready  # replicas that the load of now is worth
        self.seen = [*self.seen[-7:], (view.now_seconds, load)]
        (first, was), (last, now) = self.seen[0], self.seen[-1]
        slope = (now - was) / (last - first) if last > first else 0.0
        return max(round(now + max(slope, 0.0) * self.ahead_seconds + 0.5), view.min_replicas)


ahead = shop.with_policy("HorizontalPodAutoscaler/shop/web", LooksAhead(90))
runs = {"HorizontalPodAutoscaler": shop.simulate(), "looks ahead": ahead.simulate()}

# %%
minutes = range(0, 121)
sizes: dict[str, list[int]] = {name: [] for name in runs}
for minute in minutes:
    for name, run in runs.items():
        pods = run.until(f"{minute}m").pods()
        sizes[name].append(sum(w == "web" and ready for w, ready in zip(pods["workload"], pods["ready"])))
figure, axes = plt.subplots(figsize=(7, 3))
for name, color in (("HorizontalPodAutoscaler", "tab:gray"), ("looks ahead", "tab:blue")):
    axes.step(minutes, sizes[name], where="post", label=name, color=color)
axes.set_xlabel("minutes")
axes.set_ylabel("ready pods of web")
axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
plt.show()

# %% [markdown]
# On the way up there is little between them: the controller may double the pods every 15 seconds. On the way down it holds the largest
# recommendation of the last five minutes, which the policy does not; so the policy has fewer pods, and moves more of them.

# %% [markdown]
# ## Forks and fingerprints
#
# A fork in mid-run has the policy's state of that moment. Two futures without a difference are equal to the last bit.

# %%
middle = ahead.simulate().until("1h")
left, right = middle.fork().until("2h"), middle.fork().until("2h")
print(left.fingerprint, right.fingerprint, runs["looks ahead"].fingerprint)

# %% [markdown]
# What cannot be copied says so, where a copy is needed:

# %%
class Careless(LooksAhead):
    def __init__(self) -> None:
        super().__init__(90)
        self.log = open("/dev/null", "w")


try:
    shop.with_policy("shop/web", Careless()).simulate().until("1h").fork()
except ekssim.PolicyError as error:
    print(error)

# %% [markdown]
# ## What it changes, and what a call costs

# %%
comparison = ekssim.compare(shop, ahead, replications=6)
comparison

# %%
calls = 0


class Counts(LooksAhead):
    def decide(self, view: ekssim.PolicyView) -> int:
        global calls
        calls += 1
        return super().decide(view)


class Keeps:
    """Does nothing, in as few steps as can be."""

    def decide(self, view: ekssim.PolicyView) -> int:
        return view.replicas


day = {"run.for": "24h"}
shop.with_policy("shop/web", Counts(90)).with_set(day).run(series=False)
costs = {}
for name, policy in (("nothing", Keeps()), ("the trend above", LooksAhead(90))):
    held = shop.with_policy("shop/web", policy).with_set(day)._policies[0]
    _, state, ask = held.entry()
    view = (0.0, 4, 4, 4, 2, 40, [("cpu", "Utilization", 55.0, 60.0, 4)])
    began = time.perf_counter()
    for _ in range(5000):
        _, state = ask(state, view)
    costs[name] = (time.perf_counter() - began) / 5000 * 1e6
figure, axes = plt.subplots(figsize=(7, 1.6))
axes.barh(list(costs), list(costs.values()), color="tab:blue")
axes.set_xlabel("microseconds a call")
plt.show()
print(f"A day of looks every 15 s is {calls} calls, {calls * costs['the trend above'] / 1e6:.2f} s of one core.")

# %%
assert left.fingerprint == right.fingerprint == runs["looks ahead"].fingerprint
