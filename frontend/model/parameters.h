/// \file frontend/model/parameters.h
/// The numbers of a model: parameters, which its programs share, and optimizer state, which each program has of its
/// own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ir/core/graph.h"
#include "runtime/base/buffer.h"

namespace ricci {

namespace detail {
struct ModelState;
}

/// A handle: copies share the same buffers. Not for use by two threads at once.
///
/// What a program's optimizer adds, its learning rate and velocities, belongs to that program, and lives as long as it
/// or a function compiled from it. Function::parameters() has the states of its own program, by their names. Other
/// handles have those of all programs: of the first that was compiled by their names, of the second as
/// "step2/learning_rate".
class Parameters {
  public:
    explicit Parameters(std::uint64_t seed = 0);

    /// Makes and fills a buffer for each parameter and state of the graph that has none yet. What a parameter draws
    /// depends on the seed and its name alone. \throws UserError when one of that name has another type.
    void add(const ir::Graph& graph);
    /// For a program of a model: the same parameters, and states of its own for those of `compiled` that `declared` has
    /// not. \param program  says which program it is, and that it lives. \throws UserError as add().
    Parameters of_program(const std::shared_ptr<const void>& program, const ir::Graph& declared,
                          const ir::Graph& compiled) const;
    /// Draws everything anew from this seed; the optimizer states of all programs begin again.
    void draw(std::uint64_t seed);

    /// Parameters in the order they were added, without optimizer state.
    std::vector<std::string> names() const;
    bool contains(std::string_view name) const;
    /// \throws UserError listing the names when there is none of that name. Cost: none; no copy is made.
    std::shared_ptr<runtime::Buffer> shared(std::string_view name) const;
    runtime::Buffer& operator[](std::string_view name) const { return *shared(name); }
    /// Puts a number into a state or parameter without axes: the learning rate.
    void set(std::string_view name, double value);

    /// Writes the parameters (and the optimizer's state, for a training that goes on later) as safetensors, all or
    /// nothing. \throws UserError naming the file and the system's reason.
    void save(const std::filesystem::path& path, bool with_state = false) const;
    /// Takes the parameters from a file, and state where the file has it. Nothing changes when an error is thrown.
    /// \throws UserError naming the file and the tensor: damaged, missing, unknown, or of another type or shape.
    void load(const std::filesystem::path& path);

    /// The 64 hex digits of the SHA-256 of the parameters' bytes, in the order of names().
    std::string sha256() const;

  private:
    struct Entry;
    struct Own;
    struct State;
    struct Named;
    std::vector<Named> all() const;
    static void add_to(std::vector<Entry>& entries, const ir::Value& value, const std::string& graph,
                       std::uint64_t seed);
    static void fill(Entry& entry, std::uint64_t seed);

    std::shared_ptr<State> state_;
    std::shared_ptr<Own> own_ = nullptr;  // of the one program that this is for
};

/// Those that all programs of the model use unless others are given; made and drawn on first use.
Parameters shared_parameters(detail::ModelState& model);

/// The runtime's description of a value: dtype, kinds and extents.
runtime::BufferSpec spec_of(const ir::Value& value);
/// Element `i` as a double, and back; integers and bools are exact up to 2^53.
double element_of(const runtime::Buffer& buffer, std::int64_t i);
void set_element(runtime::Buffer& buffer, std::int64_t i, double value);

}  // namespace ricci
