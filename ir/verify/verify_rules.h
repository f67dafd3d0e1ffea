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

}  // namespace ricci::ir
