// DNS-2: how many questions one lookup is, by name and resolver.
#include "models/spec/dns_lookup.hpp"

#include <gtest/gtest.h>

namespace eks {
namespace {

constexpr LookedUpName external{.dots = 2};
constexpr LookedUpName service{.dots = 0, .found_with = 0};
constexpr LookedUpName service_namespace{.dots = 1, .found_with = 1};
constexpr LookedUpName full_service{.dots = 4, .is_of_cluster = true};
constexpr LookedUpName full_service_with_dot{.dots = 4, .is_absolute = true, .is_of_cluster = true};

// "External name, S suffixes (S = 4): 2·(S+1) = 10 queries"; DNS-3: "4 (region suffix and the plain name, A+AAAA) are
// forwarded".
TEST(DnsLookup, AnExternalNameIsTenQuestionsOfWhichFourLeaveTheCluster) {
    EXPECT_EQ(queries_of(external, {}), (DnsQueries{10, 4}));
}

// "a service in the same namespace: 2; svc.ns: 4; svc.ns.svc.cluster.local (4 dots): 2·(S+1) = 10 unless dotted".
TEST(DnsLookup, ServicesCostTwoFourAndTen) {
    EXPECT_EQ(queries_of(service, {}), (DnsQueries{2, 0}));
    EXPECT_EQ(queries_of(service_namespace, {}), (DnsQueries{4, 0}));
    EXPECT_EQ(queries_of(full_service, {}), (DnsQueries{10, 2}));
    EXPECT_EQ(queries_of(full_service_with_dot, {}), (DnsQueries{2, 0}));
}

TEST(DnsLookup, ADotAtTheEndOrFewerDotsAskedForMakeTwoQuestionsOfTen) {
    EXPECT_EQ(queries_of({.dots = 2, .is_absolute = true}, {}), (DnsQueries{2, 2}));
    EXPECT_EQ(queries_of(external, {.ndots = 2}), (DnsQueries{2, 2}));
    EXPECT_EQ(queries_of(external, {.ndots = 3}), (DnsQueries{10, 4}));
    // A name that does not exist as it is costs one try more, not one less.
    EXPECT_EQ(queries_of(service_namespace, {.ndots = 1}), (DnsQueries{6, 2}));
}

TEST(DnsLookup, EachSuffixOfTheNodeIsATryMore) {
    EXPECT_EQ(queries_of(external, {.node_suffixes = 2}), (DnsQueries{12, 6}));
    EXPECT_EQ(queries_of(external, {.node_suffixes = 0}), (DnsQueries{8, 2}));
}

// dnsPolicy Default: one dot is enough for the name to be tried as it is.
TEST(DnsLookup, TheNodesOwnResolverAsksOnce) {
    EXPECT_EQ(queries_of(external, resolver_of_node()), (DnsQueries{2, 2}));
}

}  // namespace
}  // namespace eks
