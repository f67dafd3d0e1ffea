// The registry of kind names and the kind algebra.
#include "ir/core/kind.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>

#include "ir/base/error.h"

namespace ricci {

namespace kinds = ir::kinds;

namespace {

// In the order of the functions in namespace kinds.
constexpr std::array<std::string_view, 9> kShared = {"batch", "channel", "height", "width", "tap_h",
                                                     "tap_w", "feature", "class",  "time"};
enum Shared : std::uint16_t { kBatch, kChannel, kHeight, kWidth, kTapH, kTapW, kFeature, kClass, kTime };

// A list that only grows, without a lock: a process may be forked while another thread looks a kind up.
struct Entry {
    std::string name;
    std::uint16_t id;
    std::atomic<Entry*> next = nullptr;
};

// The first of the list; never freed, as kinds are used until the process ends.
Entry& first() {
    static Entry* const list = [] {
        Entry* made = new Entry{std::string(kShared[0]), 0};
        Entry* last = made;
        for (std::size_t i = 1; i < kShared.size(); ++i) {
            Entry* next = new Entry{std::string(kShared[i]), static_cast<std::uint16_t>(i)};
            last->next = next;
            last = next;
        }
        return made;
    }();
    return *list;
}

bool well_formed(std::string_view name) {
    auto letter = [](char c) { return c >= 'a' && c <= 'z'; };
    return !name.empty() && letter(name[0]) &&
           std::ranges::all_of(name, [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '_'; });
}

/// Whether "tap_" and the name is the tap of another kind: of `h` and `w`, and so of `of_h`.
bool needs_of(std::string_view name) {
    while (name.starts_with("of_")) name.remove_prefix(3);
    return name == "h" || name == "w";
}

}  // namespace

Kind Kind::named(std::string_view name) {
    if (!well_formed(name)) {
        user_error("index kind \"{}\": a kind is spelt with lower-case letters, digits and '_', from a letter on", name);
    }
    for (Entry* entry = &first();;) {
        if (entry->name == name) return Kind(entry->id);
        Entry* next = entry->next.load(std::memory_order_acquire);
        if (next == nullptr) {
            if (entry->id + 1 >= UINT16_MAX) user_error("index kind \"{}\": more than {} kinds", name, UINT16_MAX);
            auto made = std::make_unique<Entry>(std::string(name), static_cast<std::uint16_t>(entry->id + 1));
            // Where another thread was first, its kind stands there now.
            if (entry->next.compare_exchange_strong(next, made.get(), std::memory_order_acq_rel)) next = made.release();
        }
        entry = next;
    }
}

std::string_view Kind::name() const {
    const Entry* entry = &first();
    while (entry->id != id_) entry = entry->next.load(std::memory_order_acquire);
    return entry->name;
}

Kind Kind::tap() const {
    if (id_ == kHeight) return kinds::tap_h();
    if (id_ == kWidth) return kinds::tap_w();
    return named((needs_of(name()) ? "tap_of_" : "tap_") + std::string(name()));
}

std::optional<Kind> Kind::position() const {
    if (id_ == kTapH) return kinds::height();
    if (id_ == kTapW) return kinds::width();
    std::string_view own = name();
    if (!own.starts_with("tap_") || own.size() == 4) return std::nullopt;
    own.remove_prefix(4);
    if (own.starts_with("of_") && needs_of(own)) own.remove_prefix(3);
    return named(own);
}

namespace ir {

std::optional<Kind> add(Kind a, Kind b) {
    if (b.position() == a) return a;
    if (a.position() == b) return b;
    if (a == b && a.position()) return a;
    return std::nullopt;
}

Kind flatten(std::span<const Kind> kinds) {
    RICCI_CHECK(!kinds.empty(), "a tuple of no indices");
    bool same = std::ranges::all_of(kinds, [&](Kind k) { return k == kinds.front(); });
    return same ? kinds.front() : kinds::feature();
}

namespace kinds {
Kind batch() { return Kind::named(kShared[kBatch]); }
Kind channel() { return Kind::named(kShared[kChannel]); }
Kind height() { return Kind::named(kShared[kHeight]); }
Kind width() { return Kind::named(kShared[kWidth]); }
Kind tap_h() { return Kind::named(kShared[kTapH]); }
Kind tap_w() { return Kind::named(kShared[kTapW]); }
Kind feature() { return Kind::named(kShared[kFeature]); }
Kind classes() { return Kind::named(kShared[kClass]); }
Kind time() { return Kind::named(kShared[kTime]); }
}  // namespace kinds

}  // namespace ir
}  // namespace ricci
