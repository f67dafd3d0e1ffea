// The canonical text of a graph: one spelling for each thing, so that two graphs are the same when their texts are.
#include "ir/print/print.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "ir/analysis/index_kind.h"
#include "ir/core/body_size.h"
#include "ir/loops/kernel_plan.h"
#include "ir/loops/tile_view.h"
#include "ir/print/print_loops.h"

namespace ricci::ir {
namespace {

/// Shortest text that reads back as the same double.
std::string number_text(double number) {
    return std::isnan(number) ? "nan" : fmt::format("{}", number);
}

std::string constant_text(const Number& number, DType dtype) {
    if (dtype == boolean) return number == Number(0) ? "false" : "true";
    return is_float(dtype) ? number_text(number.real()) : fmt::format("{}", number.integer());
}

const Index& index_of(IdSpan<IndexId, const Index> indices, IndexId id) {
    return indices[id];
}

std::string names_of(const std::vector<IndexId>& ids, IdSpan<IndexId, const Index> indices) {
    std::vector<std::string_view> names;
    for (IndexId id : ids) names.push_back(index_of(indices, id).name);
    return fmt::format("{}", fmt::join(names, ", "));
}

/// The index that stands alone on an axis of its kind and runs over all of it; -1 for any other expression.
IndexId whole(const Affine& at, const std::vector<Index>& indices, const Axis& axis) {
    IndexId bare = at.bare();
    if (bare < 0) return -1;
    const Index& index = index_of(indices, bare);
    return index.extent == axis.extent && index.kind == axis.kind ? bare : -1;
}

/// Index expressions in brackets. An index that runs over the beginning of an axis is spelt y + 0, because y alone runs
/// over all of it.
std::string subscript(const std::vector<Affine>& at, const std::vector<Index>& indices, const TensorType& type) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < at.size(); ++i) {
        const Axis& axis = type.axes[i];
        if (spelling(at[i], indices, axis) == Spelling::tuple) {
            texts.push_back(fmt::format("({})", names_of(tuple_of(at[i], indices, axis.extent), indices)));
            continue;
        }
        bool part = at[i].bare() >= 0 && whole(at[i], indices, axis) < 0;
        texts.push_back(print(at[i], indices) + (part ? " + 0" : ""));
    }
    return fmt::format("[{}]", fmt::join(texts, ", "));
}

/// "i: channel 1, dy: tap_h 5".
std::string declarations(const std::vector<IndexId>& ids, const std::vector<Index>& indices) {
    std::vector<std::string> decls;
    for (IndexId id : ids) {
        const Index& index = index_of(indices, id);
        decls.push_back(fmt::format("{}: {} {}", index.name, index.kind.name(), extent_text(index.extent)));
    }
    return fmt::format("{}", fmt::join(decls, ", "));
}

/// Bodies of one equation.
class Bodies {
  public:
    Bodies(const Graph& graph, const std::vector<Index>& indices) : graph_(graph), indices_(indices) {}

    /// In parentheses when the expression's own operator binds less than `weakest`.
    std::string text(const Expr& expr, int weakest) const {
        std::string plain = text(expr);
        return binding(expr) < weakest ? fmt::format("({})", plain) : plain;
    }

  private:
    std::string text(const Expr& expr) const {
        switch (expr.form) {
            case Expr::Form::constant:
                return constant_text(expr.number, expr.dtype);
            case Expr::Form::access:
                return access(expr.access);
            case Expr::Form::index: {
                IndexId bare = expr.affine.bare();
                if (bare >= 0) return index_of(indices_, bare).name;
                return fmt::format("index({})", print(expr.affine, indices_));
            }
            case Expr::Form::extent:
                return fmt::format("extent({})", print(expr.affine, indices_));
            case Expr::Form::cast:
                return fmt::format("{}({})", name_of(expr.dtype), text(*expr.args[0]));
            case Expr::Form::call:
                return call(expr);
        }
        return "";
    }

    std::string access(const Access& access) const {
        const Value& value = graph_.value(access.tensor);
        std::string text = value.name + subscript(access.at, indices_, value.type);
        return access.pad ? fmt::format("pad({}, {})", text, constant_text(*access.pad, value.type.dtype)) : text;
    }

    std::string call(const Expr& expr) const {
        const ScalarInfo& f = info(expr.function);
        if (f.infix.empty() || expr.args.size() != f.arity) {
            std::vector<std::string> args;
            for (const ExprRef& arg : expr.args) args.push_back(text(*arg));
            return fmt::format("{}({})", f.name, fmt::join(args, ", "));
        }
        if (f.arity == 1) {
            // The sign would become part of a number that stood bare behind it.
            bool number = expr.args[0]->form == Expr::Form::constant;
            return fmt::format("{}{}", f.infix, text(*expr.args[0], number ? kTightest + 1 : f.precedence));
        }
        bool chains = f.types != ScalarInfo::Types::comparison;
        return fmt::format("{} {} {}", text(*expr.args[0], f.precedence + (chains ? 0 : 1)), f.infix,
                           text(*expr.args[1], f.precedence + 1));
    }

    const Graph& graph_;
    const std::vector<Index>& indices_;
};

std::string compound(Reduce reduce) {
    switch (reduce) {
        case Reduce::none:
            return "=";
        case Reduce::sum:
            return "+=";
        case Reduce::prod:
            return "*=";
        default:
            return fmt::format("{}=", name_of(reduce));
    }
}

std::string initializer(const Value& value) {
    if (!value.initial) return "";
    const Initializer& initial = *value.initial;
    switch (initial.form) {
        case Initializer::Form::table: {
            std::vector<std::string> numbers;
            for (const Number& number : *initial.table) numbers.push_back(constant_text(number, value.type.dtype));
            return fmt::format(" = {{{}}}", fmt::join(numbers, ", "));
        }
        case Initializer::Form::constant:
            return fmt::format(" = {}", constant_text(initial.a, value.type.dtype));
        case Initializer::Form::uniform:
            return fmt::format(" = uniform({}, {})", number_text(initial.a.real()), number_text(initial.b.real()));
        case Initializer::Form::normal:
            return fmt::format(" = normal({}, {})", number_text(initial.a.real()), number_text(initial.b.real()));
    }
    return "";
}

std::string placement(const Graph& graph, const Value& value) {
    const Placement& place = *value.placement;
    std::string shares = place.shares < 0 ? "" : fmt::format(", shares {}", graph.value(place.shares).name);
    return fmt::format("place {} at {}, {} bytes{}, live {}..{}{}\n", value.name, place.offset, place.bytes,
                       place.scope == Placement::Scope::fixed ? "" : fmt::format(" {}", name_of(place.scope)),
                       place.first, place.last, shares);
}

/// The loops of every kernel, line by line.
class LoopTexts {
  public:
    explicit LoopTexts(const Graph& graph) : texts_(graph.kernels.size()) {
        const bool any = std::ranges::any_of(graph.kernels, [](const KernelGroup& kernel) { return !kernel.nests.empty(); });
        if (!any) return;
        const Graph view = tile_view(graph);
        const Uses uses(view);
        for (const KernelSource& kernel : kernels_of(view)) {
            if (kernel.group == nullptr) continue;
            std::optional<KernelPlan> plan;
            try {
                plan = plan_of(view, uses, kernel);
            } catch (const UserError&) {  // loops that break V24 are printed without comments
            }
            std::vector<std::string>& texts = texts_[kernel.equations[0]->kernel];
            std::size_t first = 0;
            for (std::size_t i = 0; i < kernel.group->nests.size(); ++i) {
                const LoopNest& nest = kernel.group->nests[i];
                texts.resize(std::max(texts.size(), first + 1));
                texts[first] += print(graph, nest, plan ? &plan->steps[i] : nullptr);
                first += nest.equations();
            }
        }
    }

    /// What stands before equation `place` of its kernel.
    std::string before(const Equation& equation, std::size_t place, const std::string& indent) const {
        if (equation.kernel < 0) return "";
        const std::vector<std::string>& texts = texts_[equation.kernel];
        if (place >= texts.size()) return "";
        std::string text;
        for (std::size_t at = 0; at < texts[place].size();) {
            const std::size_t end = texts[place].find('\n', at) + 1;
            text += indent + texts[place].substr(at, end - at);
            at = end;
        }
        return text;
    }

  private:
    IdVector<KernelId, std::vector<std::string>> texts_;  // then by the equation of the kernel that they stand before
};

/// The equations in order, each after its result's type; those of one tile and of one kernel in blocks.
std::string equations(const Graph& graph) {
    const LoopTexts loops(graph);
    std::string text;
    std::string indent;
    std::size_t place = 0;  // in the kernel
    TileId tile = -1;
    KernelId kernel = -1;
    auto close = [&] {
        indent.resize(indent.size() - 4);
        text += indent + "}\n";
    };
    auto enter = [&](TileId next_tile, KernelId next_kernel) {
        const bool leaves = tile != next_tile;
        if (kernel >= 0 && (leaves || kernel != next_kernel)) close();
        if (tile >= 0 && leaves) close();
        if (next_tile >= 0 && leaves) {
            const BatchTile& opened = graph.tiles[next_tile];
            text += fmt::format("tile {}({}) {{\n", opened.name, opened.samples);
            indent += "    ";
        }
        if (next_kernel >= 0 && (leaves || kernel != next_kernel)) {
            const KernelGroup& opened = graph.kernels[next_kernel];
            text += fmt::format("{}kernel {}({}){}{} {{\n", indent, opened.name, fmt::join(opened.loops, ", "),
                                opened.split.empty() ? "" : " split " + opened.split,
                                opened.split_by > 0 ? fmt::format(" by {}", opened.split_by) : "");
            indent += "    ";
            place = 0;
        }
        tile = next_tile, kernel = next_kernel;
    };
    for (const Equation& equation : graph.equations) {
        enter(equation.tile, equation.kernel);
        const Value& result = graph.value(equation.result);
        text += loops.before(equation, place++, indent);
        text += fmt::format("{}{}: {}\n", indent, result.name, to_string(result.type));
        text += fmt::format("{}{}\n", indent, print(graph, equation));
    }
    enter(-1, -1);
    return text;
}

/// "f32[batch ?]", "i32<class 10>[batch ?]", "i32<class 10 or -100>[batch ?]".
std::string declared_type(const Value& value) {
    std::string text = to_string(value.type);
    if (value.numbers) {
        const std::string ignored = value.ignored ? fmt::format(" or {}", *value.ignored) : "";
        text.insert(name_of(value.type.dtype).size(), fmt::format("<{}{}>", to_string(*value.numbers), ignored));
    }
    return text;
}

/// "(momentum = 0.9, nesterov = 1)".
std::string settings_text(const Settings& settings) {
    std::vector<std::string> parts;
    for (const auto& [setting, number] : settings) parts.push_back(fmt::format("{} = {}", setting, number_text(number)));
    return fmt::format("({})", fmt::join(parts, ", "));
}

std::string results(const Graph& graph) {
    std::string text;
    auto name = [&](ValueId id) -> const std::string& { return graph.value(id).name; };
    for (const Output& output : graph.outputs) {
        bool same = output.name == name(output.value);
        text += same ? fmt::format("output {}\n", output.name)
                     : fmt::format("output {} = {}\n", output.name, name(output.value));
    }
    for (const Update& update : graph.updates)
        text += fmt::format("update {} = {}\n", name(update.target), name(update.source));
    for (const GradientRequest& request : graph.gradients) {
        text += fmt::format("gradient {} = d {} / d {}\n", request.name, name(request.of), name(request.by));
    }
    if (graph.training) {
        const Training& training = *graph.training;
        if (training.rule) {
            text += fmt::format("optimizer {}{} {{\n", training.rule->name, settings_text(training.rule->settings));
            for (const RuleLine& line : training.rule->lines) text += fmt::format("    {}\n", line.text);
            text += "}\n";
        }
        std::vector<std::string> steps;
        for (const auto& [parameter, gradient] : graph.training->gradients)
            steps.push_back(fmt::format("{} by {}", name(parameter), name(gradient)));
        text += fmt::format("train {} with {}{}{}\n", name(training.loss), print(training),
                            steps.empty() ? "" : " stepping ", fmt::join(steps, ", "));
    }
    return text;
}

}  // namespace

std::string print(const Training& training) {
    std::vector<std::string> groups;
    for (const ParameterGroup& group : training.groups) groups.push_back(group.part + settings_text(group.settings));
    std::string text = training.optimizer + settings_text(training.options);
    if (!groups.empty()) text += fmt::format(" except {}", fmt::join(groups, ", "));
    if (training.schedule) text += fmt::format(" schedule {}{}", training.schedule->name, settings_text(training.schedule->settings));
    return text;
}

std::string print(const Graph& graph, const Equation& equation, const ExprRef& expr) {
    return Bodies(graph, equation.indices).text(*expr, 0);
}

std::string print(const Graph& graph, const Equation& equation) {
    const Value& result = graph.value(equation.result);
    std::vector<IndexId> plain;   // what the axes of the result give a kind and an extent
    std::vector<IndexId> others;  // what is declared
    for (std::size_t axis = 0; axis < equation.left.size(); ++axis) {
        IndexId id = whole(equation.left[axis], equation.indices, result.type.axes[axis]);
        if (id >= 0) plain.push_back(id);
    }
    for (IndexId id : equation.indices.ids()) {
        if (std::ranges::find(plain, id) == plain.end()) others.push_back(id);
    }
    // In the order that reading gives them: those of the left, then the reduced ones.
    std::ranges::stable_partition(others, [&](IndexId id) {
        return std::ranges::any_of(equation.left, [&](const Affine& at) { return at.uses(id); });
    });
    bool bare = plain.size() == equation.left.size();
    bool prefix = bare && equation.reduce != Reduce::none && !others.empty();
    std::string decls = declarations(others, equation.indices);
    Bodies bodies(graph, equation.indices);
    std::string body = prefix ? fmt::format("= {}({}) {}", name_of(equation.reduce), decls,
                                            bodies.text(*equation.body, info(Scalar::mul).precedence))
                              : fmt::format("{} {}", compound(equation.reduce), bodies.text(*equation.body, 0));
    return fmt::format("{}{}{} {}{}{}{}", equation.clipped ? "clip " : "", result.name,
                       subscript(equation.left, equation.indices, result.type), body,
                       prefix || others.empty() ? "" : fmt::format(" where {}", decls),
                       equation.op.empty() ? "" : fmt::format("  @{}", equation.op),
                       equation.schedule.decided() ? fmt::format("  by {}", print(equation.schedule)) : "");
}

std::string print(const Graph& graph) {
    std::vector<std::string> parts;  // set apart by blank lines
    parts.push_back(fmt::format("ricci 1 {}{}{}\n", name_of(graph.stage), graph.name.empty() ? "" : " ", graph.name));
    if (graph.fixed_batch != 0) parts.back() += fmt::format("batch {}\n", graph.fixed_batch);
    std::string declared;
    std::string placed;
    for (const Value& value : graph.values) {
        if (value.role != Role::temporary) {
            declared +=
                fmt::format("{} {}: {}{}\n", value.fixed ? "constant" : name_of(value.role), value.name, declared_type(value),
                            initializer(value));
        }
    }
    for (const Equation& equation : graph.equations) {
        const Value& result = graph.value(equation.result);
        if (result.placement) placed += placement(graph, result);
    }
    if (graph.stage == Stage::planned) {
        placed += fmt::format("arena {} bytes + {} per sample", graph.arena_fixed, graph.arena_per_sample);
        if (graph.arena_per_pair > 0) placed += fmt::format(" + {} per pair", graph.arena_per_pair);
        if (!graph.tiles.empty()) {
            placed += fmt::format(" + {} per thread + {} per chunk", graph.arena_per_thread, graph.arena_per_chunk);
        }
        placed += "\n";
    }
    parts.push_back(std::move(declared));
    parts.push_back(equations(graph));
    parts.push_back(results(graph));
    parts.push_back(std::move(placed));
    std::erase_if(parts, [](const std::string& part) { return part.empty(); });
    return fmt::format("{}", fmt::join(parts, "\n"));
}

}  // namespace ricci::ir
