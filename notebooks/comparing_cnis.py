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
# # One burst, three ways to get an address
#
# Scrapers in a small subnet grow from 6 to 48 pods and back, beside CronJobs that come and go every minute. Who serves the burst quickly, and
# who leaves room in the subnet: the VPC CNI, Cilium in ENI mode, or Cilium that asks for addresses ahead?
#
# To run this: `pip install "ekssim[notebooks,frames]"`. The scenario is bundled.

# %%
import ekssim
import matplotlib.pyplot as plt

scenario = ekssim.load("../scenarios/field-reports/fr_19_cilium_instead_of_vpc_cni.yaml")
named = {label["variant"]: form for label, form in scenario.variants()}
cnis = {
    "Cilium": named["as written"],
    "Cilium, 30 ahead": named["min-allocate 30"],
    "VPC CNI": named["VPC CNI"],
}
colors = dict(zip(cnis, ("tab:orange", "tab:blue", "tab:green")))
results = {name: form.run() for name, form in cnis.items()}

# %% [markdown]
# ## How long a scraper takes to start

# %%
figure, axes = plt.subplots(figsize=(7, 3))
for name, result in results.items():
    starts = result.histogram("ekssim_pod_start_seconds", workload="scraper").to_pandas()
    share = 100 * starts["count"].cumsum() / starts["count"].sum()
    axes.step([0, *starts.high], [0, *share], where="post", label=name, color=colors[name])
axes.set_xscale("symlog", linthresh=5)
axes.set_xlim(0)
axes.set_xlabel("seconds from creation to ready")
axes.set_ylabel("% of scrapers")
axes.legend(frameon=False)
plt.show()

# %% [markdown]
# ## What is left of the subnet

# %%
figure, axes = plt.subplots(figsize=(7, 3))
for name, result in results.items():
    level = result.timeline("subnet_free_addresses").to_pandas()
    axes.step(level.at_seconds / 60, level.value, where="post", label=name, color=colors[name])
axes.axvspan(30, 60, color="gray", alpha=0.15, label="burst")
axes.set_xlabel("minutes")
axes.set_ylabel("free addresses in the subnet")
axes.set_ylim(0)
axes.legend(frameon=False, ncols=2)
plt.show()

# %% [markdown]
# ## What they wait for

# %%
causes = sorted({cause for result in results.values() for cause in result.waiting["by_cause"]})
figure, axes = plt.subplots(figsize=(7, 2.4))
for place, (name, result) in enumerate(results.items()):
    left = 0.0
    for number, cause in enumerate(causes):
        seconds = result.waiting["by_cause"].get(cause, 0.0) / result.waiting["pods"]
        axes.barh(place, seconds, left=left, color=f"C{number}", label=cause if place == 0 else None)
        left += seconds
axes.set_yticks(range(len(results)), list(results))
axes.set_xlabel("seconds of waiting a pod")
axes.legend(frameon=False, bbox_to_anchor=(1.01, 1), loc="upper left")
plt.show()

# %% [markdown]
# ## With intervals
#
# Eight pairs of runs. The first form is Cilium as it stands; a negative difference is an improvement on it.

# %%
comparison = ekssim.compare(*cnis.values(), replications=8)
for one in comparison.differences:
    if one["metric"] in ("waiting seconds", "waiting for no-address", "waiting for sandbox-retry"):
        name = list(cnis)[one["variant"]]
        low, high = one["interval"]
        print(f"{name:16} {one['metric']:26} {one['difference']:10.0f} s   [{low:.0f}, {high:.0f}]")

# %% [markdown]
# The operator of Cilium adds addresses when its agents run short, so that a burst waits for calls of the EC2 API, and for the kubelet to try
# again. Addresses asked for ahead cost room in the subnet and end the wait. The VPC CNI holds a warm ENI on each node, which is quick and is what
# the room in the subnet goes to.

# %%
slow = results["Cilium"].series("ekssim_pod_start_seconds", workload="scraper")[0]["p99"]
assert all(results[n].series("ekssim_pod_start_seconds", workload="scraper")[0]["p99"] < slow for n in ("Cilium, 30 ahead", "VPC CNI"))
