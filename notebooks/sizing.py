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
# # The fleet to buy
#
# A shop that scales out at noon, a cache, and CronJobs. Which nodes hold it, at what price, and how sure is that? `ekssim.size` packs the
# workloads onto every instance type, proves how cheap it could get, and lets the best fleets run.
#
# To run this: `pip install "ekssim[notebooks,frames]"`.

# %%
import textwrap

import ekssim
import matplotlib.pyplot as plt

shop = ekssim.Scenario(
    name="shop",
    cluster=ekssim.Cluster(region="eu-central-1", version="1.34", node_groups=[ekssim.NodeGroup("workers")]),
    manifests=[
        ekssim.Deployment("web", namespace="shop", replicas=12, cpu="450m", memory="700Mi"),
        ekssim.Deployment("api", namespace="shop", replicas=8, cpu="900m", memory="1200Mi"),
        ekssim.StatefulSet("cache", namespace="shop", replicas=3, cpu="300m", memory="6Gi"),
        ekssim.CronJob("report", namespace="shop", schedule="*/5 * * * *", cpu="500m", memory="512Mi"),
    ],
    behaviour=[
        ekssim.Behaviour("Deployment/shop/*", ready=ekssim.Lognormal(p50="8s", p95="20s")),
        ekssim.Behaviour("CronJob/shop/report", run_time=ekssim.Lognormal(p50="60s", p95="150s")),
    ],
    timeline=[ekssim.Change(at="30m", duration="30m", scale="Deployment/shop/web", replicas=20)],
    run=ekssim.RunSettings("90m", warm_up="5m", seed=7),
)

# %%
sizing = ekssim.size(shop, families=["m7g", "c7g", "r7g", "m7i"], top=4, replications=6)
print(sizing.sentence)
for reason in sizing.reasons:
    print("-", reason)

# %% [markdown]
# ## What fits, and what binds
#
# How many pods of each workload a node of the size holds, if it holds nothing else.

# %%
sizes = ["c7g.2xlarge", "m7g.2xlarge", "r7g.2xlarge"]
figure, all_axes = plt.subplots(1, 3, figsize=(9, 2.6), sharey=True)
for axes, workload in zip(all_axes, [one for one in sizing.to_dict()["density"]["workloads"] if "/shop/" in one]):
    rows = {row["instance_type"]: row for row in sizing.density(workload)}
    axes.barh(sizes, [rows[name]["pods"] for name in sizes], color="tab:blue")
    for place, name in enumerate(sizes):
        axes.text(rows[name]["pods"], place, f" {rows[name]['pods']}, {rows[name]['binds']}", va="center", fontsize=8)
    axes.set_title(workload.partition("/")[2], fontsize=10)
    axes.set_xlim(0, 1.6 * max(rows[name]["pods"] for name in sizes))
    axes.set_xlabel("pods a node")
plt.show()

# %% [markdown]
# ## Price, and what nobody can undercut
#
# Black is the proven bound of the packing alone. Green fleets meet the objectives, red ones do not.

# %%
fleets = sizing.candidates
figure, axes = plt.subplots(figsize=(7, 0.5 + 0.5 * len(fleets)))
for place, fleet in enumerate(fleets):
    color = {True: "tab:green", False: "tab:red", None: "tab:gray"}[fleet.meets_objectives]
    axes.barh(place, fleet.usd_per_hour, color=color, alpha=0.8)
    axes.plot([fleet.lower_bound_usd_per_hour] * 2, [place - 0.4, place + 0.4], color="black")
axes.set_yticks(range(len(fleets)), [textwrap.fill(fleet.label, 36) for fleet in fleets], fontsize=8)
axes.invert_yaxis()
axes.set_xlabel("USD an hour")
plt.show()

# %% [markdown]
# ## What the simulation says of each

# %%
for fleet in fleets:
    start = fleet.pod_start_p99_seconds
    told = "not simulated" if start is None else f"99 % of pods start within {start:5.1f} s, stuck in {fleet.stuck_share:.0%} of runs"
    print(f"{fleet.rank}. {fleet.label:40} {fleet.usd_per_hour:6.3f} USD/h  {told}")

# %%
best = sizing.best
assert best is not None and best.meets_objectives
assert best.lower_bound_usd_per_hour <= best.usd_per_hour
