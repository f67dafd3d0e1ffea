/// \file ir/core/op_tag.h
/// What an equation is called: the name of its op, or of a gradient of one. A name is for people, and for the one pass
/// that lowers an op. How an equation runs is its schedule (ir/core/schedule.h).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace ricci::ir {

/// An interned name: equal tags are one address, and copying one is free. Tags live until the process ends.
class OpTag {
  public:
    OpTag() = default;  // no name
    OpTag(std::string_view name);
    OpTag(const char* name) : OpTag(std::string_view(name)) {}
    OpTag(const std::string& name) : OpTag(std::string_view(name)) {}

    bool empty() const { return name_ == nullptr; }
    void clear() { name_ = nullptr; }
    std::string_view name() const { return empty() ? std::string_view() : *name_; }
    friend bool operator==(OpTag, OpTag) = default;

  private:
    const std::string* name_ = nullptr;
};

}  // namespace ricci::ir

template <>
struct fmt::formatter<ricci::ir::OpTag> : fmt::formatter<std::string_view> {
    template <typename Context>
    auto format(ricci::ir::OpTag tag, Context& context) const {
        return fmt::formatter<std::string_view>::format(tag.name(), context);
    }
};
