// The plain loops of a graph's equations in f64: slow, simple, and what every other engine is compared with.
#include "ir/interpreter.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

namespace ricci::ir {
namespace {

// A value of more elements is refused rather than left to the machine's memory: 8 GiB of doubles.
constexpr std::int64_t kMostElements = std::int64_t{1} << 30;

/// Extents of a type with the open one bound.
std::vector<std::int64_t> bound_extents(const TensorType& type, std::int64_t batch) {
    std::vector<std::int64_t> extents;
    for (const Axis& axis : type.axes) extents.push_back(axis.extent == kOpen ? batch : axis.extent);
    return extents;
}

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
    double* data = nullptr;
    Affine flat;                          // the element's number, from the strides
    std::vector<Affine> at;               // per axis, kept where some point may lie outside
    std::vector<std::int64_t> extents{};  // of the axes of `at`

    View(double* elements, const std::vector<Affine>& index, const std::vector<std::int64_t>& axes,
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

std::int64_t value_of(const Affine& affine, const std::vector<std::int64_t>& point) {
    std::int64_t value = affine.offset;
    for (const Affine::Term& term : affine.terms)
        value += term.coefficient * point[static_cast<std::size_t>(term.index)];
    return value;
}

/// The element at a point, or null outside the tensor.
double* find(const View& view, const std::vector<std::int64_t>& point) {
    for (std::size_t axis = 0; axis < view.at.size(); ++axis) {
        std::int64_t i = value_of(view.at[axis], point);
        if (i < 0 || i >= view.extents[axis]) return nullptr;
    }
    return view.data + value_of(view.flat, point);
}

struct Interpreter {
    const Graph& graph;
    const InterpreterOptions& options;
    std::int64_t batch = 1;
    std::vector<Array> arrays{};  // by ValueId

    void bind_batch(const Arrays& given);
    void take(const Arrays& given);
    void run(const Equation& equation);
};

/// A body with its accesses turned into views.
struct Node {
    const Expr* expr;
    std::optional<View> view{};
    std::vector<Node> args{};
};

/// One equation made ready: its loops and the views of its accesses.
class Loops {
  public:
    Loops(Interpreter& state, const Equation& equation) : state_(state), equation_(equation) {
        for (const Index& index : equation.indices)
            extents_.push_back(index.extent == kOpen ? state.batch : index.extent);
        point_.assign(extents_.size(), 0);
        for (IndexId i : equation.reduced()) reduced_.push_back(static_cast<std::size_t>(i));
        body_ = prepare(*equation.body);
    }

    void run(Array& result);

  private:
    Node prepare(const Expr& expr);
    double evaluate(const Node& node);
    void store(double& element, double value, std::int64_t& best);
    bool advance();
    [[noreturn]] void outside(std::string_view does, ValueId tensor, std::string_view remedy) const;

    Interpreter& state_;
    const Equation& equation_;
    std::vector<std::int64_t> extents_;
    std::vector<std::int64_t> point_;
    std::vector<std::size_t> reduced_;
    Node body_{};
};

Node Loops::prepare(const Expr& expr) {
    Node node{.expr = &expr};
    if (expr.form == Expr::Form::access) {
        Array& array = state_.arrays[static_cast<std::size_t>(expr.access.tensor)];
        node.view.emplace(array.elements.data(), expr.access.at, array.extents, extents_);
    }
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

double Loops::evaluate(const Node& node) {
    const Expr& expr = *node.expr;
    switch (expr.form) {
        case Expr::Form::constant:
            return expr.number;
        case Expr::Form::access:
            if (const double* element = find(*node.view, point_)) return *element;
            if (!expr.access.pad) outside("reads", expr.access.tensor, "use pad(...)");
            return *expr.access.pad;
        case Expr::Form::index:
            return static_cast<double>(value_of(expr.affine, point_));
        case Expr::Form::extent:
            return static_cast<double>(extents_[static_cast<std::size_t>(expr.affine.bare())]);
        case Expr::Form::cast: {
            double value = evaluate(node.args[0]);
            if (expr.dtype == boolean) return value != 0;
            return is_integer(expr.dtype) ? std::trunc(value) : value;
        }
        case Expr::Form::call: {
            double arguments[3] = {};
            for (std::size_t i = 0; i < node.args.size(); ++i) arguments[i] = evaluate(node.args[i]);
            double value = info(expr.function).value(arguments);
            return expr.function == Scalar::div && is_integer(expr.dtype) ? std::trunc(value) : value;
        }
    }
    return 0;
}

/// result (reduce)= value. For argmax `element` holds the largest value so far and `best` the point it came from.
void Loops::store(double& element, double value, std::int64_t& best) {
    switch (equation_.reduce) {
        case Reduce::none:
            element = value;
            return;
        case Reduce::sum:
            element += value;
            return;
        case Reduce::prod:
            element *= value;
            return;
        case Reduce::max:
            if (value > element || std::isnan(value)) element = value;
            return;
        case Reduce::min:
            if (value < element || std::isnan(value)) element = value;
            return;
        case Reduce::argmax:
            if (value > element || (std::isnan(value) && !std::isnan(element))) {
                element = value;
                best = 0;
                for (std::size_t i : reduced_) best = best * extents_[i] + point_[i];
            }
            return;
    }
}

/// The next point in row-major order; false after the last.
bool Loops::advance() {
    for (std::size_t i = point_.size(); i-- > 0;) {
        if (++point_[i] < extents_[i]) return true;
        point_[i] = 0;
    }
    return false;
}

void Loops::run(Array& result) {
    bool argmax = equation_.reduce == Reduce::argmax;
    DType dtype = state_.graph.value(equation_.result).type.dtype;
    std::ranges::fill(result.elements,
                      argmax ? -std::numeric_limits<double>::infinity() : identity(equation_.reduce, dtype));
    std::vector<std::int64_t> best(argmax ? result.elements.size() : 1, 0);
    View left(result.elements.data(), equation_.left, result.extents, extents_);
    do {
        double* element = find(left, point_);
        if (element == nullptr && equation_.clipped) continue;
        if (element == nullptr) outside("writes", equation_.result, "use clip");
        store(*element, evaluate(body_), best[argmax ? static_cast<std::size_t>(element - left.data) : 0]);
    } while (advance());
    if (argmax) std::ranges::copy(best, result.elements.begin());
    if (dtype == f32 && state_.options.round_f32) {
        for (double& element : result.elements) element = static_cast<float>(element);
    }
}

/// The open extent is whatever the given arrays say, as long as they agree.
void Interpreter::bind_batch(const Arrays& given) {
    const std::string* from = nullptr;
    for (const Value& value : graph.values) {
        auto found = given.find(value.name);
        if (value.role == Role::temporary || found == given.end()) continue;
        for (std::size_t axis = 0; axis < value.type.axes.size() && axis < found->second.extents.size(); ++axis) {
            if (value.type.axes[axis].extent != kOpen) continue;
            std::int64_t extent = found->second.extents[axis];
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
        std::vector<std::int64_t> extents = bound_extents(value.type, batch);
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
            if (std::ssize(found->second.elements) != count) {
                user_error("{}: expected {} elements, got {}", value.name, count, found->second.elements.size());
            }
            arrays[i].elements = found->second.elements;
        }
        arrays[i].extents = std::move(extents);
    }
}

void Interpreter::run(const Equation& equation) {
    Loops(*this, equation).run(arrays[static_cast<std::size_t>(equation.result)]);
}

Arrays interpret(const Graph& graph, const Arrays& given, const InterpreterOptions& options, bool all) {
    Interpreter state{.graph = graph, .options = options};
    state.take(given);
    for (const Equation& equation : graph.equations) state.run(equation);
    Arrays results;
    auto array = [&](ValueId id) -> const Array& { return state.arrays[static_cast<std::size_t>(id)]; };
    if (all) {
        for (std::size_t i = 0; i < graph.values.size(); ++i) {
            if (graph.values[i].role == Role::temporary) results[graph.values[i].name] = state.arrays[i];
        }
    }
    for (const Output& output : graph.outputs) results[output.name] = array(output.value);
    for (const Update& update : graph.updates) results[graph.value(update.target).name] = array(update.source);
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
