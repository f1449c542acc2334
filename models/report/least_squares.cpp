#include "models/report/least_squares.hpp"

#include "libsim/check.hpp"

#include <Eigen/Core>
#include <Eigen/SVD>
#include <nlohmann/json.hpp>

namespace eks {

namespace {

Eigen::MatrixXd matrix_of_rows(const std::vector<std::vector<double>>& rows, std::size_t width) {
    Eigen::MatrixXd matrix(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(width));
    for (Eigen::Index row = 0; row < matrix.rows(); ++row) {
        const auto& numbers = rows[static_cast<std::size_t>(row)];
        CHECK(numbers.size() == width, "all rows of a least-squares problem have one length");
        matrix.row(row) = Eigen::Map<const Eigen::RowVectorXd>(numbers.data(), matrix.cols());
    }
    return matrix;
}

}  // namespace

LeastSquares least_squares(const std::vector<std::vector<double>>& design,
                           const std::vector<std::vector<double>>& observed) {
    const std::size_t width = design.empty() ? 0 : design.front().size();
    if (width == 0) return {.values = std::vector<std::vector<double>>(observed.size())};
    Eigen::MatrixXd left = matrix_of_rows(design, width);
    const Eigen::MatrixXd right = matrix_of_rows(observed, design.size()).transpose();

    // Columns of one length, so that a rank is not a question of units.
    Eigen::VectorXd length = left.colwise().norm();
    length = (length.array() > 0).select(length, 1.0);
    left *= length.cwiseInverse().asDiagonal();
    Eigen::JacobiSVD<Eigen::MatrixXd> solver(left, Eigen::ComputeThinU | Eigen::ComputeFullV);
    // Directions that rounding alone would fill count as unseen.
    constexpr double relative_to_largest = 1e-9;
    solver.setThreshold(relative_to_largest);
    const Eigen::MatrixXd values = length.cwiseInverse().asDiagonal() * solver.solve(right);

    LeastSquares answer;
    for (Eigen::Index column = 0; column < values.cols(); ++column)
        answer.values.emplace_back(values.col(column).begin(), values.col(column).end());
    // A coefficient is told apart where no unseen direction moves it.
    constexpr double moves = 1e-6;
    const auto unseen = solver.matrixV().rightCols(left.cols() - solver.rank());
    for (Eigen::Index row = 0; row < unseen.rows(); ++row) answer.identified.push_back(unseen.row(row).norm() < moves);
    return answer;
}

std::string least_squares_as_json(const std::string& problem) {
    const auto read = nlohmann::json::parse(problem);
    const LeastSquares solved = least_squares(read.at("design"), read.at("observed"));
    return nlohmann::json{{"values", solved.values}, {"identified", solved.identified}}.dump();
}

}  // namespace eks
