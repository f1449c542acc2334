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
# # CronJobs that hang in ContainerCreating
#
# Sixty CronJobs run once a minute beside the services of a shop, on fifteen nodes. Now and then a Job's pod hangs in ContainerCreating for
# tens of seconds. No pod is Pending, no node is full. What is it, and what would help?
#
# To run this: `pip install "ekssim[notebooks,frames]"`. The scenario is bundled; its file tells the whole story.

# %%
import ekssim
import matplotlib.pyplot as plt

scenario = ekssim.load("../scenarios/one_minute_cronjobs.yaml").with_set({"run.for": "4h"})

# %% [markdown]
# ## What the pods wait for

# %%
result = scenario.run()
waiting = result.table("waiting").to_pandas().set_index("cause").sort_values("seconds")
figure, axes = plt.subplots(figsize=(7, 2.4))
axes.barh(waiting.index, waiting.seconds / 3600, color="tab:blue")
axes.set_xlabel("hours of waiting in four hours, all pods together")
plt.show()
print(f"{result.waiting['by_cause'].get('address-cooling', 0):.0f} s waiting for an address that cools, "
      f"{result.waiting['by_cause'].get('sandbox-retry', 0):.0f} s for the kubelet to try again.")

# %% [markdown]
# Addresses. An m5.xlarge has 56 for pods, and one that was given back rests for 30 seconds. With fifty service pods and four Jobs a node, the
# addresses of the last minute's pods are still resting when the next ones start.

# %%
minutes = scenario.with_set({"run.for": "8m", "run.warmUp": "1m"}).run()
free = minutes.timeline("addresses", state="free").to_pandas()
cooling = minutes.timeline("addresses", state="cooling").to_pandas()
figure, axes = plt.subplots(figsize=(7, 2.8))
for level, name, color in ((free, "free", "tab:green"), (cooling, "cooling", "tab:orange")):
    axes.step(level.at_seconds / 60, level.value, where="post", label=name, color=color, linewidth=1)
axes.set_xlim(2, 8)
axes.set_xlabel("minutes")
axes.set_ylabel("addresses, all nodes")
axes.legend(frameon=False, ncols=2, loc="lower left", bbox_to_anchor=(0, 1))
plt.show()

# %% [markdown]
# ## How long a report pod takes to start

# %%
metric = "ekssim_pod_start_seconds"
starts = result.histogram(metric, namespace="reports").to_pandas()
figure, axes = plt.subplots(figsize=(7, 2.6))
widths = starts.high - starts.low
axes.bar(starts.low, starts["count"], width=widths, align="edge", edgecolor="white", linewidth=0.3)
axes.set_yscale("log")
axes.set_xlabel("seconds from creation to running")
axes.set_ylabel("pods (logarithmic)")
plt.show()

# %% [markdown]
# Most start within a second. The others form lumps more than ten seconds later: a pod that found no address is tried again ten to fifteen
# seconds after, whatever happened meanwhile.

# %% [markdown]
# ## What would help?
#
# What people try first is WARM_ENI_TARGET. Five forms, six pairs of runs each.

# %%
env = "cluster.addons[vpc-cni].configurationValues.env"
forms = {
    "as it is": {},
    "WARM_ENI_TARGET=20": {f"{env}.WARM_ENI_TARGET": "20"},
    "IP_COOLDOWN_PERIOD=10": {f"{env}.IP_COOLDOWN_PERIOD": "10"},
    "one node more": {"cluster.nodeGroups[workers].desiredCapacity": 16},
    "Jobs 5 s shorter": {"behaviour[0].runTime": "33s"},
}
hour = {name: scenario.with_set({"run.for": "90m", **change}) for name, change in forms.items()}
results = {name: form.replicate(6) for name, form in hour.items()}
comparison = ekssim.compare(*results.values())
saved = [one for one in comparison.differences if one["metric"] == "waiting seconds"]

figure, axes = plt.subplots(figsize=(7, 2.6))
for place, one in enumerate(saved):
    low, high = one["interval"]
    axes.plot([low, high], [place, place], color="tab:blue", linewidth=6, alpha=0.4, solid_capstyle="butt")
    axes.plot(one["difference"], place, "o", color="tab:blue")
axes.axvline(0, color="black", linewidth=0.8)
axes.set_yticks(range(len(saved)), list(forms)[1:])
axes.invert_yaxis()
axes.set_xlabel("seconds of waiting in 90 minutes, against how it is (95 % interval)")
plt.show()

# %% [markdown]
# More warm ENIs change nothing: all four are attached already. A shorter rest for addresses, one node more, or Jobs that end before the next
# minute's pods are created, each help.

# %%
change = {name: one["difference"] for name, one in zip(list(forms)[1:], saved)}
assert abs(change["WARM_ENI_TARGET=20"]) < 0.1 * abs(change["IP_COOLDOWN_PERIOD=10"])
assert all(change[name] < 0 for name in ("IP_COOLDOWN_PERIOD=10", "one node more", "Jobs 5 s shorter"))
