#include "models/world/float_arithmetic.hpp"

#include <cmath>
#include <limits>

namespace eks::vpa {

namespace {

// ln 2 in two parts, of which the first times a small integer is exact.
constexpr double ln_2_high = 6.93147180369123816490e-01;
constexpr double ln_2_low = 1.90821492927058770002e-10;

}  // namespace

double natural_logarithm(double x) {
    // x = 2^k (1 + f) with the second factor between sqrt(1/2) and sqrt(2); the rest is a series in s = f / (2 + f),
    // whose odd and even terms are summed apart.
    constexpr double series[] = {6.666666666666735130e-01, 3.999999999940941908e-01, 2.857142874366239149e-01,
                                 2.222219843214978396e-01, 1.818357216161805012e-01, 1.531383769920937332e-01,
                                 1.479819860511658591e-01};
    constexpr double half_root = 7.07106781186547524401e-01;
    int exponent = 0;
    double fraction = std::frexp(x, &exponent);
    if (fraction < half_root) {
        fraction *= 2;
        --exponent;
    }
    const double f = fraction - 1;
    const double k = exponent;
    const double s = f / (2 + f);
    const double s2 = s * s;
    const double s4 = s2 * s2;
    const double odd = s2 * (series[0] + s4 * (series[2] + s4 * (series[4] + s4 * series[6])));
    const double even = s4 * (series[1] + s4 * (series[3] + s4 * series[5]));
    const double half_square = 0.5 * f * f;
    return k * ln_2_high - ((half_square - (s * (half_square + (odd + even)) + k * ln_2_low)) - f);
}

double power_of_two(double exponent) {
    constexpr double most = 1.0239999999999999e+03;
    constexpr double least = -1.0740e+03;
    if (exponent > most) return std::numeric_limits<double>::infinity();
    if (exponent < least) return 0;
    // The nearest whole power apart, the rest as a rational approximation of e^(high - low).
    constexpr double series[] = {1.66666666666666657415e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
                                 -1.65339022054652515390e-06, 4.13813679705723846039e-08};
    const int whole =
        exponent > 0 ? static_cast<int>(std::trunc(exponent + 0.5)) : static_cast<int>(std::trunc(exponent - 0.5));
    const double rest = exponent - static_cast<double>(whole);
    const double high = rest * ln_2_high;
    const double low = -rest * ln_2_low;
    const double r = high - low;
    const double t = r * r;
    const double c = r - t * (series[0] + t * (series[1] + t * (series[2] + t * (series[3] + t * series[4]))));
    const double y = 1 - ((low - (r * c) / (2 - c)) - high);
    return std::ldexp(y, whole);
}

double whole_power(double base, int exponent) {
    double power = 1;
    for (; exponent > 0; exponent >>= 1) {
        if (exponent % 2 == 1) power *= base;
        base *= base;
    }
    return power;
}

}  // namespace eks::vpa
