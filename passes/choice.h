/// \file passes/choice.h
/// A choice of ricci/choices.h that texts of options can give by its word.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "ricci/choices.h"

namespace ricci::passes {

/// The choice that has this word. \throws UserError listing the words for another one.
template <typename Enum>
Enum choice_named(std::string_view word);
template <>
Layout choice_named<Layout>(std::string_view word);
template <>
ricci::Convolution choice_named<ricci::Convolution>(std::string_view word);
template <>
Gemm choice_named<Gemm>(std::string_view word);
template <>
Precision choice_named<Precision>(std::string_view word);

/// An enumerator, made of itself or of its word.
template <typename Enum>
class Choice {
  public:
    constexpr Choice() = default;
    constexpr Choice(Enum value) : value_(value) {}
    Choice(std::string_view word) : value_(choice_named<Enum>(word)) {}
    Choice(const char* word) : Choice(std::string_view(word)) {}
    Choice(const std::string& word) : Choice(std::string_view(word)) {}

    constexpr operator Enum() const { return value_; }
    std::string_view word() const { return name_of(value_); }

  private:
    Enum value_{};
};

}  // namespace ricci::passes

template <typename Enum>
struct fmt::formatter<ricci::passes::Choice<Enum>> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(ricci::passes::Choice<Enum> choice, Context& context) const {
        return fmt::formatter<std::string_view>::format(choice.word(), context);
    }
};
