/// \file tests/codegen/loops_refusal.h
/// How a text whose loops were changed by hand is refused.
#pragma once

#include <algorithm>
#include <string>

#include "ir/base/error.h"
#include "ir/text/parser.h"

namespace ricci::testing {

/// The message from rule V24 on, which loops break; "read" where the text is read.
inline std::string refusal(const std::string& text) {
    try {
        ir::parse(text);
        return "read";
    } catch (const UserError& error) {
        const std::string what = error.what();
        return what.substr(std::min(what.find("V24"), what.size()));
    }
}

}  // namespace ricci::testing
