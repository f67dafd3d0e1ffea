// Counts points, functions and elements; nothing here depends on a machine or a method.
#include "ir/analysis/work.h"

#include <algorithm>
#include <set>

#include "ir/analysis/look_ups.h"

namespace ricci::ir {
namespace {

/// Functions of a body at one point. `varies`: whether it reads an element or the number of an index; what does not is
/// computed once.
double functions_of(const ExprRef& body, bool& varies) {
    double count = 0;
    bool inside = body->form == Expr::Form::access || body->form == Expr::Form::index;
    for (const ExprRef& arg : body->args) {
        bool of_arg = false;
        count += functions_of(arg, of_arg);
        inside |= of_arg;
    }
    varies = inside;
    return count + (inside && body->form == Expr::Form::call ? 1 : 0);
}

/// True for an equality with an id that is looked up, and for several of these.
bool asks_for_ids(const ExprRef& condition, const std::vector<LookUp>& found) {
    if (condition->form != Expr::Form::call) return false;
    if (condition->function == Scalar::logical_and)
        return std::ranges::all_of(condition->args, [&](const ExprRef& part) { return asks_for_ids(part, found); });
    return condition->function == Scalar::equal && std::ranges::any_of(found, [&](const LookUp& id) {
               return std::ranges::find(condition->args, id.id) != condition->args.end();
           });
}

/// What is computed at the positions that ids leave.
ExprRef looked_up(const ExprRef& body, const std::vector<LookUp>& found) {
    ExprRef rest = body;
    while (rest->form == Expr::Form::call && rest->function == Scalar::select && asks_for_ids(rest->args[0], found))
        rest = rest->args[1];
    return rest;
}

}  // namespace

Work& Work::operator+=(const Work& other) {
    product_flop += other.product_flop;
    other_flop += other.other_flop;
    bytes += other.bytes;
    return *this;
}

Work work_of(const Graph& graph, const Equation& equation, std::int64_t batch) {
    Work work;
    const std::vector<LookUp> found = look_ups(graph, equation);
    double points = 1;
    for (const IndexId i : equation.indices.ids()) {
        if (std::ranges::find(found, i, &LookUp::index) != found.end()) continue;
        const std::int64_t extent = equation.indices[i].extent;
        points *= static_cast<double>(extent == kOpen ? batch : extent);
    }
    bool varies = false;
    double functions = functions_of(looked_up(equation.body, found), varies);
    const std::vector<IndexId> reduced = equation.reduced();
    const bool copies = !found.empty() && std::ranges::all_of(reduced, [&](IndexId i) {
        return std::ranges::find(found, i, &LookUp::index) != found.end();
    });
    if (equation.reduce != Reduce::none && !copies) ++functions;
    if (found.empty() && multiplies_matrices(equation)) work.product_flop = 2 * points;
    work.other_flop = std::max(0.0, points * functions - work.product_flop);
    std::set<ValueId> touched = {equation.result};
    for (const Access* access : accesses(equation.body)) touched.insert(access->tensor);
    for (ValueId id : touched) {
        const TensorType& type = graph.value(id).type;
        work.bytes += static_cast<double>(type.count(batch)) * static_cast<double>(size_of(type.dtype));
    }
    return work;
}

Work work_of(const Graph& graph, std::int64_t batch) {
    Work sum;
    for (const Equation& equation : graph.equations) sum += work_of(graph, equation, batch);
    return sum;
}

bool is_product(const ExprRef& body) {
    if (body->form == Expr::Form::access || body->form == Expr::Form::constant) return true;
    const bool multiplies =
        body->form == Expr::Form::call && (body->function == Scalar::mul || body->function == Scalar::neg);
    return multiplies && std::ranges::all_of(body->args, is_product);
}

bool multiplies_matrices(const Equation& equation) {
    auto is_long = [&](IndexId i) { return equation.indices[i].extent != 1; };
    auto uses = [](const std::vector<Affine>& at, IndexId i) {
        return std::ranges::any_of(at, [&](const Affine& a) { return a.uses(i); });
    };
    std::vector<const Access*> operands = accesses(equation.body);
    bool contracts = std::ranges::any_of(equation.reduced(), is_long);
    bool spreads = false;
    for (IndexId i : equation.indices.ids()) {
        bool in_all = std::ranges::all_of(operands, [&](const Access* access) { return uses(access->at, i); });
        spreads = spreads || (is_long(i) && uses(equation.left, i) && !in_all);
    }
    return contracts && spreads;
}

}  // namespace ricci::ir
