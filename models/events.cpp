#include "models/events.hpp"

#include <array>

namespace eks {

const char* kind_of(const Event& event) {
    // In the order of the variant.
    static constexpr std::array<const char*, std::variant_size_v<Event>> names{"TimelineDue",
                                                                               "NodeRegistered",
                                                                               "NodeNetworkReady",
                                                                               "CniStarts",
                                                                               "ContainerExitSeen",
                                                                               "SandboxStopped",
                                                                               "PodRemoved",
                                                                               "PoolTick",
                                                                               "PoolStepDone",
                                                                               "CidrCleanUp",
                                                                               "LeakSweep",
                                                                               "AddressFree",
                                                                               "TrunkStep",
                                                                               "BranchStep",
                                                                               "BranchDeletions",
                                                                               "CronLoop",
                                                                               "CronSync",
                                                                               "JobCreated",
                                                                               "JobSync",
                                                                               "JobStatusWritten",
                                                                               "JobDeleted",
                                                                               "WorkloadSync",
                                                                               "PodAppears",
                                                                               "DaemonPodAppears",
                                                                               "PodDeleteRequested",
                                                                               "BackoffFlush",
                                                                               "BackoffOver",
                                                                               "LeftoverFlush",
                                                                               "SchedulingCycle",
                                                                               "PodBound",
                                                                               "SandboxMade",
                                                                               "SandboxRetry",
                                                                               "ImagePulled",
                                                                               "ContainersGoOn",
                                                                               "PressureLook",
                                                                               "PullStep",
                                                                               "DownloadsChange",
                                                                               "InitContainerDone",
                                                                               "ContainersRunning",
                                                                               "PodBecameReady",
                                                                               "UsageChanges",
                                                                               "EndpointReady",
                                                                               "CiliumStepDone",
                                                                               "CiliumResyncGoesOn",
                                                                               "CiliumReport",
                                                                               "CiliumResync",
                                                                               "CiliumAgentLook",
                                                                               "CiliumUnmanagedPods",
                                                                               "NodeExitStep",
                                                                               "GroupLook",
                                                                               "NodeObjectGoes",
                                                                               "OrphansCollected",
                                                                               "AddressesReturn",
                                                                               "CniUpdateGoesOn",
                                                                               "CiliumLeaderElected",
                                                                               "OutsideChanges"};
    static_assert(names.back() != nullptr, "an event kind has no name");
    return names[event.index()];
}

}  // namespace eks
