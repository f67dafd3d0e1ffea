/// \file tests/frontend/compiled.h
/// A graph behind all passes and the JIT, called like the interpreter; and how results of the two are compared.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "codegen/jit/target.h"
#include "ir/interpret/interpreter.h"
#include "passes/pipeline.h"
#include "ricci/array.h"
#include "runtime/execute/executable.h"
#include "tests/seed.h"

namespace ricci::testing {

/// A program that takes and gives what ir::interpret takes and gives.
class Compiled {
  public:
    /// Runs the rest of the pipeline on the graph and compiles it on one thread. Methods that this run of the tests
    /// forces take the place of what is left to the compiler.
    explicit Compiled(const ir::Graph& graph, const passes::Options& options = {},
                      const codegen::Target& target = codegen::Target::host());

    /// One call on one thread: the outputs by output name, the updated parameters and states by value name.
    ir::Arrays operator()(const ir::Arrays& given) { return (*this)(given, team_); }
    /// The same on the threads of a team.
    ir::Arrays operator()(const ir::Arrays& given, runtime::ThreadTeam& team);

    const ir::Graph& planned() const { return planned_; }
    const passes::Remarks& remarks() const { return remarks_; }

  private:
    passes::Remarks remarks_;
    ir::Graph planned_;
    runtime::Executable program_;
    runtime::ThreadTeam team_{1};
};

/// The array in a buffer of that type. \pre as many elements as the extents say.
runtime::Buffer to_buffer(const std::string& name, const ir::TensorType& type, const ir::Array& array);
ir::Array to_array(const runtime::Buffer& buffer);
ir::Array to_array(const ricci::Array& array);

/// Inputs from the seed for a graph of the caller: floats in [low, high), whole numbers below `numbers`. Elements of
/// f32 are floats exactly.
struct Draw {
    std::int64_t batch = 2;  // of an open batch
    std::uint64_t seed = test::seed();
    double low = -1;
    double high = 1;
    int numbers = 2;
};
ir::Arrays draw(const ir::Graph& graph, const Draw& how);

/// Finite and of moderate size, so that rounding does not hide what is compared.
bool is_tame(const ir::Arrays& arrays);

/// How far an element may be from what is expected: `relative` times the magnitude of the terms that went into it
/// (passes/check/magnitudes.h). This is at most `relative` times the larger of `floor` and the largest finite |element|
/// expected of its array. Without `terms` the magnitudes are not known, and that most is the bound.
struct Tolerance {
    double relative;
    double floor = 1e-30;
    std::function<ir::Arrays()> terms{};  // asked where an element is farther off than `relative` of itself
};
/// The terms of a call of the graph.
std::function<ir::Arrays()> terms_of(const ir::Graph& graph, const ir::Arrays& given);

/// The largest |a - b| of two arrays over the largest finite |expected| or the floor. An array of other extents, a nan,
/// or an infinity that the other has not, counts as infinitely far.
double distance(const ir::Array& expected, const ir::Array& got, double floor = 1e-30);

/// The first result that is too far from what is expected, as "dx: element 3 is 1.5, expected 2 (...)", or missing; ""
/// when there is none. `worst` grows to the largest distance() seen.
std::string difference(const ir::Arrays& expected, const ir::Arrays& got, const Tolerance& tolerance,
                       double* worst = nullptr);

}  // namespace ricci::testing
