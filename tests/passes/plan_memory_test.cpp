// The memory plan by simulation: a program that keeps its temporaries in one arena computes what the interpreter does.
#include "passes/memory/plan_memory.h"
#include "passes/pipeline.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/verify_values.h"
#include "tests/passes/random_model.h"
#include "tests/seed.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr std::int64_t kBatch = 3;

/// Runs a planned graph equation by equation with its temporaries at their places in the arena, so that one that
/// overlaps another destroys it. What was never written is nan.
class Simulation {
  public:
    Simulation(const Graph& graph, Arrays given) : graph_(graph), callers_(std::move(given)) {
        cells_.assign(static_cast<std::size_t>(graph.arena_fixed + kBatch * graph.arena_per_sample), kNan);
    }

    Arrays run() {
        for (const Equation& equation : graph_.equations) step(equation);
        Arrays results;
        for (const Output& output : graph_.outputs) results[output.name] = load(output.value);
        Arrays updated;
        for (const Update& update : graph_.updates) updated[graph_.value(update.target).name] = load(update.source);
        results.merge(updated);
        return results;
    }

  private:
    static constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

    /// One equation as a program of its own, its operands read from where the plan put them. The inputs come along, for
    /// they bind the batch.
    void step(const Equation& equation) {
        Graph alone;
        alone.values = graph_.values;
        Arrays operands;
        for (Value& value : alone.values) {
            value.placement.reset();
            if (value.role == Role::input) operands[value.name] = callers_.at(value.name);
            if (value.role != Role::input) value.role = Role::temporary;
        }
        for (const Access* access : accesses(equation.body)) {
            alone.value(access->tensor).role = Role::input;
            operands[graph_.value(access->tensor).name] = load(access->tensor);
        }
        alone.equations = {equation};
        alone.equations[0].kernel = -1;
        alone.outputs = {{"result", equation.result}};
        store(equation.result, interpret(alone, operands).at("result"));
    }

    /// The caller's buffer that the value's bytes are, or nothing when they are in the arena.
    Array* buffer(ValueId value) {
        while (graph_.value(value).placement && graph_.value(value).placement->shares >= 0) {
            value = graph_.value(value).placement->shares;
        }
        const Value& owner = graph_.value(value);
        return owner.placement ? nullptr : &callers_[owner.name];
    }

    std::vector<std::int64_t> extents(const Value& value) const {
        std::vector<std::int64_t> found;
        for (const Axis& axis : value.type.axes) found.push_back(axis.extent == kOpen ? kBatch : axis.extent);
        return found;
    }

    double& cell(const Value& value, std::int64_t element) {
        std::int64_t start = value.placement->scope == Placement::Scope::per_sample ? graph_.arena_fixed + kBatch * value.placement->offset
                                                         : value.placement->offset;
        return cells_.at(
            static_cast<std::size_t>(start + element * static_cast<std::int64_t>(size_of(value.type.dtype))));
    }

    Array load(ValueId id) {
        const Value& value = graph_.value(id);
        if (Array* own = buffer(id)) return {extents(value), own->elements};
        Array array{extents(value), {}};
        for (std::int64_t i = 0; i < value.type.count(kBatch); ++i) array.elements.push_back(cell(value, i));
        return array;
    }

    void store(ValueId id, const Array& array) {
        const Value& value = graph_.value(id);
        if (Array* own = buffer(id)) {
            own->elements = array.elements;  // a view of an input writes what is there already
            return;
        }
        for (std::size_t i = 0; i < array.elements.size(); ++i)
            cell(value, static_cast<std::int64_t>(i)) = array.elements[i];
    }

    const Graph& graph_;
    Arrays callers_;             // inputs, parameters, states and outputs, by value name
    std::vector<double> cells_;  // by byte; an element is in the cell of its first byte
};

void expect_same(const Arrays& expected, const Arrays& found) {
    ASSERT_EQ(expected.size(), found.size());
    for (const auto& [name, array] : expected) {
        const Array& other = found.at(name);
        ASSERT_EQ(array.extents, other.extents) << name;
        for (std::size_t i = 0; i < array.elements.size(); ++i) {
            bool same = array.elements[i] == other.elements[i] ||
                        (std::isnan(array.elements[i]) && std::isnan(other.elements[i]));
            ASSERT_TRUE(same) << name << " element " << i << ": " << array.elements[i] << " and " << other.elements[i];
        }
    }
}

TEST(PlanMemory, ProgramsInTheArenaComputeWhatTheInterpreterDoes) {
    for (const std::uint64_t seed : test::seeds(40)) {
        Options options;
        options.layout = std::array{"keep", "nhwc"}[seed % 2];
        options.fuse = seed % 3 != 0;
        options.tile = "off";
        Remarks remarks;
        const Graph model = parse(testing::random_model(seed, 6));
        const Graph planned = run_to(model, Stage::planned, options, remarks);
        SCOPED_TRACE(fmt::format("seed {}\n{}", seed, print(planned)));
        Arrays given = random_inputs(planned, kBatch, seed);
        expect_same(interpret(planned, given), Simulation(planned, given).run());
        if (HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace ricci::passes
