// Logarithm, power of two and integer power as the recommender's runtime computes them, to the last bit.
//
// Whether a value lies in one bucket or the next, and whether half of a histogram's weight is reached, hangs on single
// bits where values repeat, so here a correctly rounded function would answer differently from the real component.
// Source of the methods: fdlibm, e_log.c and e_exp.c (Sun Microsystems, 1993), which Go's math package follows; powers
// with integer exponents by repeated squaring. All from basic arithmetic, so the bits are the same everywhere.
#pragma once

namespace eks::vpa {

double natural_logarithm(double x);             // of a positive, finite, normal number
double power_of_two(double exponent);           // 0 below -1074, infinity above 1023
double whole_power(double base, int exponent);  // exponent not negative

}  // namespace eks::vpa
