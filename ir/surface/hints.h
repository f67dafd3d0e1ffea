/// \file ir/surface/hints.h
/// What people write from the habit of other notations, and how it is said in these texts.
#pragma once

#include <string>
#include <string_view>

namespace ricci::ir {

/// How an operator of another language is written here: "pow(a, b)" for "^"; "" for what is none.
std::string_view said_as(std::string_view other_operator);

/// How what is an op of other libraries is written here, to end a message: "parts are slices, ..." for "split"; "" for what
/// is none.
std::string_view op_written_as(std::string_view other_op);

/// Why a text does not read the gradient of that name, which one of its lines asks for.
std::string unread_gradient(std::string_view name);

/// "'σ', which no name has: ..." for a character beyond ASCII that begins the text; "" for bytes that are no UTF-8, and
/// for what cannot be seen.
std::string found_letter(std::string_view text);

}  // namespace ricci::ir
