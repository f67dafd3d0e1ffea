// The factors of a product, each loaded or computed once for all results of a register tile that it is the same for.
#include "codegen/emit/emit_operands.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/IRBuilder.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "codegen/emit/body.h"

namespace ricci::codegen {

using llvm::Value;

namespace {

/// Elements of factors that are in registers at once, where the dimensions of a tile are nested in this order. What a factor
/// has along a dimension inside of one that it does not depend on is met again, so all of it stays.
std::int64_t held_elements(const ir::Contraction& plan, const std::vector<std::int64_t>& sizes,
                           const std::vector<ir::Factor>& factors, const std::vector<std::size_t>& order) {
    std::int64_t held = 0;
    for (const ir::Factor& factor : factors) {
        std::int64_t elements = 1;
        bool again = false;
        for (std::size_t dimension : order) {
            if (!factor.levels[plan.tile[dimension].level]) {
                again |= sizes[dimension] > 1;
            } else if (again) {
                elements *= sizes[dimension];
            }
        }
        held += elements;
    }
    return held;
}

/// The dimensions of a tile, outermost first.
std::vector<std::size_t> order_of_dimensions(const ir::Contraction& plan, const std::vector<std::int64_t>& sizes,
                                             int registers) {
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (registers == 0) return order;
    const std::vector<ir::Factor> factors = ir::factors_of(plan.nest);
    const std::int64_t results = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
    std::int64_t fewest = held_elements(plan, sizes, factors, order);
    if (results + fewest <= registers) return order;
    std::vector<std::size_t> best = order;
    while (std::next_permutation(order.begin(), order.end())) {
        const std::int64_t held = held_elements(plan, sizes, factors, order);
        if (held >= fewest) continue;
        fewest = held;
        best = order;
    }
    return best;
}

}  // namespace

std::vector<TilePlace> places_of(const ir::Contraction& plan, const std::vector<std::int64_t>& sizes, int registers) {
    std::vector<TilePlace> all = {TilePlace(sizes.size(), 0)};
    for (std::size_t dimension : order_of_dimensions(plan, sizes, registers)) {
        const std::int64_t step = plan.tile[dimension].level == plan.nest.vector ? plan.nest.lanes : 1;
        std::vector<TilePlace> longer;
        for (const TilePlace& outer : all) {
            for (std::int64_t i = 0; i < sizes[dimension]; ++i) {
                longer.push_back(outer);
                longer.back()[dimension] = i * step;
            }
        }
        all = std::move(longer);
    }
    return all;
}

std::vector<PrologueSum> prologue_sums(const ir::Contraction& plan, const std::vector<TilePlace>& results) {
    std::vector<PrologueSum> sums;
    if (!plan.nest.prologue) return sums;
    for (const ir::Prologue::Sum& sum : plan.nest.prologue->sums) {
        for (const TilePlace& result : results) {
            bool first = true;
            for (std::size_t i = 0; i < result.size(); ++i) {
                const ir::Size stride = sum.left.strides[plan.tile[i].level];
                first &= result[i] == 0 || stride != ir::Size{0, 0};
            }
            if (first) sums.push_back({&sum, result});
        }
    }
    return sums;
}

Operands::Operands(Emitter& emitter, const ir::Contraction& plan, const ir::Nest& guards)
    : e_(emitter), plan_(plan), nest_(plan.nest), body_(guards), factors_(ir::factors_of(plan.nest)) {}

void Operands::move_to(const Point& point) {
    point_ = point;
    loaded_.clear();
    computed_.clear();
    first_.assign(nest_.reads.size(), nullptr);
}

Value* Operands::accumulate(const TilePlace& result, const Lanes& lanes, Value* sum) {
    std::vector<Value*> reads(nest_.reads.size(), nullptr);
    Given given{&reads};
    for (const ir::Factor& factor : factors_) {
        if (nest_.prologue && factor.expr == nest_.prologue->operand) {
            given.part = factor.expr;
            given.value = computed(result, lanes);
        } else {
            reads[factor.reads[0]] = loaded(factor.reads[0], result, lanes);
        }
    }
    return accumulate_product(e_, nest_, given, lanes.width, sum);
}

Value* Operands::computed(const TilePlace& result, const Lanes& lanes) {
    const ir::Factor& factor = *std::ranges::find(factors_, nest_.prologue->operand, &ir::Factor::expr);
    Key key = {lanes.active != nullptr};
    for (std::size_t i = 0; i < result.size(); ++i) {
        key.push_back(factor.levels[plan_.tile[i].level] ? result[i] : 0);
    }
    Value*& known = computed_[key];
    if (known != nullptr) return known;
    std::vector<Value*> reads(nest_.reads.size(), nullptr);
    for (std::size_t read : factor.reads) reads[read] = loaded(read, result, lanes);
    // Not stored, so nothing else rounds as it does: a product and a sum may become one operation.
    const llvm::IRBuilderBase::FastMathFlagGuard keep(e_.builder);
    llvm::FastMathFlags flags = e_.builder.getFastMathFlags();
    flags.setAllowContract();
    e_.builder.setFastMathFlags(flags);
    Value* value = evaluate_part(e_, nest_, *factor.expr, point_of(result, point_), lanes, reads);
    if (lanes.active == nullptr) return known = value;
    // A function of the zeros that a masked load leaves need not be zero.
    value = spread(e_, value, lanes.width);
    Value* zero = llvm::Constant::getNullValue(value->getType());
    return known = e_.builder.CreateSelect(active_mask(e_, lanes, lanes.width), value, zero);
}

std::int64_t Operands::place_of_load(const TilePlace& result) const {
    const ir::Stream* most = nullptr;
    std::int64_t most_levels = 0;
    for (const ir::Factor& factor : factors_) {
        if (nest_.prologue && factor.expr == nest_.prologue->operand) continue;
        const std::int64_t levels = std::ranges::count(factor.levels, true);
        if (levels > most_levels) most = &nest_.reads[factor.reads[0]], most_levels = levels;
    }
    if (most == nullptr) return 0;
    std::int64_t place = 0;
    for (ir::LevelId level : plan_.written_out) {
        const auto* at = llvm::dyn_cast<llvm::ConstantInt>(point_[level]);
        if (at != nullptr) place += at->getSExtValue() * most->strides[level].at(nest_.samples);
    }
    for (std::size_t i = 0; i < result.size(); ++i) {
        place += result[i] * most->strides[plan_.tile[i].level].at(nest_.samples);
    }
    return place;
}

Point Operands::point_of(const TilePlace& result, Point first) const {
    for (std::size_t i = 0; i < result.size(); ++i) {
        Value*& number = first[plan_.tile[i].level];
        number = e_.builder.CreateNSWAdd(number, e_.integer(result[i]));
    }
    return first;
}

Value* Operands::loaded(std::size_t read, const TilePlace& result, const Lanes& lanes) {
    const ir::Stream& stream = body_.reads[read];
    Key key = {static_cast<std::int64_t>(read), lanes.active != nullptr};
    ir::Size distance;
    for (std::size_t i = 0; i < result.size(); ++i) {
        ir::Size stride = stream.strides[plan_.tile[i].level];
        distance = distance + result[i] * stride;
        bool looked_at = std::ranges::any_of(stream.guards, [&](const ir::Guard& guard) {
            return guard.coefficients[plan_.tile[i].level] != 0;
        });
        key.push_back(stride != ir::Size{0, 0} || looked_at ? result[i] : 0);
    }
    Value*& known = loaded_[key];
    if (known != nullptr) return known;
    if (!stream.guards.empty()) return known = load(e_, body_, stream, 0, point_of(result, point_), lanes);
    if (first_[read] == nullptr) first_[read] = element_number(e_, stream, point_);
    Value* number = e_.builder.CreateNSWAdd(first_[read], e_.size(distance));
    return known = load_at(e_, body_, stream, number, lanes);
}

}  // namespace ricci::codegen
