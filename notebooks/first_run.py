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
# # A first run
#
# A small shop on three nodes, two hours of it, and one question: what happens when marketing asks for four times as many pods?
#
# To run this: `pip install "ekssim[notebooks,frames]"`, and open the file as a notebook (Jupyter with jupytext, or VS Code).

# %%
import ekssim
import matplotlib.pyplot as plt

# %% [markdown]
# ## The cluster
#
# Keywords are those of eksctl and Kubernetes. A mistyped one is answered with the one that was meant.

# %%
shop = ekssim.Scenario(
    name="shop",
    cluster=ekssim.Cluster(
        region="eu-central-1",
        version="1.34",
        node_groups=[ekssim.NodeGroup("workers", instance_type="m5.large", desired_capacity=3)],
    ),
    manifests=[
        ekssim.Deployment("web", namespace="shop", replicas=8, cpu="250m", memory="256Mi"),
        ekssim.CronJob("report", namespace="shop", schedule="*/5 * * * *", cpu="100m", memory="128Mi"),
    ],
    behaviour=[
        ekssim.Behaviour("Deployment/shop/web", ready=ekssim.Lognormal(p50="8s", p95="20s")),
        ekssim.Behaviour("CronJob/shop/report", run_time=ekssim.Lognormal(p50="40s", p95="90s")),
    ],
    expect=[
        ekssim.Expectation("p99(ekssim_pod_start_seconds) < 60s", name="pods start within a minute"),
        ekssim.Expectation("max(ekssim_pods_unplaced) <= 0", name="every pod finds a node"),
    ],
    run=ekssim.RunSettings("2h", warm_up="5m", seed=7),
)
shop

# %%
try:
    ekssim.NodeGroup("workers", instance_typ="m5.large")
except TypeError as error:
    print(error)

# %% [markdown]
# ## A quiet day

# %%
quiet = shop.run()
quiet

# %% [markdown]
# ## The question
#
# A simulation is a value: advance it, fork it, change one branch. Both branches see the same chance, so that what differs is the change.

# %%
base = shop.simulate().until("30m")
busy = base.fork().apply(ekssim.Change(scale="Deployment/shop/web", replicas=32)).until("2h")
calm = base.fork().until("2h")
stuck = [pod for pod in busy.pods() if pod["node"] is None]
before = sum(node is None for node in calm.pods()["node"])
print(f"{len(stuck)} pods have no node after two hours; with eight replicas it is {before}.")

# %%
story = busy.explain(pod="shop/web")
print("\n".join(story["text"][:12]))

# %% [markdown]
# ## What is full
#
# Tables go into pandas, polars, DuckDB or pyarrow as they are.

# %%
nodes = busy.nodes().to_pandas().set_index("name")
shares = {
    "CPU requested": nodes.requested_cpu_milli / nodes.allocatable_cpu_milli,
    "memory requested": nodes.requested_memory_bytes / nodes.allocatable_memory_bytes,
    "pods": nodes.pods / nodes.max_pods,
}
figure, axes = plt.subplots(figsize=(7, 2.6))
for place, (what, share) in enumerate(shares.items()):
    axes.barh([y + 0.25 * (1 - place) for y in range(len(nodes))], 100 * share, height=0.22, label=what)
axes.set_yticks(range(len(nodes)), nodes.index)
axes.set_xlabel("% of what the node has for pods")
axes.axvline(100, color="black", linewidth=0.8)
axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False)
plt.show()

# %% [markdown]
# ## Pods over time

# %%
result = busy.result()
waiting = result.timeline("pods", state="waiting").to_pandas()
ready = result.timeline("pods", state="ready").to_pandas()
by_time = waiting.pivot_table(index="at_seconds", columns="cause", values="value", aggfunc="last").ffill().fillna(0)
figure, axes = plt.subplots(figsize=(7, 3))
axes.step(ready.at_seconds / 60, ready.value, where="post", label="ready", color="tab:green")
axes.step(by_time.index / 60, by_time.sum(axis=1), where="post", label="waiting", color="tab:red")
axes.axvline(30, color="gray", linestyle=":", label="scaled to 32")
axes.set_xlabel("minutes")
axes.set_ylabel("pods")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## Which machines would do?
#
# A comparison always has intervals: ten pairs of runs, each pair under the same chance.

# %%
wanted = shop.with_set({"timeline": [{"at": "30m", "scale": "Deployment/shop/web", "replicas": 32}]})
larger = wanted.with_set({"cluster.managedNodeGroups[workers].instanceType": "m5.xlarge"})
comparison = ekssim.compare(wanted, larger, replications=10)
comparison

# %%
assert quiet.verdict == "pass" and len(stuck) > 0
assert larger.run().verdict == "pass"
