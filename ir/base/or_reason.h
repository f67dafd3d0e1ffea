/// \file ir/base/or_reason.h
/// A value, or why there is none; std::expected, which not every standard library of C++23 compilers has.
#pragma once

#include <optional>
#include <string_view>
#include <utility>

namespace ricci {

/// Why there is no value; a text that lives on.
struct NoValue {
    std::string_view why;
};

template <typename T>
class OrReason {
  public:
    OrReason(T value) : value_(std::move(value)) {}
    OrReason(NoValue none) : why_(none.why) {}

    bool has_value() const { return value_.has_value(); }
    explicit operator bool() const { return has_value(); }
    const T& operator*() const { return *value_; }
    const T* operator->() const { return &*value_; }
    std::string_view error() const { return why_; }

  private:
    std::optional<T> value_;
    std::string_view why_;
};

}  // namespace ricci
