// Element types of bodies: numbers adapt to what they meet, index values to integers, i32 becomes i64 where it meets one,
// and nothing else converts.
#include "ir/elaborate/infer_types.h"

#include <cmath>


namespace ricci::ir {
namespace {

/// What a subtree is before its surroundings say anything.
struct Natural {
    std::optional<DType> type{};
    bool integer = false;  // holds an index value: i64 unless it meets another integer type
};

/// Of two integers the wider type.
Natural merge(const Natural& a, const Natural& b) {
    if (a.type && b.type && is_integer(*a.type) && is_integer(*b.type)) return {*a.type == *b.type ? *a.type : i64};
    return {a.type ? a.type : b.type, a.integer || b.integer};
}

/// An argument of an inlined op: built once, or not needed yet.
struct Argument {
    Natural natural{};
    ExprRef expr{};
};

constexpr double kMostNodes = 10000;

class Typing {
  public:
    Typing(const Draft& draft, const BodyContext& context) : draft_(draft), context_(context) {}

    ExprRef build(const Node& node, std::optional<DType> expected) {
        switch (node.form) {
            case Node::Form::number:
                return number(node.number, expected.value_or(f32));
            case Node::Form::truth:
                return constant(node.number, boolean);
            case Node::Form::access:
                return access(draft_.uses[node.use]);
            case Node::Form::index:
                return integer(index_value(context_.affine(node.position)), node, expected);
            case Node::Form::extent: {
                const Affine at = context_.affine({.affine = Affine::of(node.index)});
                return integer(at.bare() < 0 ? extent_outside(node) : extent_of(at.bare()), node, expected);
            }
            case Node::Form::cast:
                return cast_of(node);
            case Node::Form::reduction:
                return context_.reduction(node, expected);
            case Node::Form::argument:
                return arguments_[node.use].expr;
            case Node::Form::inlined:
                return inlined(node, expected);
            case Node::Form::call:
                return call_of(node, expected);
        }
        return nullptr;
    }

  private:
    Natural natural(const Node& node) const {
        switch (node.form) {
            case Node::Form::number:
                return {};
            case Node::Form::truth:
                return {boolean};
            case Node::Form::access:
                return {computed(draft_.uses[node.use].type->dtype)};
            case Node::Form::index:
            case Node::Form::extent:
                return {std::nullopt, true};
            case Node::Form::cast:
                return {computed(node.dtype)};
            case Node::Form::reduction:
                return node.reduce == Reduce::argmax ? Natural{i64} : natural(node.args[0]);
            case Node::Form::argument:
                return arguments_[node.use].natural;
            case Node::Form::inlined:
                if (const std::optional<DType> type = converted(node.args.back())) return {type};
                return natural_of(node, 0, node.args.size() - 1);
            case Node::Form::call:
                break;
        }
        using Types = ScalarInfo::Types;
        switch (info(node.function).types) {
            case Types::comparison:
            case Types::logical:
                return {boolean};
            case Types::integer:
                return {i64};
            case Types::select:
                return natural_of(node, 1, node.args.size());
            default:
                return natural_of(node, 0, node.args.size());
        }
    }

    /// The type that an inlined op converts its integers to, where it does.
    static std::optional<DType> converted(const Node& body) {
        if (body.form == Node::Form::cast) return computed(body.dtype);
        const bool follows = body.form == Node::Form::call && info(body.function).types != ScalarInfo::Types::integer &&
                             info(body.function).types != ScalarInfo::Types::comparison;
        if (!follows) return std::nullopt;
        for (const Node& arg : body.args) {
            if (const std::optional<DType> type = converted(arg)) return type;
        }
        return std::nullopt;
    }

    Natural natural_of(const Node& node, std::size_t first, std::size_t end) const {
        Natural merged;
        for (std::size_t i = first; i < end; ++i) merged = merge(merged, natural(node.args[i]));
        return merged;
    }

    ExprRef number(const Number& value, DType dtype) const {
        if (dtype == boolean) draft_.fail("the number {} meets a bool; write true or false", to_string(value));
        if (is_integer(dtype) && value.real() != std::trunc(value.real())) {
            draft_.fail("the number {} meets an {}; write f32(...) around the integers", to_string(value),
                        name_of(dtype));
        }
        if (auto why = misfit(value, dtype)) draft_.fail("the number {}", *why);
        return constant(value, dtype);
    }

    ExprRef access(const Use& use) const {
        Access access{.tensor = use.tensor, .at = {}, .pad = use.pad};
        if (use.pad) {
            if (auto why = misfit(*use.pad, use.type->dtype)) draft_.fail("pad({}[...]): {}", use.name, *why);
        }
        if (use.pad && use.type->dtype == bf16) access.pad = Number(round_to_bf16(use.pad->real()));
        for (const Position& at : use.at) access.at.push_back(context_.affine(at));
        return element(std::move(access), use.type->dtype);
    }

    /// The extent of an index that the equation does not run over: a value of its own.
    ExprRef extent_outside(const Node& node) const {
        const DraftIndex& index = draft_.index(node.index);
        for (const DraftIndex& other : draft_.indices) {
            if (other.name != index.name || other.extent == index.extent) continue;
            draft_.fail("{}: one index {} has {} positions, another one {}; give each a name of its own", node.name, index.name,
                        extent_text(*index.extent), extent_text(*other.extent));
        }
        const Node largest{.form = Node::Form::reduction, .reduce = Reduce::max, .indices = {node.index}, .args = {node}, .name = "max"};
        return context_.reduction(largest, std::nullopt);
    }

    ExprRef integer(ExprRef value, const Node& node, std::optional<DType> expected) const {
        if (!expected) return value;
        if (!is_integer(*expected)) {
            draft_.fail("{} is an integer but meets {}; write {}({})", node.name, name_of(*expected),
                        name_of(*expected), node.name);
        }
        return cast(std::move(value), *expected);
    }

    ExprRef cast_of(const Node& node) {
        const Node& of = node.args[0];
        Natural own = natural(of);
        // f32 holds no more than 24 bits: an integer that the type holds is one of it.
        bool exact = of.form == Node::Form::number && of.number.is_integer() && of.number.fits(node.dtype);
        bool takes_type = !own.type && !own.integer && (is_float(node.dtype) || (is_integer(node.dtype) && exact));
        return cast(build(of, takes_type ? std::optional(computed(node.dtype)) : std::nullopt), node.dtype);
    }

    /// Builds an argument that is to be of type `wanted`: the only type of the function, or that of other arguments.
    ExprRef argument(const Node& arg, DType wanted, const Node& of, bool only = false) {
        ExprRef expr = build(arg, wanted);
        if (expr->dtype == i32 && wanted == i64) return cast(std::move(expr), i64);
        if (expr->dtype != wanted) {
            // The other way would drop what stands behind the point, or all but truth.
            const bool narrows = !only && (wanted == boolean || (is_integer(wanted) && is_float(expr->dtype)));
            draft_.fail("{}: {} is {} but meets {}; write {}(...) around {}", of.name,
                        arg.name.empty() ? "an argument" : arg.name, name_of(expr->dtype), name_of(wanted),
                        name_of(narrows ? expr->dtype : wanted),
                        narrows ? fmt::format("the {}", name_of(wanted)) : "one of them");
        }
        return expr;
    }

    /// Nodes of the tree; an argument that an inlined op uses twice counts twice.
    double nodes(const ExprRef& expr) {
        auto [known, first] = nodes_.try_emplace(expr, 1.0);
        if (!first) return known->second;
        double count = 1;
        for (const ExprRef& arg : expr->args) count += nodes(arg);
        return nodes_[expr] = count;
    }

    ExprRef inlined(const Node& node, std::optional<DType> expected) {
        std::size_t count = node.args.size() - 1;
        Natural own = natural_of(node, 0, count);
        DType dtype = own.type ? *own.type : own.integer || converted(node.args.back()) ? i64 : expected.value_or(f32);
        std::vector<Argument> arguments;
        for (std::size_t i = 0; i < count; ++i) arguments.push_back({{dtype}, argument(node.args[i], dtype, node)});
        std::swap(arguments_, arguments);
        ExprRef result = build(node.args[count], dtype);
        std::swap(arguments_, arguments);
        if (nodes(result) > kMostNodes) {
            draft_.fail("{}: written out, the body has more than {} parts; give a part of it an equation of its own",
                        node.name, kMostNodes);
        }
        return result;
    }

    ExprRef call_of(const Node& node, std::optional<DType> expected) {
        using Types = ScalarInfo::Types;
        const ScalarInfo& function = info(node.function);
        std::size_t first = function.types == Types::select ? 1 : 0;
        Natural own = natural_of(node, first, node.args.size());
        DType dtype = own.integer || function.types == Types::bits ? i64 : f32;
        if (own.type) {
            dtype = *own.type;
        } else if (expected && function.types != Types::comparison) {
            dtype = *expected;
        }
        if (function.types == Types::logical) dtype = boolean;
        if (function.types == Types::integer) dtype = i64;
        if (function.types == Types::real && !is_float(dtype)) {
            draft_.fail("{} takes floating-point numbers but meets {}; write f32(...) around its argument", node.name,
                        name_of(dtype));
        }
        if (function.types == Types::bits && !is_integer(dtype)) {
            draft_.fail("{} takes integers but meets {}; write i64(...) around its arguments{}", node.name, name_of(dtype),
                        dtype == boolean ? ", or && and ||" : "");
        }
        if (function.types == Types::same && dtype == boolean) {
            draft_.fail("{} takes numbers but meets bool; write select(..., 1, 0)", node.name);
        }
        std::vector<ExprRef> args;
        const bool only = function.types == Types::logical || function.types == Types::integer;
        if (first == 1) args.push_back(argument(node.args[0], boolean, node, true));
        for (std::size_t i = first; i < node.args.size(); ++i) args.push_back(argument(node.args[i], dtype, node, only));
        return call(node.function, std::move(args));
    }

    const Draft& draft_;
    const BodyContext& context_;
    std::vector<Argument> arguments_{};  // of the op being inlined
    std::map<ExprRef, double> nodes_{};
};

}  // namespace

ExprRef typed(const Draft& draft, const Node& node, std::optional<DType> expected, const BodyContext& context) {
    return Typing(draft, context).build(node, expected);
}

}  // namespace ricci::ir
