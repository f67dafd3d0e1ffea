/// \file frontend/cli/text_network.h
/// A text of stage model as a network, for commands that take one in place of a model's name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "frontend/models/registry.h"
#include "ricci/optimizer.h"
#include "ricci/program.h"

namespace ricci::cli {

/// Whether this word says a text: a file that ends in .ein, or - for standard input.
bool is_text_file(std::string_view model);
/// What a model of this name, or a text, is given where nobody names data.
SampleKind samples_of(std::string_view model);

/// The inputs that a program needs, by their names, in the order of the model.
std::vector<std::string> input_names(const Program& program);

struct TextNetwork {
    Network network;
    std::optional<Optimizer> optimizer = {};  // that the text asks for
};

/// \throws UserError for a text without a loss, or with labels and no predicted classes, saying what is missing.
TextNetwork network_of_text(const std::string& file);

}  // namespace ricci::cli
