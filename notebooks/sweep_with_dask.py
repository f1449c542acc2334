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
# # A sweep on Dask
#
# How many nodes of which type does a shop with a lunch-time peak need? Twelve answers, five runs each, done by Dask workers: two local
# processes here, a cluster elsewhere with the same lines.
#
# To run this: `pip install "ekssim[notebooks,frames,dask]"`.

# %%
import tempfile
from pathlib import Path

import ekssim
import matplotlib.pyplot as plt
from distributed import Client, LocalCluster

shop = ekssim.Scenario(
    name="lunch",
    cluster=ekssim.Cluster(
        region="eu-central-1",
        version="1.34",
        node_groups=[ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=3)],
    ),
    manifests=[ekssim.Deployment("web", namespace="shop", replicas=6, cpu="400m", memory="700Mi")],
    behaviour=[ekssim.Behaviour("Deployment/shop/web", ready=ekssim.Lognormal(p50="8s", p95="20s"))],
    timeline=[ekssim.Change(at="30m", duration="40m", scale="Deployment/shop/web", replicas=24)],
    run=ekssim.RunSettings("2h", warm_up="5m", seed=7),
)

# %%
cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
client = Client(cluster)
over = {
    "cluster.managedNodeGroups[workers].instanceType": ["m5.large", "m5.xlarge", "r5.large"],
    "cluster.managedNodeGroups[workers].desiredCapacity": [3, 4, 6, 8],
}
file = Path(tempfile.mkdtemp()) / "lunch.jsonl"
sweep = shop.sweep(over, replications=5, executor=client, resume=file)
sweep

# %% [markdown]
# What is finished is kept in the file, line by line. The same call after an interruption goes on from there; now there is nothing left to do.
# A worker that dies is made up for: `sweep.retries` says what was begun more than once. Neither changes the results, nor does who does the work.

# %%
print(f"{sum(1 for _ in open(file)) - 1} runs in the file, {len(sweep.retries)} of them begun more than once")
again = shop.sweep(over, replications=5, resume=file)
here = shop.sweep(over, replications=5)
print("resumed, and on threads here, the same:", again == sweep, here == sweep)

# %% [markdown]
# ## Tidy
#
# One row a run and quantity, for pandas, polars or DuckDB; or one axis a path, for xarray.

# %%
frame = sweep.to_frame()
frame[frame.quantity == "waiting seconds"].head()

# %%
data = sweep.to_xarray()
wait = data["waiting seconds"].mean("replication") / 24
cost = data["cost an hour"].mean("replication")
figure, axes = plt.subplots(figsize=(7, 3))
image = axes.imshow(wait, cmap="magma_r", norm="symlog", aspect="auto")
axes.set_xticks(range(wait.desiredCapacity.size), [f"{n} nodes" for n in wait.desiredCapacity.values])
axes.set_yticks(range(wait.instanceType.size), wait.instanceType.values)
bright = float(wait.max()) / 10
for row in range(wait.shape[0]):
    for column in range(wait.shape[1]):
        seconds, usd = float(wait[row, column]), float(cost[row, column])
        color = "white" if seconds > bright else "black"
        axes.text(column, row, f"{seconds:,.0f} s\n{usd:.2f} USD/h", ha="center", va="center", color=color)
figure.colorbar(image, label="seconds of waiting a pod (colour: log)")
plt.show()

# %% [markdown]
# ## The cheapest that places all
#
# Pods that find no node wait for the whole lunch. The cheapest form without such pods:

# %%
long_wait = (data["waiting seconds"] > 24 * 120).any("replication")
best = cost.where(~long_wait).to_series().idxmin()
print(f"{best[1]} x {best[0]} at {float(cost.sel(instanceType=best[0], desiredCapacity=best[1])):.2f} USD an hour")

# %%
client.close()
cluster.close()
assert again == sweep == here
assert bool(long_wait.sel(instanceType="m5.large", desiredCapacity=3)) and not bool(long_wait.sel(instanceType="m5.xlarge", desiredCapacity=8))
