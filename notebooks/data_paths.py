# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Data paths: what a connection costs, and what breaks
#
# How packets reach Services differs by what kube-proxy or Cilium puts into a node's kernel. Each figure below is computed by ekssim's decision
# calls (`path_cost`, `rule_sync`, `conntrack_fill`, `connection_capacity`) and followed by a sentence of what one sees in it, which is made of
# the figure's own numbers. The names in brackets are those of the rules that the tests hold it against.
#
# To run it: `pip install "ekssim[notebooks]"`, then open this file in its folder. The figures are functions of `data_path_figures`.
#
# CPU times are those of one core of the machine they were measured on; `sudo ekssim calibrate datapath` gives those of yours. What is published
# and not measured, and what is a guess, `help(ekssim.decisions.path_cost)` says.

# %%
from data_path_figures import changes, connections, limits, proxies, published

# %% [markdown]
# ## A connection, and the number of services
#
# A new connection walks kube-proxy's rules for iptables one service after the other, on each node that sees it. Maps are looked up.

# %%
connections.connect_times().show()

# %%
connections.scan_slopes().show()

# %%
connections.strangers().show()

# %%
connections.many_endpoints().show()

# %% [markdown]
# ## What does not depend on it
#
# Only the first packet walks rules. All others follow the stored translation.

# %%
connections.open_connections().show()

# %%
connections.low_load().show()

# %% [markdown]
# ## Beside published numbers
#
# A run in another cloud than AWS, on nodes of four vCPUs. Where rates of short connections fall with the number of services,
# the time for each, 1/rate, rises in a straight line.

# %%
published.crossover().show()

# %% [markdown]
# ### An open contradiction
#
# Two publications disagree about short connections with few services, and no setting of the model reproduces both. They differ in chaining or
# overlay, in whether both connection trackers are active, and in the kernel. `x_chain`, from 1 to 15, says how much dearer Cilium gets behind
# another CNI: it is 1 until you have measured yours.

# %%
published.contradiction().show()

# %% [markdown]
# ## Changes on their way to the kernel
#
# Until a node has synced, it uses the rules of before.

# %%
changes.sync_lags().show()

# %%
changes.after_rollout().show()

# %%
changes.new_nodes().show()

# %%
changes.stops().show()

# %%
changes.half_dead().show()

# %% [markdown]
# ## Tables, ports and quotas
#
# Each is a balance of what comes and what goes; the time at which it is full can be told beforehand.

# %%
limits.conntrack_course().show()

# %%
limits.flood().show()

# %%
limits.source_ports().show()

# %%
limits.frontends().show()

# %%
limits.resolver().show()

# %% [markdown]
# ## Layer 7 and load balancers
#
# What stands in the way of requests costs for each of them; what stands on the way of packets for each connection.

# %%
proxies.policy().show()

# %%
proxies.node_or_pods().show()

# %%
proxies.targets().show()

# %% [markdown]
# ## What no figure shows
#
# Two address managers on one node (DPS-11), kube-proxy removed before its replacement runs (DPS-12), a replacement switched on over live
# connections (DPS-13), the race of two questions of a lookup (DPS-15), flows to endpoints that are gone (DPS-16), credits of bandwidth (DPS-21)
# and Ingresses that share an Envoy (DPS-23) are courses of events rather than curves: the model's tests show them.
