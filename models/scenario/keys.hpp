// The words of the scenario file: every key that a section of ours knows, in one table. The loaders refuse what is not
// here, and a test walks the JSON Schema (schema/scenario.schema.json) and compares it with `sections`, so that the two
// stay equal.
//
// Keys of eksctl stand apart: those that the model reads and those that it knows and passes over. What is in neither
// list is ignored too, unless it looks like a slip in one that is read.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace eks::keys {

using Word = std::string_view;

inline constexpr std::array document{
    Word("apiVersion"),    Word("kind"),      Word("metadata"),      Word("cluster"),  Word("manifests"),
    Word("patches"),       Word("behaviour"), Word("registries"),    Word("assume"),   Word("timeline"),
    Word("traffic"),       Word("run"),       Word("matrix"),        Word("variants"), Word("expect"),
    Word("expectVerdict"), Word("prices"),    Word("customMetrics"), Word("advice"),   Word("callers")};
// Written by whoever resolves a scenario, beside the user's own keys.
inline constexpr std::array bookkeeping{Word("files"), Word("places"), Word("timeZones")};

inline constexpr std::array prices{Word("instances"),           Word("discount"),        Word("savingsPlan"),
                                   Word("ebsGibMonth"),         Word("natGatewayHour"),  Word("natGatewayGb"),
                                   Word("crossZoneGb"),         Word("internetGb"),      Word("loadBalancerHour"),
                                   Word("applicationUnitHour"), Word("networkUnitHour"), Word("classicBalancerHour"),
                                   Word("classicBalancerGb")};
inline constexpr std::array savings_plan{Word("commitment"), Word("years")};

inline constexpr std::array advice{Word("every"), Word("krr"), Word("goldilocks")};
// KRR's own flags.
inline constexpr std::array krr{
    Word("strategy"),           Word("cpuPercentile"),          Word("cpuRequestPercentile"),
    Word("cpuLimitPercentile"), Word("memoryBufferPercentage"), Word("pointsRequired"),
    Word("allowHpa"),           Word("historyDuration"),        Word("timeframeDuration")};
inline constexpr std::array goldilocks{Word("cpuPrice"), Word("memoryPrice")};

inline constexpr std::array metadata{Word("name"), Word("description")};

inline constexpr std::array patch{Word("target"), Word("merge"),    Word("json6902"), Word("env"),
                                  Word("image"),  Word("replicas"), Word("resources")};

inline constexpr std::array behaviour{Word("for"),
                                      Word("ready"),
                                      Word("runTime"),
                                      Word("initTime"),
                                      Word("stopTime"),
                                      Word("failureRate"),
                                      Word("failureExitCode"),
                                      Word("usage"),
                                      Word("imageSize"),
                                      Word("outside"),
                                      Word("logs"),
                                      Word("disk"),
                                      Word("emptyDirs"),
                                      Word("needsClusterDns"),
                                      Word("dns"),
                                      Word("livenessFailure"),
                                      Word("exit"),
                                      Word("initFailure"),
                                      Word("telemetry")};
inline constexpr std::array caller{Word("name"), Word("rate"), Word("clients"), Word("role"), Word("cache")};
inline constexpr std::array telemetry{Word("scrapes"), Word("container"), Word("targets"), Word("interval"),
                                      Word("samples"), Word("batch"),     Word("sends"),   Word("writeAheadLog")};
inline constexpr std::array write_ahead_log{Word("volume"), Word("keeps"), Word("cut")};
inline constexpr std::array container_failure{Word("after"), Word("share")};
inline constexpr std::array container_exit{Word("after"), Word("share"), Word("code")};
inline constexpr std::array dns_use{Word("lookups"), Word("names"), Word("cached")};
inline constexpr std::array peer{Word("name"), Word("kind"), Word("cidr"), Word("routesToPods")};
inline constexpr std::array outside{Word("to"), Word("connections"), Word("hold")};
inline constexpr std::array usage{Word("cpu"), Word("memory"), Word("trace")};
inline constexpr std::array usage_trace{Word("file"), Word("columns"), Word("points")};
inline constexpr std::array registry{Word("host"), Word("latency"), Word("bandwidth"), Word("pullBandwidth"),
                                     Word("pullLimit")};
inline constexpr std::array pull_limit{Word("pulls"), Word("per")};
inline constexpr std::array custom_metric{Word("name"),   Word("means"),      Word("of"), Word("delay"),
                                          Word("window"), Word("partitions"), Word("via")};
inline constexpr std::array metric_chain{Word("exporter"), Word("scraper"), Word("adapter")};
inline constexpr std::array chain_link{Word("workload"), Word("interval")};
inline constexpr std::array image_size{Word("compressed"), Word("unpacked")};

inline constexpr std::array assume{
    // defaults for what no entry of `behaviour` says
    Word("ready"), Word("runTime"), Word("initTime"), Word("stopTime"), Word("imageSize"),
    // the control plane
    Word("apiWrite"), Word("watchDelivery"), Word("schedulingCycle"), Word("scheduler"), Word("controller"),
    Word("kubelet"), Word("controlPlaneTier"), Word("apiSeats"), Word("terminatedPods"),
    Word("percentageOfNodesToScore"), Word("tieBreak"), Word("controlPlanePricePerHour"),
    // kubelet and images
    Word("sandboxStart"), Word("containerStart"), Word("sandboxStop"), Word("kubeletRetry"),
    Word("networkNotReadyRetry"), Word("kubeletTick"), Word("imageCheck"), Word("pullLatency"),
    Word("pullBytesPerSecond"), Word("unpackBytesPerSecond"), Word("peerLatency"), Word("peerBytesPerSecond"),
    Word("registryTimeout"), Word("systemDisk"), Word("systemMemory"),
    // EC2 and nodes
    Word("ec2Call"), Word("eniVisible"), Word("nodeLaunch"), Word("nodeRegister"), Word("nodeReady"),
    Word("nodeInitialise"), Word("instanceImpaired"), Word("kubeletRestart"), Word("nodeShutdown"),
    Word("groupReaction"), Word("launchRetry"), Word("clusterAutoscalerLoop"), Word("vmMemoryOverhead"), Word("ec2"),
    Word("aws"), Word("subnetChoice"), Word("controlPlaneInterfaces"), Word("addressReturn"), Word("snatHold"),
    Word("natGatewayHold"), Word("natGatewayAddresses"), Word("dnsQueriesPerSecond"),
    // the VPC CNI
    Word("policyAgentStart"), Word("mapOrder"),
    // Cilium
    Word("ciliumIdentity"), Word("ciliumRegeneration"), Word("ciliumEniLink")};
inline constexpr std::array allocatable{Word("cpu"), Word("memory"), Word("ephemeral-storage"), Word("pods"),
                                        Word("nvidia.com/gpu")};
inline constexpr std::array other_enis{Word("count"), Word("addresses"), Word("tags")};
inline constexpr std::array nomad{Word("mhzPerVcpu"), Word("schedulerAlgorithm"), Word("reserved")};
inline constexpr std::array nomad_reserved{Word("cpu"), Word("memory")};
inline constexpr std::array nomad_policy{Word("nodeGroup"),         Word("checks"),     Word("evaluationInterval"),
                                         Word("cooldown"),          Word("min"),        Word("max"),
                                         Word("cooldownOnScaleUp"), Word("maxScaleUp"), Word("maxScaleDown"),
                                         Word("drainDeadline")};
inline constexpr std::array nomad_check{Word("metric"), Word("target")};
inline constexpr std::array client_limit{Word("qps"), Word("burst")};

inline constexpr std::array vcpu_quota{Word("onDemand"), Word("spot")};
inline constexpr std::array ec2{Word("attempts"),
                                Word("interruptsSpot"),
                                Word("vcpuQuota"),
                                Word("CreateFleet"),
                                Word("DescribeSubnets"),
                                Word("CreateNetworkInterface"),
                                Word("DescribeInstances"),
                                Word("AttachNetworkInterface"),
                                Word("ModifyNetworkInterfaceAttribute"),
                                Word("DescribeNetworkInterfaces"),
                                Word("DetachNetworkInterface"),
                                Word("DeleteNetworkInterface"),
                                Word("AssignPrivateIpAddresses"),
                                Word("UnassignPrivateIpAddresses"),
                                Word("RunInstances"),
                                Word("CreateTags"),
                                Word("AssociateTrunkInterface"),
                                Word("AssignIpv6Addresses"),
                                Word("DescribeVpcs"),
                                Word("DescribeRouteTables"),
                                Word("DescribeSecurityGroups"),
                                Word("TerminateInstances")};
inline constexpr std::array ec2_action{Word("bucket"),  Word("refill"),    Word("otherLoad"),
                                       Word("latency"), Word("instances"), Word("instancesRefill")};
inline constexpr std::array aws{Word("sts"),
                                Word("eksAuth"),
                                Word("secretsManager"),
                                Word("parameterStore"),
                                Word("route53"),
                                Word("loadBalancing"),
                                Word("secretRead"),
                                Word("zoneRecords"),
                                Word("balancerProvisioning"),
                                Word("recordPropagation")};
inline constexpr std::array aws_limit{Word("bucket"), Word("refill"), Word("otherLoad"), Word("latency")};
inline constexpr std::array reservation{Word("cidr"), Word("type")};

inline constexpr std::array timeline{
    Word("at"),           Word("every"),     Word("between"),   Word("for"),           Word("name"),     Word("scale"),
    Word("replicas"),     Word("delete"),    Word("apply"),     Word("merge"),         Word("json6902"), Word("env"),
    Word("image"),        Word("resources"), Word("fault"),     Word("nodeGroup"),     Word("zone"),     Word("subnet"),
    Word("addresses"),    Word("load"),      Word("actions"),   Word("age"),           Word("upgrade"),  Word("share"),
    Word("registry"),     Word("factor"),    Word("bandwidth"), Word("unreachable"),   Word("node"),     Word("count"),
    Word("outOfService"), Word("create"),    Word("force"),     Word("instanceTypes"), Word("purchase"), Word("how"),
    Word("state"),        Word("service"),   Word("workload"),  Word("container")};
inline constexpr std::array timeline_when{Word("at"), Word("every"), Word("between")};
inline constexpr std::array timeline_applied{Word("merge"), Word("json6902"), Word("env"), Word("image"),
                                             Word("resources")};

inline constexpr std::array traffic{Word("to"),      Word("from"),        Word("rate"),   Word("perRequest"),
                                    Word("request"), Word("idle"),        Word("work"),   Word("workers"),
                                    Word("atOnce"),  Word("connections"), Word("layer7"), Word("proxy"),
                                    Word("through")};
inline constexpr std::array connections{Word("requestsPer"), Word("hold"), Word("protocol"), Word("connectTimeout"),
                                        Word("answerTimeout")};
inline constexpr std::array data_path{Word("mode"),      Word("otherServices"),      Word("allowances"),
                                      Word("profile"),   Word("coefficients"),       Word("pickedUpShare"),
                                      Word("targetLag"), Word("loadBalancerLatency")};
inline constexpr std::array other_services{Word("count"), Word("endpoints"), Word("changes")};
inline constexpr std::array other_services_count{Word("steps")};
inline constexpr std::array allowances{Word("packetsPerSecond"), Word("trackedConnections"), Word("burstBandwidth"),
                                       Word("creditTime")};
// Of the file that `ekssim calibrate datapath` writes, with its name.
inline constexpr std::array profile{Word("file"), Word("schema"), Word("name"), Word("noise"), Word("coefficients")};

inline constexpr std::array request{Word("cpu"), Word("memory"), Word("retries"), Word("bytesIn"), Word("bytesOut")};
inline constexpr std::array idle{Word("cpu"), Word("memory")};
inline constexpr std::array rate{Word("steps"), Word("sine"), Word("trace")};
inline constexpr std::array rate_sine{Word("mean"), Word("amplitude"), Word("period")};
inline constexpr std::array rate_trace{Word("file"), Word("points")};

inline constexpr std::array run{Word("for"),          Word("warmUp"),  Word("start"), Word("seed"),
                                Word("replications"), Word("opening"), Word("placed")};
inline constexpr std::array placed{Word("node"), Word("pods")};
inline constexpr std::array replications{Word("min"), Word("max")};

inline constexpr std::array variant{Word("name"), Word("set")};

inline constexpr std::array expectation{Word("name"), Word("that"), Word("when"), Word("severity"), Word("allowEmpty")};

inline constexpr std::array laws{Word("constant"), Word("uniform"), Word("exponential"), Word("lognormal"),
                                 Word("weibull"),  Word("pareto"),  Word("empirical")};
inline constexpr std::array law_uniform{Word("min"), Word("max")};
inline constexpr std::array law_exponential{Word("mean")};
inline constexpr std::array law_lognormal{Word("p50"), Word("p95"), Word("p99")};
inline constexpr std::array law_weibull{Word("scale"), Word("shape")};
inline constexpr std::array law_pareto{Word("min"), Word("alpha")};

// Where each of these stands in the schema: a JSON pointer to the object whose `properties` it must equal.
struct Section {
    std::string_view schema_pointer;
    std::span<const std::string_view> known;
};
inline constexpr std::array sections{
    Section{"", document},
    Section{"/properties/metadata", metadata},
    Section{"/properties/prices", prices},
    Section{"/properties/advice", advice},
    Section{"/properties/advice/properties/krr", krr},
    Section{"/properties/advice/properties/goldilocks", goldilocks},
    Section{"/properties/prices/properties/savingsPlan", savings_plan},
    Section{"/properties/assume/properties/ec2/properties/vcpuQuota", vcpu_quota},
    Section{"/properties/patches/items", patch},
    Section{"/properties/behaviour/items", behaviour},
    Section{"/properties/registries/items", registry},
    Section{"/properties/registries/items/properties/pullLimit/oneOf/1", pull_limit},
    Section{"/properties/behaviour/items/properties/livenessFailure", container_failure},
    Section{"/properties/behaviour/items/properties/exit", container_exit},
    Section{"/properties/traffic/items", traffic},
    Section{"/properties/traffic/items/properties/connections/oneOf/1", connections},
    Section{"/$defs/dataPath", data_path},
    Section{"/$defs/dataPath/properties/otherServices", other_services},
    Section{"/$defs/dataPath/properties/otherServices/properties/count/oneOf/1", other_services_count},
    Section{"/$defs/dataPath/properties/allowances", allowances},
    Section{"/$defs/dataPath/properties/profile/oneOf/1", profile},
    Section{"/properties/customMetrics/items", custom_metric},
    Section{"/properties/customMetrics/items/properties/via", metric_chain},
    Section{"/$defs/chainLink", chain_link},
    Section{"/$defs/telemetry", telemetry},
    Section{"/$defs/telemetry/properties/writeAheadLog", write_ahead_log},
    Section{"/$defs/request", request},
    Section{"/$defs/idle", idle},
    Section{"/$defs/rateLaw/oneOf/1", rate},
    Section{"/$defs/rateLaw/oneOf/1/properties/sine", rate_sine},
    Section{"/$defs/rateLaw/oneOf/1/properties/trace/oneOf/1", rate_trace},
    Section{"/$defs/usage", usage},
    Section{"/$defs/usage/properties/trace/oneOf/1", usage_trace},
    Section{"/$defs/imageSize/oneOf/1", image_size},
    Section{"/properties/assume", assume},
    Section{"/$defs/clientLimit", client_limit},
    Section{"/properties/assume/properties/ec2", ec2},
    Section{"/$defs/ec2Action", ec2_action},
    Section{"/properties/assume/properties/aws", aws},
    Section{"/$defs/awsLimit", aws_limit},
    Section{"/properties/callers/items", caller},
    Section{"/$defs/reservation", reservation},
    Section{"/$defs/nodeGroup/properties/allocatable", allocatable},
    Section{"/$defs/otherEnis", other_enis},
    Section{"/$defs/nomad", nomad},
    Section{"/$defs/nomad/properties/reserved", nomad_reserved},
    Section{"/$defs/nomadPolicy", nomad_policy},
    Section{"/$defs/nomadPolicy/properties/checks/items", nomad_check},
    Section{"/$defs/peer", peer},
    Section{"/$defs/outside", outside},
    Section{"/$defs/dns", dns_use},
    Section{"/properties/timeline/items", timeline},
    Section{"/properties/run", run},
    Section{"/properties/run/properties/replications", replications},
    Section{"/properties/run/properties/placed/items", placed},
    Section{"/properties/variants/items", variant},
    Section{"/properties/expect/items", expectation},
    Section{"/$defs/distribution/oneOf/1", laws},
    Section{"/$defs/distribution/oneOf/1/properties/uniform", law_uniform},
    Section{"/$defs/distribution/oneOf/1/properties/exponential", law_exponential},
    Section{"/$defs/distribution/oneOf/1/properties/lognormal", law_lognormal},
    Section{"/$defs/distribution/oneOf/1/properties/weibull", law_weibull},
    Section{"/$defs/distribution/oneOf/1/properties/pareto", law_pareto},
};

// --- eksctl (v1alpha5): read by the model
inline constexpr std::array cluster{Word("from"),
                                    Word("metadata"),
                                    Word("vpc"),
                                    Word("availabilityZones"),
                                    Word("nodeGroups"),
                                    Word("managedNodeGroups"),
                                    Word("addons"),
                                    Word("fargateProfiles"),
                                    Word("karpenter"),
                                    Word("autoModeConfig"),
                                    Word("kubernetesNetworkConfig"),
                                    Word("iam"),
                                    Word("orchestrator"),
                                    Word("nomad"),
                                    Word("nomadAutoscaler"),
                                    Word("dataPath"),
                                    Word("zoneIds")};  // the last five are ours
inline constexpr std::array cluster_metadata{Word("name"), Word("region"), Word("version")};
inline constexpr std::array vpc{
    Word("cidr"), Word("extraCIDRs"),       Word("subnets"),           Word("controlPlaneSubnetIDs"),
    Word("nat"),  Word("clusterEndpoints"), Word("publicAccessCIDRs"), Word("peers")};  // the last is ours
// The last three are ours.
inline constexpr std::array subnet{Word("cidr"),  Word("id"),   Word("az"),
                                   Word("inUse"), Word("tags"), Word("reservations")};
inline constexpr std::array node_group{Word("name"),
                                       Word("instanceType"),
                                       Word("instanceTypes"),
                                       Word("instancesDistribution"),
                                       Word("instanceSelector"),
                                       Word("minSize"),
                                       Word("maxSize"),
                                       Word("desiredCapacity"),
                                       Word("labels"),
                                       Word("taints"),
                                       Word("availabilityZones"),
                                       Word("subnets"),
                                       Word("privateNetworking"),
                                       Word("spot"),
                                       Word("volumeSize"),
                                       Word("maxPodsPerNode"),
                                       Word("kubeletExtraConfig"),
                                       Word("overrideBootstrapCommand"),
                                       Word("amiFamily"),
                                       Word("ami"),
                                       Word("launchTemplate"),
                                       Word("updateConfig"),
                                       Word("allocatable"),
                                       Word("otherEnis")};  // the last two are ours

inline constexpr std::array update_config{Word("maxUnavailable"), Word("maxUnavailablePercentage")};
inline constexpr std::array addon{Word("name"), Word("version"), Word("configurationValues")};

// --- eksctl: known and passed over
inline constexpr std::array cluster_ignored{Word("apiVersion"),          Word("kind"),
                                            Word("iamIdentityMappings"), Word("identityProviders"),
                                            Word("accessConfig"),        Word("addonsConfig"),
                                            Word("privateCluster"),      Word("cloudWatch"),
                                            Word("secretsEncryption"),   Word("gitops"),
                                            Word("localZones"),          Word("outpost"),
                                            Word("zonalShiftConfig"),    Word("upgradePolicy"),
                                            Word("remoteNetworkConfig"), Word("status"),
                                            Word("deletionProtection"),  Word("controlPlaneScalingConfig")};
inline constexpr std::array cluster_metadata_ignored{Word("tags"), Word("annotations"), Word("forceUpdateVersion"),
                                                     Word("accountID")};
inline constexpr std::array vpc_ignored{Word("id"),
                                        Word("network"),
                                        Word("securityGroup"),
                                        Word("sharedNodeSecurityGroup"),
                                        Word("manageSharedNodeSecurityGroupRules"),
                                        Word("autoAllocateIPv6"),
                                        Word("ipv6Cidr"),
                                        Word("ipv6Pool"),
                                        Word("extraIPv6CIDRs"),
                                        Word("localZoneSubnets"),
                                        Word("hostnameType"),
                                        Word("controlPlaneSecurityGroupIDs"),
                                        Word("controlPlaneEgressMode")};
inline constexpr std::array node_group_ignored{Word("tags"),
                                               Word("propagateASGTags"),
                                               Word("ssh"),
                                               Word("iam"),
                                               Word("securityGroups"),
                                               Word("volumeType"),
                                               Word("volumeName"),
                                               Word("volumeEncrypted"),
                                               Word("volumeKmsKeyID"),
                                               Word("volumeIOPS"),
                                               Word("volumeThroughput"),
                                               Word("additionalVolumes"),
                                               Word("additionalEncryptedVolume"),
                                               Word("preBootstrapCommands"),
                                               Word("disableIMDSv1"),
                                               Word("disablePodIMDS"),
                                               Word("placement"),
                                               Word("efaEnabled"),
                                               Word("bottlerocket"),
                                               Word("enableDetailedMonitoring"),
                                               Word("instanceName"),
                                               Word("instancePrefix"),
                                               Word("ebsOptimized"),
                                               Word("asgSuspendProcesses"),
                                               Word("asgMetricsCollection"),
                                               Word("cpuCredits"),
                                               Word("classicLoadBalancerNames"),
                                               Word("targetGroupARNs"),
                                               Word("clusterDNS"),
                                               Word("containerRuntime"),
                                               Word("releaseVersion"),
                                               Word("version"),
                                               Word("maxInstanceLifetime"),
                                               Word("localZones"),
                                               Word("outpostARN"),
                                               Word("capacityReservation"),
                                               Word("instanceMarketOptions"),
                                               Word("nodeRepairConfig"),
                                               Word("disableASGTagPropagation"),
                                               Word("taintsMap"),
                                               Word("enclaveEnabled"),
                                               Word("amiType"),
                                               Word("warmPool")};

}  // namespace eks::keys
