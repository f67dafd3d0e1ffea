/// \file ir/core/graph.h
/// A program: values, equations in order, what goes in, what comes out, what is updated. Every stage is one of these.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/equation.h"
#include "ir/core/graph_index.h"
#include "ir/core/ids.h"
#include "ir/core/loops.h"
#include "ir/core/type.h"

namespace ricci::ir {

/// What a graph may hold: docs/internals.md, "Stages". Passes take a graph from each to the next.
enum class Stage : std::uint8_t { model, step, lowered, kernels, loops, planned };

enum class Role : std::uint8_t {
    input,      // bound by the caller at each call
    parameter,  // owned by the caller, trained
    state,      // owned by the caller: momentum, learning rate
    temporary,  // computed by one equation
};

/// How a parameter or state begins.
struct Initializer {
    enum class Form : std::uint8_t { constant, uniform, normal, table } form = Form::constant;
    Number a{};    // the constant, the lower bound, the mean
    Number b{};    // unused, the upper bound, the standard deviation
    std::shared_ptr<const std::vector<Number>> table{};  // of Form::table, a number for each element, row-major
    friend bool operator==(const Initializer& x, const Initializer& y) {
        const bool same_table = x.table && y.table ? *x.table == *y.table : x.table == y.table;
        return x.form == y.form && x.a == y.a && x.b == y.b && same_table;
    }
};

/// Where plan-memory put a temporary: an offset within the part of the arena that is for its scope.
struct Placement {
    /// How often the arena holds it, and what bytes and offset count.
    /// - fixed: the whole run.
    /// - per_sample: one sample of the open batch.
    /// - per_pair: one pair of samples (two open axes).
    /// - per_thread: one thread (a tile's local values, for BatchTile::samples samples).
    /// - per_chunk: one chunk of tiles (its partial sums).
    enum class Scope : std::uint8_t { fixed, per_sample, per_pair, per_thread, per_chunk };

    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    Scope scope = Scope::fixed;
    EquationId first = 0;     // equations (places in Graph::equations) that write and last read it
    EquationId last = 0;
    ValueId shares = -1;      // the value whose storage this one is (an in-place result, a reshape), -1 for its own
    friend bool operator==(const Placement&, const Placement&) = default;
};

struct Value {
    std::string name;  // unique in the graph
    TensorType type;
    Role role = Role::temporary;
    std::optional<Axis> numbers{};          // integer inputs: each element is the number of a position along this axis
    std::optional<std::int64_t> ignored{};  // beside `numbers`: the one element that is no position, and counts for nothing
    std::optional<Initializer> initial{};   // parameters and states
    bool fixed = false;                     // a state that nothing changes: a constant of the model
    std::optional<Placement> placement{};   // stage planned
    Location location{};
};

/// A result, as this call computes it: a parameter or state that is put out has its value from before the update.
struct Output { std::string name; ValueId value; };
/// After the program ran, `target` (a parameter or state) holds `source`.
struct Update { ValueId target; ValueId source; Location location = {}; };
/// A wish of the model: the derivative of the scalar `of` by `by`, to be an output called `name`.
struct GradientRequest { std::string name; ValueId of; ValueId by; Location location = {}; };
/// A parameter, and the derivative of the loss by it.
struct ParameterGradient { ValueId parameter; ValueId gradient; };
/// Settings by name: {"learning_rate", 0.05}, {"momentum", 0.9}.
using Settings = std::vector<std::pair<std::string, double>>;
/// A line of an optimizer's rule. The location is unknown where no text has the line.
struct RuleLine { std::string text; Location location = {}; };
/// An optimizer that the model brings along: see ir/ops/optimizer_table.h for what its lines say.
struct OptimizerRule { std::string name; Settings settings; std::vector<RuleLine> lines; };
/// Settings of some parameters in place of all parameters': those whose name is `part`, or has it among its parts.
struct ParameterGroup { std::string part; Settings settings; };
/// How the learning rate changes from step to step: an entry of ir/ops/rate_schedule_table.h, and what it is told.
struct RateSchedule {
    std::string name;
    Settings settings;
    friend bool operator==(const RateSchedule&, const RateSchedule&) = default;
};
/// A wish of the model: train `loss`; differentiate and apply-optimizer fulfil it.
struct Training {
    ValueId loss;
    std::string optimizer;                                // "sgd"
    Settings options;
    std::vector<ParameterGroup> groups = {};              // where several hold, the last one counts
    std::optional<OptimizerRule> rule = {};               // of that name, when the table has none
    std::optional<RateSchedule> schedule = {};
    std::vector<ParameterGradient> gradients = {};        // from differentiate, for apply-optimizer; empty before
    Location location = {};
};
/// What an optimizer calls its rate: the option, and the state of rank 0 that a caller changes between steps.
inline constexpr std::string_view kLearningRate = "learning_rate";
/// Equations that run as one function. They share the loops over the indices of these names, in this order, and each
/// runs its other indices inside. They are consecutive.
struct KernelGroup {
    std::string name;
    std::vector<std::string> loops;
    // From stage loops on.
    std::string split{};            // the index whose rounds threads share out; "" for none
    std::int64_t split_by = 0;      // rounds that one call of a product does; 0: any number
    std::vector<LoopNest> nests{};  // in the order of the equations; none for a call
};
/// Equations that run for `samples` samples of the open batch at a time, all of them before the next samples come; see
/// ir/core/tile.h. A schedule: it changes no value. Its equations are consecutive, and kernels lie inside it whole.
struct BatchTile { std::string name; std::int64_t samples; };

struct Graph {
    std::string name;
    Stage stage = Stage::model;
    IdVector<ValueId, Value> values;
    IdVector<EquationId, Equation> equations;  // each value is written before it is read
    std::vector<Output> outputs;  // results come in this order, which no pass changes
    std::vector<Update> updates;
    std::vector<GradientRequest> gradients;
    std::optional<Training> training;
    IdVector<KernelId, KernelGroup> kernels;
    IdVector<TileId, BatchTile> tiles;
    /// Samples of every call, where the batch is open but the model has a fixed one; 0 where a call may have any number.
    std::int64_t fixed_batch = 0;
    // Stage planned: bytes of the arena by scope.
    std::int64_t arena_fixed = 0;
    std::int64_t arena_per_sample = 0;
    std::int64_t arena_per_pair = 0;
    std::int64_t arena_per_thread = 0;
    std::int64_t arena_per_chunk = 0;
    GraphIndex index{};

    /// Samples that the open batch counts as wherever sizes are compared and times predicted.
    std::int64_t typical_samples() const { return fixed_batch > 0 ? fixed_batch : kTypicalBatchSamples; }
    const Value& value(ValueId id) const { return values[id]; }
    Value& value(ValueId id) { return values[id]; }
    /// Adds a value; its name is made unique by a number when taken. Cost: a step for each value since the last call.
    ValueId add(Value value);
    /// The new name is made unique as by `add`.
    void rename(ValueId id, std::string name);
    /// -1 when there is none. Cost: a step, and one for each value since the last call of add.
    ValueId find(std::string_view name) const;
    /// The equation that writes the value, -1 when none does. Cost: a step, and one for each equation since the last call
    /// of index_writers.
    EquationId writer(ValueId id) const;
    void index_names();
    void index_writers();
    /// Why `find` would not find some name: it was changed without `rename`; "" when it would.
    std::string why_not_found() const;
    /// The equation that writes each value, by ValueId; -1 for inputs, parameters and states. See ir/core/uses.h.
    IdVector<ValueId, EquationId> producers() const;
    /// The equations that read each value, by ValueId, in order.
    IdVector<ValueId, std::vector<EquationId>> readers() const;
    /// Keeps the first ones alone. Cost: a step for each that goes.
    void truncate(std::size_t values_left, std::size_t equations_left);
    /// Drops values that nothing mentions and renumbers; keeps inputs, parameters and states.
    void compact();
};

std::string_view name_of(Stage stage);
std::optional<Stage> stage_named(std::string_view name);
std::string_view name_of(Role role);
/// As a place says it: "per sample", "per pair", "per thread", "per chunk"; "" for fixed.
std::string_view name_of(Placement::Scope scope);

}  // namespace ricci::ir
