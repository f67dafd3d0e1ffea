/// \file frontend/model/internals.h
/// The one way from what a user holds to what stands behind it, and back. Internal.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/graph.h"
#include "ir/surface/surface.h"
#include "ricci/compile.h"
#include "ricci/notation.h"
#include "runtime/base/buffer.h"

namespace ricci::detail {

struct ModelState;
struct ProgramState;

/// In front of the names of a checkpoint's tensors that are those of the best epoch.
inline constexpr std::string_view kBest = "best/";
/// In front of the entries of a checkpoint's header that say how far the training has come.
inline constexpr std::string_view kOfTraining = "training_";

/// Places in ModelState::handles.
using HandleId = ir::Id<struct HandleTag>;

/// The index expression of a Position.
struct PositionState {
    ir::surface::IndexExpr expr{};
    std::vector<ir::surface::IndexDecl> uses{};  // the indices in it, with what was said of them
    std::vector<Tensor> tensors{};               // those whose elements are looked up
};

/// The scalar expression of a Term.
struct TermState {
    ir::surface::Expr expr{};
    std::vector<ir::surface::IndexDecl> uses{};
    std::vector<Tensor> tensors{};  // those it reads
};

/// A friend of the public classes. What it gives belongs to the object that it was asked of.
struct Internals {
    // frontend/model
    static const std::shared_ptr<ModelState>& state(const Model& model) { return model.state_; }
    static const std::shared_ptr<ModelState>& model(const Tensor& tensor) { return tensor.model_; }
    static HandleId handle(const Tensor& tensor) { return HandleId(tensor.handle_); }
    static Tensor tensor(std::shared_ptr<ModelState> model, HandleId handle) {
        return {std::move(model), static_cast<int>(handle)};
    }
    /// \throws UserError unless the tensor is defined.
    static ir::ValueId id(const Tensor& tensor);
    static const ir::Graph& graph(const Model& model);

    static Array array(runtime::Buffer buffer);
    static Array view(std::shared_ptr<runtime::Buffer> buffer) { return {std::move(buffer), true}; }
    static runtime::Buffer& buffer(Array& array) { return *array.buffer_; }
    static const runtime::Buffer& buffer(const Array& array) { return *array.buffer_; }

    /// Makes and fills an array for each parameter and state of the graph that has none yet. What a parameter draws
    /// depends on the seed and its name alone. \throws UserError when one of that name has another type.
    static void add(Parameters& parameters, const ir::Graph& graph);
    /// For a program of a model: the same parameters, and states of its own for those of `compiled` that `declared` has
    /// not. \param program  says which program it is, and that it lives. \throws UserError as add().
    static Parameters of_program(const Parameters& parameters, const std::shared_ptr<const void>& program,
                                 const ir::Graph& declared, const ir::Graph& compiled);
    /// Whether all programs share a parameter or state of that name, or the program that these are for has one.
    static bool has(const Parameters& parameters, std::string_view name);
    /// The tensors that save() writes, by their names in the file.
    struct NamedBuffer {
        std::string name;
        const runtime::Buffer* buffer;
        bool of_optimizer;  // a state of a training program, not of the model
    };
    static std::vector<NamedBuffer> tensors(const Parameters& parameters);
    /// Writes them, and what stands beside them in a checkpoint.
    static void save(const std::filesystem::path& path, const std::vector<NamedBuffer>& tensors,
                     std::map<std::string, std::string> metadata);
    /// What load() says of a tensor that the model has not. A command, which has no such option, says another remedy.
    static constexpr std::string_view kNotStrict = "; strict = false leaves it out";
    /// \throws UserError as Parameters::operator[]. Cost: none; no copy is made.
    static std::shared_ptr<runtime::Buffer> shared(const Parameters& parameters, std::string_view name);

    // frontend/notation
    static const PositionState& state(const Position& position) { return *position.state_; }
    static const TermState& state(const Term& term) { return *term.state_; }
    static Position position(PositionState state) {
        return Position(std::make_shared<const PositionState>(std::move(state)));
    }
    static Term term(TermState state) { return Term(std::make_shared<const TermState>(std::move(state))); }

    // frontend/program
    static const std::shared_ptr<const ProgramState>& state(const Program& program) { return program.state_; }
    static Program program(std::shared_ptr<const ProgramState> state) { return Program(std::move(state)); }
    static Function::State& state(const Function& function) { return *function.state_; }
    static const std::shared_ptr<Function::State>& shared_state(const Function& function) { return function.state_; }
    static Function function(std::shared_ptr<Function::State> state) { return Function(std::move(state)); }
};

}  // namespace ricci::detail
