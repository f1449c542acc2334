// Elementary functions with the same bits on every compiler and machine: built from +, -, *, / and square root alone,
// which IEEE 754 fixes, and from tables of constants. Whatever reaches a result uses these and not the system's
// mathematics library. They need a compiler that does not contract a*b+c into one operation (-ffp-contract=off).
//
// Errors, measured in units of the last place against exact values: log, exp, pow below 2 (pow away from overflow),
// ln_gamma below 1e-14 absolute or relative, the distribution functions about 1e-14 relative.
#pragma once

namespace sim::math {

[[nodiscard]] double log(double x);            // -infinity at 0, NaN below
[[nodiscard]] double exp(double x);            // 0 below about -745, infinity above about 709.8
[[nodiscard]] double pow(double x, double y);  // for x >= 0; NaN below
[[nodiscard]] double sqrt(double x);           // exact by IEEE 754
[[nodiscard]] double sine_of_turns(double x);  // sin(2 pi x), for |x| below 2^50; errors below 1e-15
[[nodiscard]] double ln_gamma(double x);       // for x > 0

// The probability that a standard normal variable is at most z comes out as p.
[[nodiscard]] double normal_quantile(double p);  // p in (0, 1)
// The regularised incomplete beta function I_x(a, b), for a, b > 0 and x in [0, 1].
[[nodiscard]] double incomplete_beta(double a, double b, double x);

}  // namespace sim::math
