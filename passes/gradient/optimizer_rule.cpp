// Reads an optimizer's lines, puts numbers for its settings, and elaborates them for each parameter.
#include "passes/gradient/optimizer_rule.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <limits>

#include "ir/elaborate/elaborate.h"
#include "ir/ops/optimizer_table.h"
#include "ir/ops/rate_schedule_table.h"
#include "ir/surface/surface_parser.h"
#include "passes/build.h"

namespace ricci::passes {
namespace {

using namespace ir;
using surface::Expr;
using Written = surface::Equation;

constexpr std::string_view kStep = "step";

bool is_number(const Expr& expr) { return expr.form == Expr::Form::number; }
bool is_number(const Expr& expr, double value) { return is_number(expr) && expr.number.real() == value; }
Expr number_of(double value) { return {.form = Expr::Form::number, .number = value}; }
Expr call(std::string name, std::vector<Expr> args) {
    return {.form = Expr::Form::call, .name = std::move(name), .args = std::move(args)};
}

/// The call with what its numbers make needless left out.
Expr simplified(Expr expr) {
    std::vector<Expr>& args = expr.args;
    const auto function = scalar_named(expr.name);
    if (!function) return expr;
    if (std::ranges::all_of(args, [](const Expr& arg) { return is_number(arg); }) && info(*function).value != nullptr) {
        std::vector<double> numbers;
        for (const Expr& arg : args) numbers.push_back(arg.number.real());
        return number_of(info(*function).value(numbers.data()));
    }
    if (function == Scalar::select && is_number(args[0])) return Expr(args[args[0].number.real() != 0 ? 1 : 2]);
    const bool multiplies = function == Scalar::mul, divides = function == Scalar::div, adds = function == Scalar::add;
    if (multiplies && (is_number(args[0], 0) || is_number(args[1], 0))) return number_of(0);
    if (multiplies || divides || adds || function == Scalar::sub) {
        const double neutral = multiplies || divides ? 1 : 0;
        const bool commutes = multiplies || adds;
        if (is_number(args[1], neutral)) return Expr(args[0]);
        if (commutes && is_number(args[0], neutral)) return Expr(args[1]);
    }
    if (divides && is_number(args[0], 0)) return number_of(0);
    return expr;
}

/// What the expression reads, in order.
void collect(const Expr& expr, std::vector<std::string>& names) {
    if (expr.form == Expr::Form::access) names.push_back(expr.name);
    for (const Expr& arg : expr.args) collect(arg, names);
}
std::vector<std::string> names_in(const Expr& expr) {
    std::vector<std::string> names;
    collect(expr, names);
    return names;
}

Expr rewritten(const Expr& expr, const std::function<Expr(Expr)>& change) {
    Expr result = expr;
    for (Expr& arg : result.args) arg = rewritten(arg, change);
    return change(std::move(result));
}

/// The same for expressions that are the same.
std::string key_of(const Expr& expr) {
    std::string text = fmt::format("({} {} {}", static_cast<int>(expr.form), expr.name, expr.number.real());
    for (const Expr& arg : expr.args) text += key_of(arg);
    return text + ")";
}

bool is_one_number(const Written& equation) { return equation.left.empty(); }

}  // namespace

OptimizerLines::OptimizerLines(const std::string& optimizer, const std::vector<RuleLine>& lines) {
    for (std::size_t number = 0; number < lines.size(); ++number) {
        const std::string& line = lines[number].text;
        Location where = lines[number].location;
        if (where.line == 0) where = {"optimizer " + optimizer, static_cast<std::uint32_t>(number + 1)};
        const std::size_t begin = line.find_first_not_of(' ');
        if (begin == std::string::npos) continue;
        constexpr std::string_view kState = "state ";
        if (line.compare(begin, kState.size(), kState) == 0) {
            std::string text = line.substr(begin + kState.size());
            if (text.find('=') == std::string::npos) text += " = 0";
            const Written declared = parse_equation(text, where.file, where.line);
            if (!is_number(declared.body)) user_error(where, "state {} begins with a number", declared.result);
            if (is_state(declared.result)) user_error(where, "state {} is declared twice", declared.result);
            states.push_back({declared.result, declared.body.number.real(), lines[number].location});
        } else {
            Written equation = parse_equation(line, where.file, where.line);
            if (writer(equation.result) != nullptr) user_error(where, "{} is written twice", equation.result);
            equations.push_back(std::move(equation));
        }
    }
    if (writer("w.next") == nullptr) {
        user_error(lines.empty() ? Location{} : lines[0].location,
                   "optimizer {} has no line for w.next, what the parameter is after a step", optimizer);
    }
    for (const State& state : states) {
        if (writer(state.name + ".next") != nullptr) continue;
        user_error(state.location, "optimizer {} has no line for {}.next, what its state is after a step", optimizer,
                   state.name);
    }
}

const Written* OptimizerLines::writer(const std::string& name) const {
    const auto found = std::ranges::find(equations, name, &Written::result);
    return found == equations.end() ? nullptr : &*found;
}

bool OptimizerLines::is_state(const std::string& name) const {
    return std::ranges::find(states, name, &State::name) != states.end();
}

Expr with_settings(const Expr& expr, const Settings& settings) {
    return rewritten(expr, [&](Expr node) {
        if (node.form == Expr::Form::name) {
            const auto found = std::ranges::find(settings, node.name, &Settings::value_type::first);
            if (found != settings.end()) return number_of(found->second);
        }
        return node.form == Expr::Form::call ? simplified(std::move(node)) : node;
    });
}

OptimizerSteps::OptimizerSteps(Graph& graph, const Training& training, ValueId rate, DType dtype)
    : graph_(graph), training_(training), lines_(training.optimizer, rule_lines(training)), rate_(rate), dtype_(dtype) {}

ValueId OptimizerSteps::follow_schedule() {
    if (!training_.schedule || !changes_rate(*training_.schedule)) return rate_;
    const RateSchedule& schedule = *training_.schedule;
    std::map<std::string, ValueId> values = {{"step", step_number()}, {std::string(kLearningRate), rate_}};
    Settings settings = settings_of(schedule);
    if (needs_steps(schedule)) {
        const double unbounded = std::numeric_limits<double>::infinity();
        values["steps"] = graph_.add({.name = std::string(kScheduleSteps), .type = {DType::f64, {}}, .role = Role::state,
                                      .initial = Initializer{Initializer::Form::constant, unbounded, 0}});
    }
    for (Written& equation : schedule_equations(schedule)) {
        equation.body = rewritten(equation.body, [&](Expr node) {
            const bool told = node.form == Expr::Form::access && node.name == "steps" && !values.contains("steps");
            return told ? Expr{.form = Expr::Form::name, .name = "steps"} : node;
        });
        equation.body = with_settings(equation.body, settings);
        const std::string result = equation.result;
        values[result] = add(std::move(equation), "schedule." + result, step_, values);
    }
    rate_ = add(parse_equation("now[] = learning_rate[] * share[]", "schedule", 1), "learning_rate.now", step_, values);
    if (graph_.value(rate_).type.dtype == dtype_) return rate_;
    const ValueId rounded = graph_.add({.name = "learning_rate.rounded", .type = {dtype_, {}}});
    Equation equation = pointwise(graph_, rounded);
    equation.body = cast(read(graph_, rate_, {}), dtype_);
    graph_.equations.push_back(std::move(equation));
    return rate_ = rounded;
}

std::vector<ParameterGradient> OptimizerSteps::accumulated(std::vector<ParameterGradient> gradients) {
    const auto given = std::ranges::find(training_.options, "accumulate", &Settings::value_type::first);
    if (given == training_.options.end() || given->second <= 1) return gradients;
    calls_ = given->second;
    call_ = graph_.add({.name = std::string(kAccumulatedCalls), .type = {dtype_, {}}, .role = Role::state, .initial = Initializer{}});
    const auto line = [&](const char* text) { return parse_equation(fmt::format(fmt::runtime(text), calls_, calls_ - 1), "accumulate", 1); };
    states_.push_back({call_, add(line("next[] = select(call[] < {1}, call[] + 1, 0)"), "optimizer.call.next", rate_,
                                  {{"call", call_}})});
    // A call counts by its samples: the last one of an epoch may have fewer.
    const bool open = std::ranges::any_of(graph_.values, [](const Value& value) { return value.type.open_axes() > 0; });
    const ValueId before_samples = graph_.add({.name = "optimizer.samples", .type = {dtype_, {}}, .role = Role::state,
                                               .initial = Initializer{}});
    const ValueId own = add(parse_equation(open ? "own[] = sum(b: batch ?) 1" : "own[] = 1", "accumulate", 1), "optimizer.samples.own",
                            call_, {});
    const ValueId samples = add(line("sum[] = before[] + own[]"), "optimizer.samples.sum", call_,
                                {{"before", before_samples}, {"own", own}});
    const ValueId share = add(line("share[] = own[] / sum[]"), "optimizer.samples.share", call_, {{"own", own}, {"sum", samples}});
    states_.push_back({before_samples, add(line("next[] = select(call[] < {1}, sum[], 0)"), "optimizer.samples.next", call_,
                                           {{"call", call_}, {"sum", samples}})});
    for (auto& [parameter, gradient] : gradients) {
        const std::string name = graph_.value(parameter).name;
        const ValueId before = graph_.add({.name = name + ".accumulated", .type = graph_.value(gradient).type,
                                           .role = Role::state, .initial = Initializer{}});
        std::map<std::string, ValueId> values = {{"call", call_}, {"before", before}, {"g", gradient}, {"share", share}};
        gradient = add(line("mean[...] = before[...] + share[] * (g[...] - before[...])"), graph_.value(gradient).name + ".mean", gradient, values);
        values["mean"] = gradient;
        states_.push_back({before, add(line("next[...] = select(call[] < {1}, mean[...], 0)"), name + ".accumulated.next",
                                       gradient, values)});
    }
    return gradients;
}

/// The update of a parameter or state. Where several calls make a step, only the last of them changes it.
Update OptimizerSteps::kept(ValueId target, ValueId next) {
    if (calls_ <= 1) return {target, next};
    const char* text = graph_.value(target).type.rank() == 0 ? "kept[] = select(call[] < {}, old[], new[])"
                                                             : "kept[...] = select(call[] < {}, old[...], new[...])";
    return {target, add(parse_equation(fmt::format(fmt::runtime(text), calls_ - 1), "accumulate", 1),
                        graph_.value(target).name + ".kept", target, {{"call", call_}, {"old", target}, {"new", next}})};
}

/// The names that the new value of the parameter comes from. A state is among them where its old value is.
std::set<std::string> OptimizerSteps::needed(const std::vector<Written>& equations) const {
    std::set<std::string> found;
    std::vector<std::string> open = {"w.next"};
    while (!open.empty()) {
        const std::string name = open.back();
        open.pop_back();
        if (!found.insert(name).second) continue;
        if (lines_.is_state(name)) open.push_back(name + ".next");
        const auto writer = std::ranges::find(equations, name, &Written::result);
        if (writer == equations.end()) continue;
        for (std::string& read : names_in(writer->body)) open.push_back(std::move(read));
    }
    return found;
}

void OptimizerSteps::check_names(const Expr& expr, const Written& line) const {
    const auto known = [&](const std::string& name) {
        return name == "w" || name == "g" || name == kLearningRate || name == kStep || lines_.is_state(name) ||
               lines_.writer(name) != nullptr;
    };
    if (expr.form == Expr::Form::access && !known(expr.name)) {
        user_error(line.location, "optimizer {} reads {}, which is no state and no line of it; it may read w, g, "
                   "learning_rate[] and step[] too", training_.optimizer, expr.name);
    }
    if (expr.form == Expr::Form::name)
        user_error(line.location, "optimizer {} has no setting {}", training_.optimizer, expr.name);
    for (const Expr& arg : expr.args) check_names(arg, line);
}

/// The number of this step, 1 in the first.
ValueId OptimizerSteps::step_number() {
    if (step_ >= 0) return step_;
    // A schedule reads it in f64, whatever the model computes in.
    const DType dtype = training_.schedule && changes_rate(*training_.schedule) ? DType::f64 : dtype_;
    const ValueId before = graph_.add({.name = "optimizer.step", .type = {dtype, {}}, .role = Role::state,
                                       .initial = Initializer{}});
    Written next = parse_equation("next[] = before[] + 1", "optimizer", 1);
    step_ = add(std::move(next), "optimizer.step.next", before, {{"before", before}});
    step_before_ = before;
    return step_;
}

/// A line of one number, which all parameters of the same settings share.
ValueId OptimizerSteps::shared(const Written& equation, std::map<std::string, ValueId>& values) {
    const std::string key = equation.result + key_of(equation.body);
    if (const auto found = shared_.find(key); found != shared_.end()) return found->second;
    const ValueId made = add(equation, fmt::format("{}.{}", training_.optimizer, equation.result), rate_, values);
    return shared_[key] = made;
}

ValueId OptimizerSteps::add(Written equation, const std::string& name, ValueId like,
                            const std::map<std::string, ValueId>& values) {
    graph_.index_writers();
    const TensorType type = graph_.value(like).type;
    std::vector<surface::IndexExpr> axes;
    for (const Index& index : pointwise(graph_, like, values.contains("g") ? values.at("g") : like).indices)
        axes.push_back({.form = surface::IndexExpr::Form::name, .name = index.name});
    const auto written_out = [&](std::vector<surface::IndexExpr>& at) {
        if (at.size() == 1 && at[0].form == surface::IndexExpr::Form::ellipsis) at = axes;
    };
    const bool one_number = is_one_number(equation);
    written_out(equation.left);
    equation.body = rewritten(equation.body, [&](Expr node) {
        if (node.form != Expr::Form::access) return node;
        written_out(node.at);
        const DType own = graph_.value(values.at(node.name)).type.dtype;
        return own == type.dtype ? node : call(std::string(name_of(type.dtype)), {std::move(node)});
    });
    std::string free = name;
    for (int i = 2; graph_.find(free) >= 0; ++i) free = fmt::format("{}.{}", name, i);
    equation.result = free;
    equation.type = one_number ? TensorType{type.dtype, {}} : type;
    return elaborate(graph_, equation, {.constants = {}, .values = values, .subject = "optimizer " + training_.optimizer});
}

void OptimizerSteps::step(ValueId parameter, ValueId gradient) {
    const std::string name = graph_.value(parameter).name;
    const Settings settings = settings_of(training_, name);
    std::vector<Written> equations = lines_.equations;
    for (Written& equation : equations) {
        equation.body = with_settings(equation.body, settings);
        check_names(equation.body, equation);
    }
    const std::set<std::string> wanted = needed(equations);
    std::map<std::string, ValueId> values = {{"w", parameter}, {"g", gradient}, {std::string(kLearningRate), rate_}};
    if (wanted.contains(std::string(kStep))) values[std::string(kStep)] = step_number();
    for (const OptimizerLines::State& state : lines_.states) {
        if (!wanted.contains(state.name)) continue;
        values[state.name] = graph_.add({.name = fmt::format("{}.{}", name, state.name),
                                         .type = graph_.value(parameter).type,
                                         .role = Role::state,
                                         .initial = Initializer{Initializer::Form::constant, state.initial, 0}});
    }
    const auto factor = std::ranges::find(settings, "rate_factor", &Settings::value_type::first)->second;
    for (Written& equation : equations) {
        if (!wanted.contains(equation.result)) continue;
        for (const std::string& read : names_in(equation.body)) {
            if (!values.contains(read))
                user_error(equation.location, "optimizer {} reads {} before its line", training_.optimizer, read);
        }
        if (is_one_number(equation)) {
            values[equation.result] = shared(equation, values);
            continue;
        }
        equation.body = rewritten(equation.body, [&](Expr node) {
            const bool is_rate = node.form == Expr::Form::access && node.name == kLearningRate;
            return is_rate && factor != 1 ? call("mul", {number_of(factor), std::move(node)}) : node;
        });
        // A line that only hands a value on needs no equation.
        const bool same = equation.body.form == Expr::Form::access && equation.result != "w.next";
        const std::string own = equation.result == "w.next" ? "next" : equation.result;
        values[equation.result] = same ? values.at(equation.body.name)
                                       : add(equation, fmt::format("{}.{}", name, own), parameter, values);
    }
    graph_.updates.push_back(kept(parameter, values.at("w.next")));
    follow_average(parameter, values.at("w.next"));
    for (const OptimizerLines::State& state : lines_.states) {
        if (wanted.contains(state.name)) states_.push_back(kept(values.at(state.name), values.at(state.name + ".next")));
    }
}

/// The first step gives the parameter itself, as PyTorch's AveragedModel has it.
void OptimizerSteps::follow_average(ValueId parameter, ValueId next) {
    const auto given = std::ranges::find(training_.options, "average", &Settings::value_type::first);
    if (given == training_.options.end() || given->second == 0) return;
    const std::string name = graph_.value(parameter).name + std::string(kAverage);
    const ValueId before = graph_.add({.name = name, .type = graph_.value(parameter).type, .role = Role::state,
                                       .initial = Initializer{}});
    const std::string share = fmt::format("{}", 1 - given->second);
    const bool one_number = graph_.value(parameter).type.rank() == 0;
    const std::string at = one_number ? "[]" : "[...]";
    const ValueId after = add(
        parse_equation(fmt::format("next{0} = select(step[] < 1.5, new{0}, old{0} + {1} * (new{0} - old{0}))", at, share), "average", 1),
        name + ".next", parameter, {{"step", step_number()}, {"new", next}, {"old", before}});
    states_.push_back(kept(before, after));
}

void OptimizerSteps::finish() {
    if (step_ >= 0) states_.insert(states_.begin(), kept(step_before_, step_));
    graph_.updates.insert(graph_.updates.end(), states_.begin(), states_.end());
}

}  // namespace ricci::passes
