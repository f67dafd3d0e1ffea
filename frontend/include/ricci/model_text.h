/// \file ricci/model_text.h
/// A model from a text of docs/language.md, to build on, train and compile as one made in C++.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "ricci/model.h"
#include "ricci/optimizer.h"

namespace ricci {

/// A model as its text says it, and what the text's `train` statement asks for.
struct ModelText {
    Model model;
    std::optional<Tensor> loss{};        // that of the statement, else the value or output called "loss"
    std::optional<Optimizer> optimizer{};
};

/// \param file  for messages only.
/// \throws UserError with file:line for what cannot be read or breaks a rule; for a text of another stage than model.
ModelText parse_model(std::string_view text, std::string_view file = "<text>");
/// \throws UserError also naming the file and the system's reason.
ModelText read_model(const std::filesystem::path& file);

}  // namespace ricci
