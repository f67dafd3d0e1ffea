// Writes an op's equation out for one call: real axes in their order, packs and `...` as indices, constants as numbers.
#include "ir/ops/call/expand.h"

#include <algorithm>
#include <cmath>

#include "ir/surface/surface_parser.h"

namespace ricci::ir {
namespace {

using surface::IndexDecl;
using surface::IndexExpr;
using Written = surface::Expr;
using Match = OperandPattern::Match;

IndexExpr name_expr(const std::string& name) {
    return {.form = IndexExpr::Form::name, .name = name};
}

class Expansion {
  public:
    Expansion(const Binding& binding, const surface::Equation& written, Orders& orders)
        : binding_(binding), written_(written), orders_(orders) {}

    surface::Equation expanded() {
        surface::Equation result = written_;
        result.where.clear();
        for (IndexDecl decl : written_.where) {
            if (decl.kind) decl.kind = binding_.said(*decl.kind);
            if (is_left_out(decl)) ones_.push_back(decl);
            result.where.push_back(decl);
        }
        result.left = left();
        result.body = body(written_.body);
        std::erase_if(result.where, [&](const IndexDecl& decl) {
            return std::ranges::find(ones_, decl.name, &IndexDecl::name) != ones_.end() &&
                   std::ranges::find(kept_, decl.name) == kept_.end();
        });
        return result;
    }

  private:
    const std::vector<BoundAxis>* pack(const IndexExpr& expr) const {
        if (expr.form != IndexExpr::Form::name || !binding_.is_pack(expr.name)) return nullptr;
        return &binding_.names.at(expr.name);
    }

    /// Declared in `where` with an extent of 1, and so left out of tuples.
    bool is_left_out(const IndexDecl& decl) const {
        if (!decl.extent) return false;
        const IndexExpr& extent = *decl.extent;
        if (extent.form == IndexExpr::Form::number) return extent.number == 1;
        auto constant = binding_.constants.find(extent.name);
        return extent.form == IndexExpr::Form::name && constant != binding_.constants.end() && constant->second == 1 &&
               stands_in_tuples(decl.name);
    }

    bool stands_in_tuples(const std::string& name) const {
        return std::ranges::none_of(
            written_.left, [&](const IndexExpr& at) { return at.form == IndexExpr::Form::name && at.name == name; });
    }

    IndexExpr tuple(const IndexExpr& expr) {
        std::vector<Kind> kinds;
        IndexExpr result{.form = IndexExpr::Form::tuple};
        std::vector<const IndexDecl*> ones;
        bool kinds_known = true;
        for (const IndexExpr& member : expr.args) {
            auto one = std::ranges::find(ones_, member.name, &IndexDecl::name);
            if (one != ones_.end()) {
                ones.push_back(&*one);
            } else if (const std::vector<BoundAxis>* axes = pack(member)) {
                for (const BoundAxis& axis : *axes) {
                    result.args.push_back(name_expr(axis.index));
                    kinds.push_back(axis.kind);
                }
            } else {
                result.args.push_back(member);
                kinds_known = false;
            }
        }
        // One that gives the flattened axis its kind stays: (c, u) with u: feature is a feature, c alone a channel.
        for (const IndexDecl* one : ones) {
            std::vector<Kind> with = kinds;
            with.push_back(*one->kind);
            bool needed = kinds_known && (kinds.empty() || flatten(with) != flatten(kinds));
            if (!needed) continue;
            result.args.push_back(name_expr(one->name));
            kept_.push_back(one->name);
        }
        if (result.args.size() > 1) return result;
        IndexExpr alone = result.args[0];
        return alone;
    }

    IndexExpr index(const IndexExpr& expr) {
        if (expr.form == IndexExpr::Form::tuple) return tuple(expr);
        IndexExpr result = expr;
        for (IndexExpr& arg : result.args) arg = index(arg);
        return result;
    }

    /// Index expressions of a value in between or of the result, with `...` and packs written out.
    std::vector<IndexExpr> plain(const std::vector<IndexExpr>& at) {
        std::vector<IndexExpr> result;
        for (const IndexExpr& expr : at) {
            if (expr.form == IndexExpr::Form::ellipsis) {
                for (const BoundAxis& axis : binding_.shared) result.push_back(name_expr(axis.index));
            } else if (const std::vector<BoundAxis>* axes = pack(expr)) {
                for (const BoundAxis& axis : *axes) result.push_back(name_expr(axis.index));
            } else {
                result.push_back(index(expr));
            }
        }
        return result;
    }

    /// For each expression of plain(left), the place of its axis in the first operand; a large number without one.
    std::vector<std::size_t> slots() const {
        constexpr std::size_t kLast = 1 << 20;
        const BoundOperand& first = binding_.operands[0];
        bool by_place = written_.left.size() == first.pattern.entries.size();
        std::vector<std::size_t> slots;
        for (std::size_t e = 0; e < written_.left.size(); ++e) {
            const IndexExpr& expr = written_.left[e];
            const auto add = [&](std::optional<std::size_t> slot) { slots.push_back(slot.value_or(kLast)); };
            const auto there = [&]() -> std::optional<std::size_t> {
                return by_place && !first.axes[e].empty() ? std::optional(std::ranges::min(first.axes[e])) : std::nullopt;
            };
            if (expr.form == IndexExpr::Form::ellipsis) {
                for (const BoundAxis& axis : binding_.shared) add(axis.slot);
                continue;
            }
            if (const std::vector<BoundAxis>* axes = pack(expr)) {
                for (const BoundAxis& axis : *axes) add(axis.slot || axes->size() > 1 ? axis.slot : there());
                continue;
            }
            auto bound = binding_.names.find(expr.name);
            std::optional<std::size_t> slot;
            if (bound != binding_.names.end()) slot = bound->second[0].slot;
            add(slot ? slot : there());
        }
        return slots;
    }

    /// Puts the axes of what is written in the order of the first operand.
    std::vector<IndexExpr> left() {
        std::vector<IndexExpr> at = plain(written_.left);
        std::vector<std::size_t> order(at.size());
        for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
        const auto in_first = [](const BoundAxis& axis) { return axis.slot.has_value(); };
        bool first_has_all = std::ranges::all_of(binding_.shared, in_first);
        const bool as_written = std::ranges::count(binding_.op.as_written, written_.result) > 0;
        if (!binding_.op.keep_order && !as_written && first_has_all) {
            std::vector<std::size_t> slot = slots();
            std::ranges::stable_sort(order, {}, [&](std::size_t i) { return slot[i]; });
        }
        std::vector<IndexExpr> result = permute(at, order);
        orders_[written_.result] = std::move(order);
        return result;
    }

    static std::vector<IndexExpr> permute(const std::vector<IndexExpr>& at, const std::vector<std::size_t>& order) {
        std::vector<IndexExpr> result;
        for (std::size_t from : order) result.push_back(at[from]);
        return result;
    }

    std::vector<IndexExpr> of_operand(const BoundOperand& operand, const std::vector<IndexExpr>& at) {
        std::vector<IndexExpr> result(operand.type.axes.size());
        RICCI_CHECK(at.size() == operand.pattern.entries.size(), "op {}: {} is read with {} index expressions",
                    binding_.op.name, operand.pattern.name, at.size());
        for (std::size_t e = 0; e < at.size(); ++e) {
            if (operand.pattern.entries[e].match == Match::ellipsis) {
                for (std::size_t s = 0; s < operand.shared.size(); ++s) {
                    if (!operand.shared[s]) continue;
                    const std::size_t axis = *operand.shared[s];
                    bool repeated = operand.type.axes[axis].extent != binding_.shared[s].extent;
                    result[axis] = repeated ? IndexExpr{.number = 0} : name_expr(binding_.shared[s].index);
                }
                continue;
            }
            const std::vector<BoundAxis>* axes = pack(at[e]);
            for (std::size_t i = 0; i < operand.axes[e].size(); ++i) {
                const std::size_t axis = operand.axes[e][i];
                result[axis] = axes ? name_expr((*axes)[i].index) : index(at[e]);
            }
        }
        return result;
    }

    /// The number of points of an index or a pack, the open batch as extent(b).
    Written extent(const std::string& name) const {
        Written product{.form = Written::Form::number, .number = 1};
        double points = 1;
        auto bound = binding_.names.find(name);
        if (bound == binding_.names.end()) return {.form = Written::Form::extent, .name = name};
        std::vector<std::string> open;
        for (const BoundAxis& axis : bound->second) {
            if (axis.extent == kOpen)
                open.push_back(axis.index);
            else
                points *= static_cast<double>(axis.extent);
        }
        product.number = points;
        for (const std::string& index : open) {
            Written factor{.form = Written::Form::extent, .name = index};
            if (product.form == Written::Form::number && product.number == Number(1))
                product = std::move(factor);
            else
                product = {.form = Written::Form::call, .name = "mul", .args = {std::move(factor), std::move(product)}};
        }
        return product;
    }

    std::string real_name() const {
        for (const BoundOperand& operand : binding_.operands) {
            if (is_float(operand.type.dtype)) return std::string(name_of(computed(operand.type.dtype)));
        }
        return "f32";
    }

    /// An attribute that stands for an element of a bool.
    bool is_truth(const std::string& constant) const {
        const auto found = std::ranges::find(binding_.op.attributes, constant, &OpAttribute::name);
        return found != binding_.op.attributes.end() && found->element && binding_.operands[0].type.dtype == boolean;
    }

    std::vector<IndexDecl> decls(const std::vector<IndexDecl>& written) const {
        std::vector<IndexDecl> result;
        for (const IndexDecl& decl : written) {
            auto bound = binding_.names.find(decl.name);
            if (bound == binding_.names.end()) {
                result.push_back(decl);
                continue;
            }
            for (const BoundAxis& axis : bound->second) {
                result.push_back({.name = axis.index, .kind = axis.kind, .extent = IndexExpr{.number = axis.extent}});
            }
        }
        return result;
    }

    Written body(const Written& expr) {
        Written result = expr;
        for (Written& arg : result.args) arg = body(arg);
        switch (expr.form) {
            case Written::Form::access: {
                if (const BoundOperand* operand = binding_.operand(expr.name)) {
                    result.at = of_operand(*operand, expr.at);
                } else {
                    result.at = permute(plain(expr.at), orders_.at(expr.name));
                }
                break;
            }
            case Written::Form::name:
                if (auto constant = binding_.constants.find(expr.name); constant != binding_.constants.end()) {
                    if (!is_truth(expr.name)) {
                        result = {.form = Written::Form::number, .number = constant->second + 0.0};  // not -0
                    } else {
                        result.name = constant->second != 0 ? "true" : "false";
                    }
                } else if (binding_.names.contains(expr.name)) {
                    result.name = binding_.names.at(expr.name)[0].index;
                }
                break;
            case Written::Form::index:
                for (IndexExpr& at : result.at) at = index(at);
                break;
            case Written::Form::extent:
                return extent(expr.name);
            case Written::Form::reduction:
                result.decls = decls(expr.decls);
                if (result.decls.empty() && expr.reduce != Reduce::argmax) return Written(result.args[0]);
                break;
            case Written::Form::call:
                if (expr.name == "real") result.name = real_name();
                break;
            case Written::Form::number:
                break;
        }
        return result;
    }

    const Binding& binding_;
    const surface::Equation& written_;
    Orders& orders_;
    std::vector<IndexDecl> ones_{};    // declared in `where` with extent 1
    std::vector<std::string> kept_{};  // those of them that a tuple needs
};

}  // namespace

double evaluate(const Binding& binding, const surface::Expr& expr) {
    switch (expr.form) {
        case Written::Form::number:
            return expr.number.real();
        case Written::Form::name: {
            auto found = binding.constants.find(expr.name);
            RICCI_CHECK(found != binding.constants.end(), "op {}: no constant {}", binding.op.name, expr.name);
            return found->second;
        }
        case Written::Form::call: {
            std::optional<Scalar> function = scalar_named(expr.name);
            RICCI_CHECK(function, "op {}: no function {}", binding.op.name, expr.name);
            std::vector<double> args;
            for (const Written& arg : expr.args) args.push_back(evaluate(binding, arg));
            return info(*function).value(args.data());
        }
        default:
            RICCI_CHECK(false, "op {}: a constant is made of constants", binding.op.name);
    }
    return 0;
}

double evaluate(const Binding& binding, const std::string& expression) {
    return evaluate(binding, parse_equation("value[] = " + expression, binding.op.name, 1).body);
}

surface::Equation expand(const Binding& binding, const surface::Equation& written, Orders& orders) {
    return Expansion(binding, written, orders).expanded();
}

}  // namespace ricci::ir
