// The plain loops of a graph's equations: slow, simple, and what every other engine is compared with.
#include "ir/interpret/interpreter.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <span>

#include "ir/analysis/look_ups.h"
#include "ir/core/scalar_value.h"

namespace ricci::ir {
namespace {

// A value of more elements is refused rather than left to the machine's memory: 8 GiB of doubles.
constexpr std::int64_t kMostElements = std::int64_t{1} << 30;
// Points up to which an index that is looked up runs over all its positions, as the equation says. Beyond, it takes the
// one that its id says; the others would change nothing.
constexpr double kMostPointsInFull = 1 << 16;

std::int64_t element_count(const Value& value, std::int64_t batch) {
    std::int64_t count = value.type.count(batch);
    if (count > kMostElements) {
        user_error(value.location, "interpreter: {} has {} elements, at most {} are held", value.name, count,
                   kMostElements);
    }
    return count;
}

/// A tensor indexed by affine expressions of one equation's point.
struct View {
    Datum* data = nullptr;
    Affine flat;                          // the element's number, from the strides
    std::vector<Affine> at;               // per axis, kept where some point may lie outside
    std::vector<std::int64_t> extents{};  // of the axes of `at`

    View(Datum* elements, const std::vector<Affine>& index, const std::vector<std::int64_t>& axes,
         std::span<const std::int64_t> loops)
        : data(elements) {
        std::int64_t stride = 1;
        bool inside = true;
        for (std::size_t axis = axes.size(); axis-- > 0;) {
            flat = flat + stride * index[axis];
            stride *= axes[axis];
            auto [low, high] = range(index[axis], loops);
            inside = inside && low >= 0 && high < axes[axis];
        }
        if (!inside) at = index, extents = axes;
    }
};

using Point = IdVector<IndexId, std::int64_t>;

/// Wraps, as the arithmetic of i64 does: an index may be a number of the body.
std::int64_t value_of(const Affine& affine, const Point& point) {
    auto value = static_cast<std::uint64_t>(affine.offset);
    for (const Affine::Term& term : affine.terms) {
        const std::int64_t at = point[term.index];
        value += static_cast<std::uint64_t>(term.coefficient) * static_cast<std::uint64_t>(at);
    }
    return static_cast<std::int64_t>(value);
}

/// The element at a point, or null outside the tensor.
Datum* find(const View& view, const Point& point) {
    for (std::size_t axis = 0; axis < view.at.size(); ++axis) {
        std::int64_t i = value_of(view.at[axis], point);
        if (i < 0 || i >= view.extents[axis]) return nullptr;
    }
    return view.data + value_of(view.flat, point);
}

/// A value's elements, each in the form of its type.
struct Cells {
    std::vector<std::int64_t> extents;
    std::vector<Datum> elements;
};

struct Interpreter {
    const Graph& graph;
    const InterpreterOptions& options;
    std::int64_t batch = 1;
    IdVector<ValueId, Cells> arrays{};

    void bind_batch(const Arrays& given);
    void take(const Arrays& given);
    void compute(const Equation& equation);
    Array array(ValueId id) const;
};

/// A body with its accesses turned into views.
struct Node {
    const Expr* expr;
    std::optional<View> view{};
    Datum number{};  // of a constant, or what stands outside of an access
    std::vector<Node> args{};
};

/// One equation made ready: its loops and the views of its accesses.
class Loops {
  public:
    Loops(Interpreter& state, const Equation& equation) : state_(state), equation_(equation) {
        for (const Index& index : equation.indices)
            extents_.push_back(index.extent == kOpen ? state.batch : index.extent);
        point_.assign(extents_.size(), 0);
        for (IndexId i : equation.reduced()) reduced_.push_back(i.place());
        body_ = prepare(*equation.body);
        runs_.assign(extents_.size(), true);
        double points = 1;
        for (std::int64_t extent : extents_) points *= static_cast<double>(extent);
        if (points <= kMostPointsInFull) return;
        for (LookUp& found : look_ups(state.graph, equation)) {
            runs_[found.index] = false;
            ids_.push_back(std::move(found.id));
            looked_up_.emplace_back(found.index, prepare(*ids_.back()));
        }
    }

    void compute(Cells& result);

  private:
    Node prepare(const Expr& expr);
    Datum evaluate(const Node& node);
    void store(Datum& element, Datum value, std::int64_t& best);
    bool advance();
    bool look_up();
    [[noreturn]] void outside(std::string_view does, ValueId tensor, std::string_view remedy) const;

    Interpreter& state_;
    const Equation& equation_;
    IdVector<IndexId, std::int64_t> extents_;
    Point point_;
    std::vector<std::size_t> reduced_;
    Node body_{};
    std::vector<ExprRef> ids_;
    std::vector<std::pair<IndexId, Node>> looked_up_;  // indices that take the number of an id
    IdVector<IndexId, bool> runs_;                     // over all its positions
};

Node Loops::prepare(const Expr& expr) {
    Node node{.expr = &expr};
    if (expr.form == Expr::Form::access) {
        Cells& array = state_.arrays[expr.access.tensor];
        node.view.emplace(array.elements.data(), expr.access.at, array.extents, extents_);
        if (expr.access.pad) node.number = datum(*expr.access.pad, expr.dtype);
    }
    if (expr.form == Expr::Form::constant) node.number = datum(expr.number, expr.dtype);
    for (const ExprRef& arg : expr.args) node.args.push_back(prepare(*arg));
    return node;
}

void Loops::outside(std::string_view does, ValueId tensor, std::string_view remedy) const {
    std::vector<std::string> point;
    for (std::size_t i = 0; i < point_.size(); ++i) {
        point.push_back(fmt::format("{} = {}", equation_.indices[i].name, point_[i]));
    }
    const Value& value = state_.graph.value(tensor);
    user_error(equation_.location, "{} {} outside {}: {} at {}; {}", state_.graph.value(equation_.result).name, does,
               value.name, to_string(value.type), fmt::join(point, ", "), remedy);
}

Datum Loops::evaluate(const Node& node) {
    const Expr& expr = *node.expr;
    switch (expr.form) {
        case Expr::Form::constant:
            return node.number;
        case Expr::Form::access:
            if (const Datum* element = find(*node.view, point_)) return *element;
            if (!expr.access.pad) outside("reads", expr.access.tensor, "use pad(...)");
            return node.number;
        case Expr::Form::index:
            return {.integer = value_of(expr.affine, point_)};
        case Expr::Form::extent:
            return {.integer = extents_[expr.affine.bare()]};
        case Expr::Form::cast:
            return convert(evaluate(node.args[0]), expr.args[0]->dtype, expr.dtype);
        case Expr::Form::call: {
            Datum arguments[3] = {};
            for (std::size_t i = 0; i < node.args.size(); ++i) arguments[i] = evaluate(node.args[i]);
            return apply(info(expr.function), expr.args.back()->dtype, arguments);
        }
    }
    return {};
}

/// result (reduce)= value. For argmax `element` holds the largest value so far and `best` the point it came from.
void Loops::store(Datum& element, Datum value, std::int64_t& best) {
    const DType dtype = equation_.body->dtype;
    const Datum both[2] = {element, value};
    if (equation_.reduce == Reduce::none) {
        element = value;
    } else if (equation_.reduce != Reduce::argmax) {
        element = apply(info(combiner(equation_.reduce)), dtype, both);
    } else {
        const bool first_nan = is_float(dtype) && std::isnan(value.real) && !std::isnan(element.real);
        if (!first_nan && apply(info(Scalar::less), dtype, both).integer == 0) return;
        element = value;
        best = 0;
        for (std::size_t i : reduced_) best = best * extents_[i] + point_[i];
    }
}

/// The next point in row-major order; false after the last.
bool Loops::advance() {
    for (std::size_t i = point_.size(); i-- > 0;) {
        if (!runs_[i]) continue;
        if (++point_[i] < extents_[i]) return true;
        point_[i] = 0;
    }
    return false;
}

/// Takes the positions that the ids of a point say; false where one of them is none.
bool Loops::look_up() {
    return std::ranges::all_of(looked_up_, [&](const auto& entry) {
        const std::int64_t id = evaluate(entry.second).integer;
        const bool inside = id >= 0 && id < extents_[entry.first];
        if (inside) point_[entry.first] = id;
        return inside;
    });
}

void Loops::compute(Cells& result) {
    bool argmax = equation_.reduce == Reduce::argmax;
    DType dtype = state_.graph.value(equation_.result).type.dtype;
    // An argmax compares as a max does, and keeps the numbers of the points beside.
    const Reduce reduce = argmax ? Reduce::max : equation_.reduce;
    std::ranges::fill(result.elements, datum(identity(reduce, equation_.body->dtype), equation_.body->dtype));
    std::vector<std::int64_t> best(argmax ? result.elements.size() : 1, 0);
    View left(result.elements.data(), equation_.left, result.extents, extents_);
    do {
        if (!look_up()) continue;
        Datum* element = find(left, point_);
        if (element == nullptr && equation_.clipped) continue;
        if (element == nullptr) outside("writes", equation_.result, "use clip");
        store(*element, evaluate(body_), best[argmax ? static_cast<std::size_t>(element - left.data) : 0]);
    } while (advance());
    for (std::size_t i = 0; argmax && i < best.size(); ++i) result.elements[i].integer = best[i];
    if (dtype == f32 && state_.options.round_f32) {
        for (Datum& element : result.elements) element.real = static_cast<float>(element.real);
    }
}

/// The open extent is whatever the given arrays say, as long as they agree.
void Interpreter::bind_batch(const Arrays& given) {
    if (graph.fixed_batch > 0) batch = graph.fixed_batch;
    const std::string* from = nullptr;
    for (const Value& value : graph.values) {
        auto found = given.find(value.name);
        if (value.role == Role::temporary || found == given.end()) continue;
        for (std::size_t axis = 0; axis < value.type.axes.size() && axis < found->second.extents.size(); ++axis) {
            if (value.type.axes[axis].extent != kOpen) continue;
            std::int64_t extent = found->second.extents[axis];
            if (graph.fixed_batch > 0 && extent != graph.fixed_batch) {
                user_error("{} has batch {} but every call has batch {}; give it that many samples", value.name, extent,
                           graph.fixed_batch);
            }
            if (extent < 1)
                user_error("{}: axis {} (batch) has extent {}, at least 1 is needed", value.name, axis, extent);
            if (from != nullptr && extent != batch) {
                user_error("{} has batch {} but {} has batch {}; all inputs of a call have the same batch", value.name,
                           extent, *from, batch);
            }
            batch = extent;
            from = &value.name;
        }
    }
}

void Interpreter::take(const Arrays& given) {
    bind_batch(given);
    arrays.resize(graph.values.size());
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
        const Value& value = graph.values[i];
        std::vector<std::int64_t> extents = value.type.extents(batch);
        if (value.role == Role::temporary) {
            arrays[i].elements.resize(static_cast<std::size_t>(element_count(value, batch)));
        } else {
            auto found = given.find(value.name);
            if (found == given.end()) user_error("{} \"{}\" is not given", name_of(value.role), value.name);
            if (found->second.extents != extents) {
                user_error("{}: expected {}, got extents [{}]", value.name, to_string(value.type),
                           fmt::join(found->second.extents, ", "));
            }
            std::int64_t count = element_count(value, batch);
            const bool exact = !is_float(value.type.dtype) && !found->second.integers.empty();
            const std::size_t got = exact ? found->second.integers.size() : found->second.elements.size();
            if (static_cast<std::int64_t>(got) != count) {
                user_error("{}: expected {} elements, got {}", value.name, count, got);
            }
            for (std::size_t e = 0; e < got; ++e) {
                const Datum element = exact ? Datum{.integer = found->second.integers[e]}
                                            : convert({.real = found->second.elements[e]}, f64, value.type.dtype);
                arrays[i].elements.push_back(element);
            }
        }
        arrays[i].extents = std::move(extents);
    }
}

void Interpreter::compute(const Equation& equation) {
    Loops(*this, equation).compute(arrays[equation.result]);
}

Array Interpreter::array(ValueId id) const {
    const Cells& cells = arrays[id];
    const bool real = is_float(graph.value(id).type.dtype);
    Array array{cells.extents, {}};
    for (const Datum& element : cells.elements) {
        array.elements.push_back(real ? element.real : static_cast<double>(element.integer));
        if (!real) array.integers.push_back(element.integer);
    }
    return array;
}

Arrays interpret(const Graph& graph, const Arrays& given, const InterpreterOptions& options, bool all) {
    Interpreter state{.graph = graph, .options = options};
    state.take(given);
    for (const Equation& equation : graph.equations) state.compute(equation);
    Arrays results;
    if (all) {
        for (ValueId id : graph.values.ids()) {
            if (graph.value(id).role == Role::temporary) results[graph.value(id).name] = state.array(id);
        }
    }
    for (const Output& output : graph.outputs) results[output.name] = state.array(output.value);
    for (const Update& update : graph.updates) results[graph.value(update.target).name] = state.array(update.source);
    return results;
}

}  // namespace

Arrays interpret(const Graph& graph, const Arrays& given, const InterpreterOptions& options) {
    return interpret(graph, given, options, false);
}

Arrays interpret_all(const Graph& graph, const Arrays& given, const InterpreterOptions& options) {
    return interpret(graph, given, options, true);
}

}  // namespace ricci::ir
