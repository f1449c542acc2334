// The entry point of the benchmarks; each file registers its own.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
