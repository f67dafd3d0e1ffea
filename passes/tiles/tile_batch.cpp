// Writes the equations of a plan's regions into tiles, with local values in the order of axes that tiles want.
#include "passes/tiles/tile_batch.h"

#include <algorithm>
#include <map>
#include <set>

#include "ir/base/places.h"
#include "ir/core/tile.h"
#include "ir/core/uses.h"
#include "passes/build.h"
#include "passes/tiles/tile_plan.h"

namespace ricci::passes {
namespace {

using namespace ir;

using Order = std::vector<std::size_t>;  // for each axis its place before

std::size_t batch_axis(const TensorType& type) {
    return place_of(type.axes, kOpen, &Axis::extent);
}

/// Of a value that is shared with what lies outside: the batch axis first, the others as they were.
Order order_outside(const TensorType& type) {
    Order order(type.axes.size());
    for (std::size_t axis = 0; axis < order.size(); ++axis) order[axis] = axis;
    const auto batch = order.begin() + static_cast<std::ptrdiff_t>(batch_axis(type));
    std::rotate(order.begin(), batch, batch + 1);
    return order;
}

/// Of a local value: the batch axis last, and channels first in any layout of the model. A register tile reads several
/// channels at all positions. In images of their own those lie apart by no power of two, which would crowd a few sets
/// of the cache.
Order order_inside(const TensorType& type) {
    Order order = order_outside(type);
    std::rotate(order.begin(), order.begin() + 1, order.end());
    std::stable_partition(order.begin(), order.end() - 1,
                          [&](std::size_t axis) { return type.axes[axis].kind == kinds::channel(); });
    return order;
}

/// For each element of `order` its place in `in`.
Order places(const Order& order, const Order& in) {
    Order found;
    for (std::size_t axis : order) found.push_back(place_of(in, axis));
    return found;
}

class Tiling {
  public:
    Tiling(const Graph& graph, TilePlan plan) : graph_(graph), plan_(std::move(plan)), result_(graph) {}

    Graph tiled();

  private:
    /// Where a value is found: itself or a copy, and how its axes stand there.
    struct Stored {
        ValueId value;
        Order order;
    };

    const Value& value(ValueId id) const { return graph_.value(id); }
    bool is_batched(ValueId id) const { return value(id).type.is_open(); }
    TileId tile_at(EquationId place) const;
    void classify();
    Stored make_local(ValueId id);
    Equation copy(const Stored& to, const Stored& from, Copy what) const;
    void redirect(Equation& equation);
    void emit(Equation equation);

    const Graph& graph_;
    TilePlan plan_;
    Graph result_;
    IdVector<RegionId, TileId> tile_of_region_;
    IdVector<ValueId, TileId> written_in_;
    IdVector<ValueId, bool> leaves_;                     // outputs and updates
    IdVector<ValueId, Order> orders_;                    // how a value stands itself; empty as it was
    std::map<std::pair<TileId, ValueId>, Stored> local_;  // by tile: what it uses in place of a value from outside
    std::vector<Equation> behind_;                       // copies that wait for the end of the tile
};

TileId Tiling::tile_at(EquationId place) const {
    if (!plan_.is_tiled(place)) return -1;
    return tile_of_region_[plan_.region[place]];
}

/// Which values are local to a tile, and the order of axes of all that tiles touch.
void Tiling::classify() {
    written_in_.assign(graph_.values.size(), -1);
    leaves_ = leaving(graph_);
    orders_.resize(graph_.values.size());
    IdVector<ValueId, std::set<TileId>> used_in(graph_.values.size());
    for (const EquationId place : graph_.equations.ids()) {
        const Equation& equation = graph_.equations[place];
        const TileId tile = tile_at(place);
        written_in_[equation.result] = tile;
        used_in[equation.result].insert(tile);
        for (const Access* access : accesses(equation.body))
            used_in[access->tensor].insert(tile);
    }
    for (const ValueId id : graph_.values.ids()) {
        std::set<TileId> tiles = used_in[id];
        const bool local = tiles.size() == 1 && written_in_[id] >= 0 && !leaves_[id];
        tiles.erase(-1);
        if (!is_batched(id) || tiles.empty()) continue;
        orders_[id] = local ? order_inside(value(id).type) : order_outside(value(id).type);
        result_.value(id).type.axes = permuted(value(id).type.axes, orders_[id]);
        if (local || value(id).type.rank() < 2) continue;
        for (const TileId tile : tiles) local_.emplace(std::pair(tile, id), make_local(id));
    }
}

/// A value of its own for a batched value that a tile shares with what lies outside.
Tiling::Stored Tiling::make_local(ValueId id) {
    Order order = order_inside(value(id).type);
    TensorType type{value(id).type.dtype, permuted(value(id).type.axes, order)};
    ValueId made =
        result_.add({.name = value(id).name + ".tile", .type = std::move(type), .location = value(id).location});
    return {made, std::move(order)};
}

/// Into a tile, or out of one: the same elements with the axes in another order.
Equation Tiling::copy(const Stored& to, const Stored& from, Copy what) const {
    Equation made = pointwise(result_, to.value);
    made.body = read(result_, from.value, permuted(made.left, places(from.order, to.order)));
    made.schedule = Schedule::of(what);
    made.location = result_.value(to.value).location;
    return made;
}

/// Points reads and the left to where the values are now.
void Tiling::redirect(Equation& equation) {
    auto stored_of = [&](ValueId id) -> Stored {
        auto found = local_.find({equation.tile, id});
        return found != local_.end() ? found->second : Stored{id, orders_[id]};
    };
    equation.body = rewrite(equation.body, [&](const ExprRef& node) -> ExprRef {
        if (node->form != Expr::Form::access) return nullptr;
        Stored there = stored_of(node->access.tensor);
        if (there.order.empty()) return nullptr;
        Access access = node->access;
        access.at = permuted(access.at, there.order);
        access.tensor = there.value;
        return element(std::move(access), node->dtype);
    });
    Stored there = stored_of(equation.result);
    if (!there.order.empty()) equation.left = permuted(equation.left, there.order);
    equation.result = there.value;
    order_indices(equation);
}

/// The equation with the copies around it.
void Tiling::emit(Equation equation) {
    const TileId tile = equation.tile;
    const ValueId written = equation.result;
    if (tile >= 0) {
        for (const Access* access : accesses(equation.body)) {
            auto found = local_.find({tile, access->tensor});
            const bool own = written_in_[access->tensor] == tile;
            auto is_there = [&](const Equation& e) { return e.result == found->second.value; };
            if (found == local_.end() || own || std::ranges::any_of(result_.equations, is_there)) continue;
            const Stored outside{access->tensor, orders_[access->tensor]};
            result_.equations.push_back(copy(found->second, outside, Copy::enter));
            result_.equations.back().tile = tile;
        }
    }
    redirect(equation);
    if (tile >= 0 && !is_batched(written) && leaves_[written]) {
        Value partial{.name = value(written).name + ".partial", .type = value(written).type};
        partial.location = value(written).location;
        equation.result = result_.add(std::move(partial));
        Equation back = pointwise(result_, written);
        back.body = read(result_, equation.result, back.left);
        back.location = equation.location;
        behind_.push_back(std::move(back));
    }
    const bool leaves_tile = equation.result != written && is_batched(written);
    result_.equations.push_back(std::move(equation));
    if (!leaves_tile) return;
    const Stored outside{written, orders_[written]};
    result_.equations.push_back(copy(outside, local_.at({tile, written}), Copy::leave));
    result_.equations.back().tile = tile;
}

Graph Tiling::tiled() {
    for (const TileRegion& region : plan_.regions) {
        if (!region.why_not.empty()) {
            tile_of_region_.push_back(-1);
            continue;
        }
        auto name = [&](EquationId place) { return value(graph_.equations[place].result).name; };
        tile_of_region_.push_back(result_.tiles.next());
        result_.tiles.push_back(
            {fmt::format("{}.to.{}", name(region.equations.front()), name(region.equations.back())), region.samples});
    }
    classify();
    result_.equations.clear();
    TileId tile = -1;
    auto leave = [&] {
        for (Equation& equation : behind_) result_.equations.push_back(std::move(equation));
        behind_.clear();
    };
    for (const EquationId place : plan_.order) {
        if (tile_at(place) != tile) leave();
        tile = tile_at(place);
        Equation equation = graph_.equations[place];
        equation.tile = tile;
        emit(std::move(equation));
    }
    leave();
    result_.compact();
    return std::move(result_);
}

std::string bytes_text(const TileRegion& region) {
    return fmt::format("{} equations, {} samples at a time, {} bytes of their values and {} of what samples share",
                       region.equations.size(), region.samples, region.values, region.shared);
}

}  // namespace

Graph tile_batch(const Graph& graph, const Options& options, Remarks& remarks) {
    auto say = [&](std::string text) { remarks.push_back({"tile-batch", std::move(text)}); };
    const bool forced = forced_samples(options).has_value();
    if (options.tile == "off" || !graph.kernels.empty() || !graph.tiles.empty()) return graph;
    TilePlan plan = plan_tiles(graph, options);
    auto name = [&](EquationId place) { return graph.value(graph.equations[place].result).name; };
    bool any = false;
    for (const TileRegion& region : plan.regions) {
        any = any || region.why_not.empty();
        say(fmt::format("{} to {}: {}{}", name(region.equations.front()), name(region.equations.back()),
                        region.why_not.empty() ? "" : fmt::format("no tile, for {}: ", region.why_not),
                        bytes_text(region)) +
            (forced ? ", as asked for" : ""));
    }
    for (std::string& note : plan.notes) say(std::move(note));
    if (plan.regions.empty()) say("no equation runs over an open batch by samples");
    return any ? Tiling(graph, std::move(plan)).tiled() : graph;
}

}  // namespace ricci::passes
