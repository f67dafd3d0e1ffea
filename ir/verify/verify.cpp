// The table of rules, and those about values, names, order and results.
#include "ir/verify/verify.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>

#include "ir/base/checked.h"
#include "ir/core/initial.h"
#include "ir/core/positions.h"
#include "ir/print/print.h"
#include "ir/surface/lexer.h"
#include "ir/surface/names.h"
#include "ir/verify/verify_equations.h"
#include "ir/verify/verify_rules.h"
#include "ir/verify/verify_loops.h"
#include "ir/verify/verify_stages.h"
#include "ir/verify/verify_tiles.h"

namespace ricci::ir {
namespace {

constexpr std::array<Rule, 25> kRules = {{
    {"V1", Stage::model, "values, indices, kernels and tiles that are mentioned exist"},
    {"V2", Stage::model,
     "names are unique, and spelt with letters, digits and '_', those of values in parts joined by '.'"},
    {"V3", Stage::model,
     "extents are at least 1, or open on one or two batch axes, which an input binds; sizes fit 64 bits"},
    {"V4", Stage::model, "a temporary is written by one equation, before it is read; nothing else is written"},
    {"V5", Stage::model,
     "operands have the types that their function takes, and the body has the type of its result. Positions are numbered "
     "by integer inputs, and by constants that are positions. An id that is ignored is none of them. A value may begin as it "
     "says"},
    {"V6", Stage::model, "indices that stand bare on the left come first, in the order of the result's axes"},
    {"V7", Stage::model, "reads stay inside their tensor, or are padded"},
    {"V8", Stage::model, "writes stay inside the result, or are clipped"},
    {"V9", Stage::model, "without a reduction every element is written exactly once; argmax has a bare left"},
    {"V10", Stage::model,
     "index expressions have the kinds of their axes, by the kind algebra; ids are compared with an index of the kind that "
     "they number"},
    {"V11", Stage::model, "an update gives a parameter or state, once, a value of its own type that no update changes"},
    {"V12", Stage::model,
     "gradients are of a floating-point scalar by a floating-point value; so is the loss that is trained"},
    {"V13", Stage::step, "gradients and training have become equations"},
    {"V14", Stage::model, "the form of an equation allows its schedule"},
    {"V15", Stage::model,
     "kernels exist from stage kernels on: consecutive equations that all have the kernel's loops"},
    {"V16", Stage::kernels,
     "an iteration of a kernel reads of the kernel's own values only what it has itself completed"},
    {"V17", Stage::model,
     "placements exist at stage planned: aligned to 64 bytes, inside the arena, large and long enough"},
    {"V18", Stage::planned, "values that are alive together do not overlap in the arena"},
    {"V19", Stage::model,
     "tiles exist from stage step on: consecutive equations in whole kernels, at least one sample at a time"},
    {"V20", Stage::step,
     "an equation of a tile has one index over samples, bare on the batch axis of what it reads and writes, or summed"},
    {"V21", Stage::step,
     "what a tile sums over the samples is read only after it, and is neither an output nor an update"},
    {"V22", Stage::step,
     "a batched value has its batch axis at an end when it lives inside a tile, outermost when it enters or leaves one"},
    {"V23", Stage::model, "a body is not so high and not so nested that its text could not be read back"},
    {"V24", Stage::model,
     "loops exist from stage loops on: every equation is in a kernel, and the equations of a kernel allow its loops"},
    {"V25", Stage::model, "a batch of a fixed size stands beside open types from stage step on, with an input that is open"},
}};

bool is_index_name(std::string_view name) {
    return is_value_name(name) && name.find('.') == std::string_view::npos &&
           std::ranges::find(kReservedWords, name) == kReservedWords.end();
}

/// True when every mentioned value is one of the graph's.
bool ids_exist(const Graph& graph, const Equation& equation) {
    auto is_value = [&](ValueId id) { return id >= 0 && id < static_cast<ValueId>(graph.values.size()); };
    auto is_affine = [&](const Affine& affine) {
        return std::ranges::all_of(affine.terms, [&](const Affine::Term& term) {
            return term.index >= 0 && term.index < static_cast<IndexId>(equation.indices.size()) &&
                   term.coefficient != 0;
        });
    };
    bool good = is_value(equation.result) && std::ranges::all_of(equation.left, is_affine) &&
                equation.body != nullptr && equation.kernel >= -1 && equation.kernel < graph.kernels.next() &&
                equation.tile >= -1 && equation.tile < graph.tiles.next();
    if (!good) return false;
    walk(equation.body, [&](const Expr& node) {
        if (node.form == Expr::Form::access) {
            good = good && is_value(node.access.tensor) && std::ranges::all_of(node.access.at, is_affine) &&
                   node.access.at.size() == graph.value(node.access.tensor).type.axes.size();
        }
        if (node.form == Expr::Form::extent) good = good && node.affine.bare() >= 0;
        good = good && is_affine(node.affine);
    });
    return good && equation.left.size() == graph.value(equation.result).type.axes.size();
}

}  // namespace

std::span<const Rule> rules() {
    return kRules;
}

void check_ids(Report& report) {
    const Graph& graph = report.graph();
    auto check = [&](ValueId id, std::string_view what) {
        if (id < 0 || id >= static_cast<ValueId>(graph.values.size())) {
            report.add("V1", Location{}, "{} mentions value {} of {}", what, id, graph.values.size());
        }
    };
    for (std::size_t i = 0; i < graph.equations.size(); ++i) {
        if (ids_exist(graph, graph.equations[i])) continue;
        report.add("V1", graph.equations[i].location,
                   "equation {} mentions a value, an axis, an index, a kernel or a tile that does not exist", i);
    }
    for (const Output& output : graph.outputs) check(output.value, fmt::format("output {}", output.name));
    for (const Update& update : graph.updates) check(update.target, "an update"), check(update.source, "an update");
    for (const GradientRequest& request : graph.gradients)
        check(request.of, request.name), check(request.by, request.name);
    if (graph.training) {
        check(graph.training->loss, "train");
        for (const auto& [parameter, gradient] : graph.training->gradients)
            check(parameter, "train"), check(gradient, "train");
    }
    for (const Value& value : graph.values) {
        if (value.placement && value.placement->shares != -1) check(value.placement->shares, value.name);
    }
}

void check_names_and_types(Report& report) {
    const Graph& graph = report.graph();
    if (!graph.name.empty() && !is_value_name(graph.name)) {
        report.add("V2", Location{}, "the text cannot spell the graph's name \"{}\"", graph.name);
    }
    std::set<std::string_view> names;
    bool open = false;
    bool bound = false;
    for (const Value& value : graph.values) {
        if (!is_value_name(value.name))
            report.add("V2", value.location, "the text cannot spell the name \"{}\"", value.name);
        if (!names.insert(value.name).second) report.add("V2", value.location, "two values are called {}", value.name);
        if (value.ignored && (!value.numbers || value.numbers->extent == kOpen ||
                              (*value.ignored >= 0 && *value.ignored < value.numbers->extent)))
            report.add("V5", value.location, "{}: {} is no id beside positions", value.name, *value.ignored);
        if (value.numbers) {
            const bool may = value.role == Role::input || value.fixed;
            const bool samples = value.numbers->kind == kinds::batch() && value.numbers->extent == kOpen;
            const bool positions = is_integer(value.type.dtype) && (value.numbers->extent >= 1 || samples);
            const auto why = may && positions && value.fixed ? why_no_positions(value, value.numbers->extent) : std::nullopt;
            if (!may || !positions || why) {
                report.add("V5", value.location, "{} {}: {} numbers {}{}{}", name_of(value.role), value.name,
                           name_of(value.type.dtype), to_string(*value.numbers), why ? ", but " : "", why.value_or(""));
            }
        }
        if (auto why = why_no_beginning(value))
            report.add("V5", value.location, "{} {}: {}", value.fixed ? "constant" : name_of(value.role), value.name, *why);
        for (const Axis& axis : value.type.axes) {
            bool fits = axis.extent >= 1 || (axis.extent == kOpen && axis.kind == kinds::batch());
            if (!fits) report.add("V3", value.location, "{}: axis {}", value.name, to_string(axis));
            if (axis.extent == kOpen && (value.role == Role::parameter || value.role == Role::state)) {
                report.add("V3", value.location,
                           "{}: a {} stays from call to call, so its batch cannot be open; give it an extent",
                           value.name, value.fixed ? "constant" : name_of(value.role));
            }
        }
        if (value.type.open_axes() > kMostOpenAxes) {
            report.add("V3", value.location, "{} is {}, with {} open axes; a value has {} at the most", value.name,
                       to_string(value.type), value.type.open_axes(), kMostOpenAxes);
        }
        try {
            checked_mul(value.type.count(), static_cast<std::int64_t>(size_of(value.type.dtype)), "bytes of a tensor");
        } catch (const UserError& error) {
            report.add("V3", value.location, "{}: {}", value.name, error.what());
        }
        open = open || value.type.is_open();
        bound = bound || (value.role == Role::input && value.type.is_open());
    }
    if (open && !bound) report.add("V3", Location{}, "the batch is open, but no input has an open batch axis");
    if (graph.fixed_batch != 0 && graph.stage < Stage::step) {
        report.add("V25", Location{}, "stage {} has a batch of {} beside the types; write it into the batch axes of inputs",
                   name_of(graph.stage), graph.fixed_batch);
    } else if (graph.fixed_batch < 0 || (graph.fixed_batch > 0 && !bound)) {
        report.add("V25", Location{}, "every call has a batch of {}, but no input has an open batch axis",
                   graph.fixed_batch);
    }
    std::set<std::string_view> outputs;
    for (const Output& output : graph.outputs) {
        if (!is_value_name(output.name))
            report.add("V2", Location{}, "the text cannot spell the output \"{}\"", output.name);
        if (!outputs.insert(output.name).second) report.add("V2", Location{}, "two outputs are called {}", output.name);
    }
    for (const GradientRequest& request : graph.gradients) {
        if (!outputs.insert(request.name).second)
            report.add("V2", Location{}, "two outputs are called {}, one of them a gradient", request.name);
    }
    for (const Equation& equation : graph.equations) {
        std::set<std::string_view> indices;
        for (const Index& index : equation.indices) {
            if (!is_index_name(index.name))
                report.add("V2", equation, "the text cannot spell the index \"{}\"", index.name);
            if (!indices.insert(index.name).second) report.add("V2", equation, "two indices are called {}", index.name);
            bool fits = index.extent >= 1 || (index.extent == kOpen && index.kind == kinds::batch());
            if (!fits)
                report.add("V3", equation, "index {}: {} {}", index.name, index.kind.name(), extent_text(index.extent));
        }
        if (!equation.op.empty() && !is_value_name(equation.op.name())) {
            report.add("V2", equation, "the text cannot spell the op \"{}\"", equation.op);
        }
    }
}

void check_order_of_writes(Report& report) {
    const Graph& graph = report.graph();
    IdVector<ValueId, bool> ready;
    for (const Value& value : graph.values) ready.push_back(value.role != Role::temporary);
    for (const Equation& equation : graph.equations) {
        for (const Access* access : accesses(equation.body)) {
            if (!ready[access->tensor]) {
                report.add("V4", equation, "{} is read before it is written", graph.value(access->tensor).name);
            }
        }
        const Value& result = graph.value(equation.result);
        if (result.role != Role::temporary) {
            report.add("V4", equation, "{} is of role {}; only temporaries are written", result.name,
                       name_of(result.role));
        } else if (ready[equation.result]) {
            report.add("V4", equation, "{} is written twice", result.name);
        }
        ready[equation.result] = true;
    }
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        if (!ready[i]) report.add("V4", graph.values[i].location, "{} is never written", graph.values[i].name);
    }
}

void check_results(Report& report) {
    const Graph& graph = report.graph();
    std::set<ValueId> updated;
    for (const Update& update : graph.updates) {
        const Value& target = graph.value(update.target);
        const Value& source = graph.value(update.source);
        if (target.role != Role::parameter && target.role != Role::state) {
            report.add("V11", update.location, "update {0}: it is {1}; declare {0} as a state or a parameter, which calls keep",
                       target.name, target.role == Role::input ? "an input" : "the result of an equation");
        }
        if (target.fixed) {
            report.add("V11", update.location, "update {0}: it is a constant; declare {0} as a state, which updates change",
                       target.name);
        }
        if (!updated.insert(update.target).second) {
            report.add("V11", update.location, "{} is updated twice; one update says all that a call changes of it", target.name);
        }
        if (target.type != source.type) {
            report.add("V11", update.location, "update {}: it is {}, but {} is {}", target.name, to_string(target.type),
                       source.name, to_string(source.type));
        }
    }
    for (const Update& update : graph.updates) {
        if (update.source == update.target || !updated.contains(update.source)) continue;
        const Value& source = graph.value(update.source);
        report.add("V11", update.location, "update {}: {} is updated itself; copy it by an equation, and take the copy",
                   graph.value(update.target).name, source.name);
    }
    auto scalar = [&](ValueId id, const Location& where, std::string_view what) {
        const Value& value = graph.value(id);
        const bool is_real = is_float(value.type.dtype);
        if (value.type.rank() == 0 && is_real) return;
        const std::string mean = is_real ? fmt::format("; their mean is one: loss = mean({})", value.name) : "";
        report.add("V12", where, "{}: {} is {}, not a floating-point scalar{}", what, value.name, to_string(value.type), mean);
    };
    for (const GradientRequest& request : graph.gradients) {
        if (!is_value_name(request.name)) report.add("V2", Location{}, "the text cannot spell \"{}\"", request.name);
        scalar(request.of, request.location, fmt::format("gradient {}", request.name));
        const Value& by = graph.value(request.by);
        if (!is_float(by.type.dtype)) {
            report.add("V12", request.location, "gradient {}: {} is {}, not floating point", request.name, by.name,
                       to_string(by.type));
        }
    }
    if (graph.training) scalar(graph.training->loss, graph.training->location, "train");
    if (graph.stage < Stage::step) return;
    for (const GradientRequest& request : graph.gradients) {
        report.add("V13", Location{}, "stage {} still asks for the gradient {}", name_of(graph.stage), request.name);
    }
    if (graph.training) report.add("V13", Location{}, "stage {} still asks for training", name_of(graph.stage));
}

std::vector<Violation> violations(const Graph& graph) {
    std::vector<Violation> found;
    Report report(graph, found);
    check_ids(report);
    if (!found.empty()) return found;
    check_names_and_types(report);
    check_order_of_writes(report);
    check_equations(report);
    check_results(report);
    check_kernels(report);
    check_tiles(report);
    check_placements(report);
    if (found.empty()) check_loops(report);
    return found;
}

void verify(const Graph& graph, std::string_view after) {
    std::vector<Violation> found = violations(graph);
    if (found.empty()) {
        const std::string renamed = graph.why_not_found();
        RICCI_CHECK(renamed.empty(), "after {}: {}", after, renamed);
        return;
    }
    // A graph with ids out of range cannot be printed.
    bool printable = !found.front().text.starts_with("V1 ");
    std::vector<std::string_view> texts;
    for (const Violation& violation : found) texts.push_back(violation.text);
    throw InternalError(fmt::format("after {}: {} (a bug in Ricci; please report it)\n{}", after,
                                    fmt::join(texts, "\n    "), printable ? print(graph) : ""));
}

}  // namespace ricci::ir
