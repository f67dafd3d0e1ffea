/// \file tests/runtime/refusal.h
/// The message of the error that a call must end in.
#pragma once

#include <string>

#include "ir/base/error.h"

namespace ricci::runtime {

/// The UserError's message, or "(accepted)".
template <typename Call>
std::string refusal(Call&& call) {
    try {
        call();
    } catch (const UserError& error) {
        return error.what();
    }
    return "(accepted)";
}

/// The InternalError's message, or "(accepted)".
template <typename Call>
std::string defect(Call&& call) {
    try {
        call();
    } catch (const InternalError& error) {
        return error.what();
    }
    return "(accepted)";
}

inline bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace ricci::runtime
