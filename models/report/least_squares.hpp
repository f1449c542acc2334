// Least squares for the calibration of the data path: one design, any number of observed columns. The bootstrap is the
// same design with many of them.
#pragma once

#include <string>
#include <vector>

namespace eks {

struct LeastSquares {
    std::vector<std::vector<double>> values;  // for each observed column, one value a coefficient
    // Whether the design tells the coefficient from the others. What it does not tell apart has the smallest values
    // that explain the observations, which mean nothing.
    std::vector<bool> identified;
};

// `design` has a row for each observation and a number for each coefficient; each of `observed` has one for each row.
LeastSquares least_squares(const std::vector<std::vector<double>>& design,
                           const std::vector<std::vector<double>>& observed);

// {"design": [[...]], "observed": [[...]]} to {"values": [[...]], "identified": [...]}.
std::string least_squares_as_json(const std::string& problem);

}  // namespace eks
