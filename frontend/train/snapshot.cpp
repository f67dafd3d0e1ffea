// Plain copies of buffers.
#include "frontend/train/snapshot.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <utility>

#include "frontend/program/internals.h"

namespace ricci::detail {

using runtime::Buffer;

namespace {

bool is_finite(const Buffer& buffer) {
    const auto all = [](auto elements) {
        return std::ranges::all_of(elements, [](auto element) { return std::isfinite(element); });
    };
    if (buffer.spec().dtype == f32) return all(buffer.span<float>());
    return buffer.spec().dtype != f64 || all(buffer.span<double>());
}

}  // namespace

Snapshot::Snapshot(const Function& step) {
    for (const ir::Value& value : graph_of(step).values) {
        const bool kept = value.role == ir::Role::parameter || value.role == ir::Role::state;
        if (kept && step.parameters().contains(value.name)) buffers_.push_back(Internals::shared(step.parameters(), value.name));
    }
    for (const std::string& name : step.parameters().names()) {
        std::shared_ptr<Buffer> buffer = Internals::shared(step.parameters(), name);
        if (is_finite(*buffer)) watched_.push_back(std::move(buffer));
    }
    for (Copy* copy : {&taken_, &good_}) copy->bytes.resize(buffers_.size());
}

void Snapshot::take(std::int64_t epoch, std::int64_t step) {
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
        const Buffer& buffer = *buffers_[i];
        const auto* begin = static_cast<const std::byte*>(buffer.data());
        taken_.bytes[i].assign(begin, begin + buffer.bytes());
    }
    taken_.epoch = epoch;
    taken_.step = step;
    confirmed_ = false;
}

void Snapshot::confirm() {
    if (!std::exchange(confirmed_, true)) std::swap(taken_, good_);
}

std::string Snapshot::restore() {
    const bool any = good_.epoch > 0;
    const Copy& from = any ? good_ : taken_;
    for (std::size_t i = 0; i < buffers_.size(); ++i) {
        std::memcpy(buffers_[i]->data(), from.bytes[i].data(), from.bytes[i].size());
    }
    if (!any) return "the parameters are again those that the training began with";
    return fmt::format("the parameters are again those before step {} of epoch {}", from.step, from.epoch);
}

std::vector<Buffer> Snapshot::good() const {
    std::vector<Buffer> copies;
    for (std::size_t i = 0; good_.epoch > 0 && i < buffers_.size(); ++i) {
        copies.emplace_back(buffers_[i]->spec());
        std::ranges::copy(good_.bytes[i], copies.back().contents().begin());
    }
    return copies;
}

void Snapshot::put(const std::vector<Buffer>& tensors, std::string_view prefix) {
    Copy found;
    for (const auto& buffer : buffers_) {
        const std::string name = std::string(prefix) + buffer->spec().name;
        const auto tensor = std::ranges::find(tensors, name, [](const Buffer& one) { return one.spec().name; });
        if (tensor == tensors.end() || tensor->bytes() != buffer->bytes()) return;
        found.bytes.emplace_back(tensor->contents().begin(), tensor->contents().end());
    }
    found.epoch = 1;
    good_ = std::move(found);
    confirmed_ = true;
}

std::string Snapshot::not_finite() const {
    const auto bad = std::ranges::find_if(watched_, [](const auto& buffer) { return !is_finite(*buffer); });
    return bad == watched_.end() ? "" : (*bad)->spec().name;
}

}  // namespace ricci::detail
