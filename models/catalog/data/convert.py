#!/usr/bin/env python3
"""Renews instance_types.tsv and prices.tsv, the facts about EC2 that are compiled into the library.

    convert.py INSTANCE_TYPES.csv ON_DEMAND_PRICES.csv [--allocatable KARPENTER.tsv]

The two inputs are tables collected from public snapshots (the heads of the written files name them). This script keeps
the columns the models use, turns every amount into an integer, and lays over them the places where the VPC CNI's own
table of limits differs, since that table decides how many addresses a node gets. The files go into the folder of this
script.
--allocatable writes what Karpenter's documentation publishes as allocatable, which the tests compare our formulas with.
"""

import argparse
import csv
from decimal import Decimal
from pathlib import Path

SOURCES = """\
# {title}
#
# Facts and numbers only, from these public snapshots (repository, commit, date):
#   getmoto/moto 34d6cad5abbb 2026-08-02: answers of describe-instance-types (processors, memory, disks, network, EBS)
#   aws/amazon-vpc-cni-k8s 6152e01c83bb 2026-08-11: ENI and IPv4 limits, the table the CNI itself uses
#   aws/karpenter-provider-aws 7f27b4e85d31 2026-08-18: branch ENIs, baseline bandwidth; 6fc13b5236fd 2026-07-20: prices
#   aws/amazon-vpc-resource-controller-k8s 58c8559e6486 2026-03-20: branch ENIs where Karpenter has none
#   awslabs/amazon-eks-ami 4d63a3bc2d86 2026-07-01, kubernetes/autoscaler e964265b7440 2026-01-22: types the others lack
#   awsdocs/amazon-ec2-user-guide dcfd52bbc464 2023-01-19: credits and baselines of burstable types
#   yeo/ec2.shop 951cd0d425fd 2025-04-05: on-demand prices by region and reserved prices, as published 2025-04-04
#   alexei-led/spotinfo 5eedf20a9961 2025-06-28: Spot Advisor, saving and interruption band
#
{remarks}
#
# Written by convert.py beside this file. Fields are separated by tabs; an empty field is unknown; rows are sorted.
"""

TYPE_REMARKS = """\
# Where the CNI's table (v1.23.2) differs it counts: i7ie.48xlarge and i7ie.metal-48xl have two network cards with 8 and
# 7 ENIs, i8ge.48xlarge and i8ge.metal-48xl two with 12 each; c7g.metal is nitro; cr1.8xlarge and hs1.8xlarge have an
# unknown hypervisor. Bare-metal types have none, which is "unknown" here too.
# max_enis is that of the default network card; network_cards lists index:ENIs. Flags are 1 or 0. Prices are micro-USD
# per hour (reserved: standard, no upfront, us-east-1). spot_*: saving in percent of on-demand, and the lower end in
# percent of the monthly interruption band (0, 5, 10, 15, or 20 for "more than 20"). burst_baseline_per_mille is of one
# vCPU, per vCPU; credits are counted in tenths. ebs_attachments_shared: ENIs and local disks draw on the number."""

PRICE_REMARKS = """\
# On-demand, Linux, shared tenancy, in micro-USD per hour. us-east-1 and the two us-gov regions come from Karpenter, all
# others from ec2.shop; types younger than 2025-04 therefore have a price only in the former. Local zones are left
# out."""

SPOT_REGIONS = ["us-east-1", "us-west-2", "eu-west-1", "ap-southeast-1"]
CARD_CORRECTIONS = {
    "i7ie.48xlarge": [8, 7],
    "i7ie.metal-48xl": [8, 7],
    "i8ge.48xlarge": [12, 12],
    "i8ge.metal-48xl": [12, 12],
}
HYPERVISOR_CORRECTIONS = {"c7g.metal": "nitro", "cr1.8xlarge": "unknown", "hs1.8xlarge": "unknown"}


def flag(text):
    return {"true": "1", "false": "0", "": ""}[text]


def micro(text):
    if not text:
        return ""
    amount = Decimal(text) * 1_000_000
    return str(int(amount.to_integral_value()))


def tenths(text):
    return str(int(Decimal(text) * 10)) if text else ""


def cards(row):
    if row["instance_type"] in CARD_CORRECTIONS:
        return CARD_CORRECTIONS[row["instance_type"]]
    if not row["max_enis"]:
        return []
    count, each, total = int(row["network_cards"]), int(row["max_enis"]), int(row["max_enis_all_cards"])
    # The input has only the sum over the cards. All cards of a type are equal; anything else needs a look.
    if count * each != total:
        raise SystemExit(f"{row['instance_type']}: {count} network cards of {each} ENIs are not {total} in all")
    return [each] * count


def type_fields(row):
    name = row["instance_type"]
    per_card = cards(row)
    hypervisor = HYPERVISOR_CORRECTIONS.get(name) or {"nitro": "nitro", "xen": "xen"}.get(row["hypervisor"], "unknown")
    fields = {
        "name": name,
        "architecture": row["architecture"],
        "vcpus": row["vcpus"],
        "threads_per_core": row["threads_per_core"],
        "memory_mib": row["memory_mib"],
        "hypervisor": hypervisor,
        "bare_metal": flag(row["bare_metal"]),
        "current_generation": flag(row["current_generation"]),
        "burst_baseline_per_mille": tenths(row["burst_baseline_percent_per_vcpu"]),
        "burst_credits_per_hour_tenths": tenths(row["burst_credits_per_hour"]),
        "burst_credits_max_tenths": tenths(row["burst_credits_max"]),
        "gpu_maker": row["gpu_manufacturer"],
        "gpu_name": row["gpu_name"],
        # A fraction of a device (g6f, gr6f) is one device to the pods on it.
        "gpus": row["gpu_count"] if row["gpu_count"] != "0" else row["gpu_logical_count"],
        "gpu_memory_mib_each": row["gpu_memory_mib_each"],
        "accelerator_kind": row["accelerator_kind"],
        "accelerator_name": row["accelerator_name"],
        "accelerators": row["accelerator_count"] if row["accelerator_kind"] else "",
        "local_disks": row["local_disk_count"] if row["local_disk_kind"] else "",
        "local_disk_total_gb": row["local_disk_total_gb"] if row["local_disk_kind"] else "",
        "local_nvme": "1" if row["local_disk_kind"].startswith("nvme") else "",
        "max_enis": str(per_card[0]) if per_card else "",
        "ipv4_per_eni": row["ipv4_per_eni"],
        "default_network_card": "0" if per_card else "",
        "network_cards": ",".join(f"{index}:{enis}" for index, enis in enumerate(per_card)),
        "trunking": flag(row["trunking_compatible"]),
        "branch_enis": row["branch_enis"],
        "efa_interfaces": row["efa_interfaces"],
        "network_baseline_mbps": row["network_baseline_mbps"],
        "network_burst_mbps": row["network_burst_mbps"],
        "ebs_baseline_mbps": row["ebs_baseline_mbps"],
        "ebs_burst_mbps": row["ebs_burst_mbps"],
        "ebs_baseline_iops": row["ebs_baseline_iops"],
        "ebs_burst_iops": row["ebs_burst_iops"],
        "ebs_attachments_max": row["ebs_max_attachments"],
        "ebs_attachments_shared": {"shared": "1", "dedicated": "0", "": ""}[row["ebs_attachment_limit_kind"]],
        "spot_supported": flag(row["spot_supported"]),
        "reserved_1y": micro(row["reserved_1y_no_upfront_usd_per_hour_us_east_1"]),
        "reserved_3y": micro(row["reserved_3y_no_upfront_usd_per_hour_us_east_1"]),
    }
    for region in SPOT_REGIONS:
        column = region.replace("-", "_")
        band = row[f"spot_interruption_band_{column}"]
        fields[f"spot_saving:{region}"] = row[f"spot_saving_percent_{column}"]
        fields[f"spot_band:{region}"] = {"<5%": "0", ">20%": "20", "": ""}.get(band, band.split("-")[0])
    return fields


def write(path, title, remarks, header, rows):
    lines = ["\t".join(row).rstrip("\t") for row in [header, *rows]]
    path.write_text(SOURCES.format(title=title, remarks=remarks) + "\n".join(lines) + "\n", encoding="ascii")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("types", type=Path)
    arguments.add_argument("prices", type=Path)
    arguments.add_argument("--allocatable", type=Path)
    options = arguments.parse_args()
    folder = Path(__file__).parent

    with options.types.open(newline="", encoding="ascii") as file:
        table = sorted(csv.DictReader(file), key=lambda row: row["instance_type"])
    types = [type_fields(row) for row in table]
    write(folder / "instance_types.tsv", "EC2 instance types.", TYPE_REMARKS, list(types[0]),
          [list(fields.values()) for fields in types])

    with options.prices.open(newline="", encoding="ascii") as file:
        prices = {(row["instance_type"], row["region"]): micro(row["usd_per_hour"]) for row in csv.DictReader(file)}
    regions = sorted({region for _, region in prices})
    names = sorted({name for name, _ in prices})
    write(folder / "prices.tsv", "On-demand prices of EC2 instance types by region.", PRICE_REMARKS, ["name", *regions],
          [[name, *(prices.get((name, region), "") for region in regions)] for name in names])

    if options.allocatable:
        head = ("# What Karpenter's documentation publishes for each instance type (aws/karpenter-provider-aws\n"
                "# 692ccdd0629e 2026-07-11, reference/instance-types.md): AL2023, 7.5 % VM overhead, no prefixes.\n"
                "# name, pods, allocatable cpu in millicores, allocatable memory in MiB\n")
        lines = ["\t".join(row[column] for column in ("instance_type", "karpenter_doc_pods",
                                                      "karpenter_doc_allocatable_cpu_millicores",
                                                      "karpenter_doc_allocatable_memory_mib"))
                 for row in table if row["karpenter_doc_pods"]]
        options.allocatable.write_text(head + "\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
