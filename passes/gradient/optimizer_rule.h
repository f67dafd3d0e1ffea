/// \file passes/gradient/optimizer_rule.h
/// An optimizer's lines (ir/ops/optimizer_table.h) as equations of a graph, for one parameter after the other.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ir/core/graph.h"
#include "ir/surface/surface.h"

namespace ricci::passes {

/// The lines of a rule, read and not yet bound to a parameter.
class OptimizerLines {
  public:
    struct State {
        std::string name;
        double initial = 0;
        Location location{};
    };
    std::vector<State> states;
    std::vector<ir::surface::Equation> equations;

    /// \throws UserError naming the line: for one that is no equation, or a state that is declared twice or has no `.next`.
    ///         Also for a rule without `w.next` and a name that is written twice.
    OptimizerLines(const std::string& optimizer, const std::vector<ir::RuleLine>& lines);

    const ir::surface::Equation* writer(const std::string& name) const;
    bool is_state(const std::string& name) const;
};

/// The expression with numbers in place of the settings. What these make needless is left out: terms times 0, factors of 1,
/// the branch of a `select` that is not taken.
ir::surface::Expr with_settings(const ir::surface::Expr& expr, const ir::Settings& settings);

/// Writes the steps of parameters into a graph.
class OptimizerSteps {
  public:
    /// \param rate  the state of rank 0 that the caller changes between steps.
    /// \param dtype  of the rate in the equations of a step, where a schedule computes it in f64.
    OptimizerSteps(ir::Graph& graph, const ir::Training& training, ir::ValueId rate, DType dtype);

    /// Before all others: the rate of this step by the schedule, which all lines then read. It is the
    /// state itself where there is no schedule.
    ir::ValueId follow_schedule();
    /// Before the limits: the mean of the gradients of so many calls. Only the last of them makes a step.
    std::vector<ir::ParameterGradient> accumulated(std::vector<ir::ParameterGradient> gradients);
    /// Adds the equations and the update of one parameter. \throws UserError for a name that the lines do not know.
    void step(ir::ValueId parameter, ir::ValueId gradient);
    /// Adds the updates of the optimizer's own states, behind all parameters'.
    void finish();

    /// One equation, as lines are written: `[...]` are the axes of `like`, names are looked up in `values`.
    ir::ValueId add(ir::surface::Equation equation, const std::string& name, ir::ValueId like,
                    const std::map<std::string, ir::ValueId>& values);

  private:
    /// The moving mean of a parameter, where the training asks for one.
    void follow_average(ir::ValueId parameter, ir::ValueId next);
    std::set<std::string> needed(const std::vector<ir::surface::Equation>& equations) const;
    ir::ValueId shared(const ir::surface::Equation& equation, std::map<std::string, ir::ValueId>& values);
    ir::ValueId step_number();
    ir::Update kept(ir::ValueId target, ir::ValueId next);
    void check_names(const ir::surface::Expr& expr, const ir::surface::Equation& line) const;

    ir::Graph& graph_;
    ir::Training training_;
    OptimizerLines lines_;
    ir::ValueId rate_;  // what lines read as learning_rate[]
    DType dtype_;
    ir::ValueId step_ = -1;  // the number of this step
    ir::ValueId step_before_ = -1;  // the state that counts them
    double calls_ = 1;  // that make one step
    ir::ValueId call_ = -1;  // the state that counts them, from 0
    std::map<std::string, ir::ValueId> shared_;  // by the text of the equation
    std::vector<ir::Update> states_;
};

}  // namespace ricci::passes
