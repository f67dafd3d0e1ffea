/// \file frontend/cli/train/trained.h
/// A model, named or of a text, with the weights and the notes of a training, for commands that use one.
#pragma once

#include <cstdint>
#include <string>

#include "frontend/cli/data_option.h"
#include "frontend/cli/source.h"
#include "frontend/models/registry.h"
#include "ricci/compile.h"

namespace ricci::cli {

/// What the options say of one.
struct TrainedOption {
    std::string model;
    std::string weights;
    std::string dtype = "f32";
    std::int64_t threads = 0;
    std::string target;
    bool cache = true;
    passes::Options passes{};

    /// Declares MODEL, --weights and how it is compiled.
    void declare(Options& options);
};

/// Takes the weights of a file that a training of `model` wrote.
/// \throws UserError naming the file, what does not fit, and the model that the file is of, where that is another one.
void load_weights(Parameters parameters, const std::string& file, const std::string& model);
/// Writes down which model weights are of, for load_weights().
void note_model(const Parameters& parameters, const std::string& model);

struct Trained {
    SampleKind samples;
    Network network;
    DataNotes notes;         // of the file
    bool has_notes = false;  // the file has some

    /// \throws UserError naming the model, or the file and what does not fit.
    static Trained load(const TrainedOption& option);
    Function compile(const TrainedOption& option, const std::vector<Tensor>& outputs) const;
    /// The name of a class, a character of a text as C++ writes it, or the number.
    std::string class_name(std::int64_t number) const;
};

}  // namespace ricci::cli
