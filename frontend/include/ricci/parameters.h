/// \file ricci/parameters.h
/// The numbers of a model: parameters, which its programs share, and optimizer state, which each program has of its
/// own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ricci/array.h"

namespace ricci {

struct LoadOptions {
    bool strict = true;  // false takes each tensor that fits by name, type and extents, and leaves out the others
};

/// What load() did with each tensor, by its name.
struct Loaded {
    std::vector<std::string> taken;
    std::vector<std::string> missing;    // parameters of the model that the file has not, or not in this form
    std::vector<std::string> left_out;   // tensors of the file that the model has not, or not in this form
};

/// A handle: copies share the same arrays. Not for use by two threads at once.
///
/// A program's optimizer adds a learning rate and velocities. They belong to that program, and live as long as it or a
/// function compiled from it. Function::parameters() has the states of its own program, by their names. Other handles
/// have those of all programs: of the first that was compiled by their names, of the second as "step2/learning_rate".
class Parameters {
  public:
    explicit Parameters(std::uint64_t seed = 0);
    // Moved is copied, so that what was moved from is still the same parameters.
    Parameters(const Parameters&) = default;
    Parameters& operator=(const Parameters&) = default;

    /// Draws everything anew from this seed; the optimizer states of all programs begin again.
    void draw(std::uint64_t seed);

    /// Parameters in the order they were added, without optimizer state.
    std::vector<std::string> names() const;
    bool contains(std::string_view name) const;
    /// \throws UserError listing the names when there is none of that name. Cost: none; no copy is made.
    Array& operator[](std::string_view name) const;
    /// Puts a number into a state or parameter without axes: the learning rate.
    void set(std::string_view name, double value);

    /// Parameters whose optimizer keeps a moving mean change places with it. So predictions are by the means, until it is
    /// called again. \returns how many did.
    std::size_t swap_averages() const;
    /// They become their moving means, which stay as they are. \returns how many did.
    std::size_t take_averages() const;

    /// Writes the parameters and the states of the model (and the optimizer's, for a training that goes on later) as
    /// safetensors, all or nothing. \throws UserError naming the file and the system's reason.
    void save(const std::filesystem::path& path, bool with_state = false) const;
    /// Takes the parameters from a file, and state where the file has it. Where no training program is compiled, states
    /// of optimizers in the file are left out. Nothing changes when an error is thrown.
    /// \throws UserError naming the file and the tensor: damaged; and, unless it is not strict, missing, unknown, or of
    ///         another type or shape.
    Loaded load(const std::filesystem::path& path, const LoadOptions& options = {});

    /// Texts that files keep beside the numbers, by name. All handles share them; save() writes them, load() takes
    /// those of the file.
    std::map<std::string, std::string>& notes() const;

    /// The 64 hex digits of the SHA-256 of the parameters' bytes, in the order of names().
    std::string sha256() const;

    struct State;
    struct Own;

  private:
    friend struct detail::Internals;
    std::shared_ptr<State> state_;
    std::shared_ptr<Own> own_ = nullptr;  // of the one program that this is for
};

}  // namespace ricci
