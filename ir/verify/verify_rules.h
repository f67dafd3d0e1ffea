/// \file ir/verify/verify_rules.h
/// What the checks behind `violations` share. Internal to ir/.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ir/verify/verify.h"

namespace ricci::ir {

/// Collects what is broken.
class Report {
  public:
    Report(const Graph& graph, std::vector<Violation>& found) : graph_(graph), found_(found) {}

    template <typename... Args>
    void add(std::string_view rule, const Location& where, fmt::format_string<Args...> text, Args&&... args) {
        found_.push_back({fmt::format("{} {}", rule, fmt::format(text, std::forward<Args>(args)...)), where});
    }
    /// About an equation: its left side is the subject.
    template <typename... Args>
    void add(std::string_view rule, const Equation& equation, fmt::format_string<Args...> text, Args&&... args) {
        add(rule, equation.location, "{}: {}", subject(equation), fmt::format(text, std::forward<Args>(args)...));
    }

    const Graph& graph() const { return graph_; }
    std::string subject(const Equation& equation) const;

  private:
    const Graph& graph_;
    std::vector<Violation>& found_;
};

// One function a group of rules; the numbers stand where they are reported. All but the first rely on valid ids.
void check_ids(Report& report);
void check_names_and_types(Report& report);
void check_order_of_writes(Report& report);
void check_equations(Report& report);
void check_results(Report& report);
void check_kernels(Report& report);
void check_tiles(Report& report);
void check_placements(Report& report);
/// \pre the graph breaks none of the rules above.
void check_loops(Report& report);

}  // namespace ricci::ir
