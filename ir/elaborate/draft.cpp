// How a draft and its index expressions are spelt, and what integer expressions come to.
#include "ir/elaborate/draft.h"

#include <fmt/ranges.h>

#include "ir/base/checked.h"

namespace ricci::ir {

using surface::IndexExpr;

std::string Draft::subject() const {
    if (!scope.subject.empty()) return scope.subject;
    std::vector<std::string> left;
    for (const IndexExpr& at : written.left) left.push_back(spell(at));
    return fmt::format("{}[{}]", written.result, fmt::join(left, ", "));
}

std::vector<std::int64_t> Draft::extents() const {
    std::vector<std::int64_t> extents;
    for (const DraftIndex& index : indices) extents.push_back(index.extent.value());
    return extents;
}

std::vector<IndexId> Position::indices() const {
    if (!tuple.empty()) return tuple;
    std::vector<IndexId> indices;
    for (const Affine::Term& term : affine.terms) indices.push_back(term.index);
    return indices;
}

std::string spell(const IndexExpr& expr) {
    auto factor = [](const IndexExpr& arg) {
        bool sum = arg.form == IndexExpr::Form::add || arg.form == IndexExpr::Form::sub;
        return sum ? fmt::format("({})", spell(arg)) : spell(arg);
    };
    switch (expr.form) {
        case IndexExpr::Form::number:
            return fmt::format("{}", expr.number);
        case IndexExpr::Form::name:
            if (!expr.data) return expr.name;
            return spell({.form = IndexExpr::Form::data, .data = expr.data});  // as it was written
        case IndexExpr::Form::add: {
            const IndexExpr& last = expr.args[1];
            if (last.form == IndexExpr::Form::number && last.number < 0) {
                return fmt::format("{} - {}", spell(expr.args[0]), -last.number);
            }
            return fmt::format("{} + {}", spell(expr.args[0]), spell(last));
        }
        case IndexExpr::Form::sub:
            if (expr.args.size() == 1) return fmt::format("-{}", factor(expr.args[0]));
            return fmt::format("{} - {}", spell(expr.args[0]), factor(expr.args[1]));
        case IndexExpr::Form::mul:
            return fmt::format("{}*{}", factor(expr.args[0]), factor(expr.args[1]));
        case IndexExpr::Form::tuple: {
            std::vector<std::string> members;
            for (const IndexExpr& member : expr.args) members.push_back(spell(member));
            return fmt::format("({})", fmt::join(members, ", "));
        }
        case IndexExpr::Form::ellipsis:
            return "...";
        case IndexExpr::Form::data: {
            std::vector<std::string> at;
            for (const IndexExpr& one : expr.data->at) at.push_back(spell(one));
            return fmt::format("{}[{}]", expr.data->name, fmt::join(at, ", "));
        }
    }
    return "";
}

std::int64_t evaluate(const Draft& draft, const IndexExpr& expr) {
    auto value = [&](std::size_t arg) { return evaluate(draft, expr.args[arg]); };
    switch (expr.form) {
        case IndexExpr::Form::number:
            return expr.number;
        case IndexExpr::Form::name: {
            auto found = draft.scope.constants.find(expr.name);
            if (found == draft.scope.constants.end()) draft.fail("extent {}: no constant is called so", expr.name);
            return found->second;
        }
        case IndexExpr::Form::add:
            return checked_add(value(0), value(1), "extent");
        case IndexExpr::Form::sub:
            return expr.args.size() == 1 ? -value(0) : checked_add(value(0), -value(1), "extent");
        case IndexExpr::Form::mul:
            return checked_mul(value(0), value(1), "extent");
        default:
            draft.fail("extent {} is not an integer", spell(expr));
    }
}

}  // namespace ricci::ir
