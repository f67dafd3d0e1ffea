// Numbers as eight bytes, texts with their length before them.
#include "codegen/compiled_kernels.h"

#include <array>
#include <bit>
#include <cstring>
#include <span>

#include "codegen/jit/build_identity.h"
#include "ir/print/print.h"
#include "runtime/base/sha256.h"

namespace ricci::codegen {
namespace {

class Writer {
  public:
    void number(std::uint64_t value) {
        std::array<char, sizeof value> bytes{};
        std::memcpy(bytes.data(), &value, sizeof value);
        out_.append(bytes.data(), bytes.size());
    }
    void text(std::string_view value) {
        number(value.size());
        out_ += value;
    }
    std::string take() { return std::move(out_); }

  private:
    std::string out_;
};

// Reads what a Writer wrote; past the end everything is 0 and at_end() is false.
class Reader {
  public:
    explicit Reader(std::string_view bytes) : rest_(bytes) {}

    std::size_t number() {
        std::size_t value = 0;
        const std::string_view bytes = take(sizeof value);
        if (!bytes.empty()) std::memcpy(&value, bytes.data(), bytes.size());
        return value;
    }
    std::string text() { return std::string(take(number())); }
    /// How many of something follow, each of at least one number.
    std::size_t count() {
        const std::size_t value = number();
        if (value > rest_.size() / sizeof value) ok_ = false;
        return ok_ ? value : 0;
    }
    bool at_end() const { return ok_ && rest_.empty(); }

  private:
    std::string_view take(std::size_t bytes) {
        if (bytes > rest_.size()) ok_ = false;
        if (!ok_) return {};
        const std::string_view taken = rest_.substr(0, bytes);
        rest_.remove_prefix(taken.size());
        return taken;
    }

    std::string_view rest_;
    bool ok_ = true;
};

}  // namespace

std::string to_bytes(const CompiledKernels& code) {
    Writer out;
    out.number(code.kernels.size());
    for (const EmittedKernel& kernel : code.kernels) {
        const auto& [name, parallel_extent, grain, cost, values] = kernel;  // every member
        out.text(name);
        out.number(static_cast<std::uint64_t>(parallel_extent));
        out.number(static_cast<std::uint64_t>(grain));
        out.number(std::bit_cast<std::uint64_t>(cost));
        out.number(values.size());
        for (const ir::ValueId id : values) out.number(static_cast<std::uint64_t>(id));
    }
    out.number(code.objects.size());
    for (const std::string& object : code.objects) out.text(object);
    return out.take();
}

std::optional<CompiledKernels> from_bytes(std::string_view bytes) {
    Reader in(bytes);
    CompiledKernels code;
    code.kernels.resize(in.count());
    for (EmittedKernel& kernel : code.kernels) {
        kernel.name = in.text();
        kernel.parallel_extent = static_cast<std::int64_t>(in.number());
        kernel.grain = static_cast<std::int64_t>(in.number());
        kernel.cost = std::bit_cast<double>(in.number());
        kernel.values.resize(in.count());
        for (ir::ValueId& id : kernel.values) id = static_cast<ir::ValueId>(in.number());
    }
    code.objects.resize(in.count());
    for (std::string& object : code.objects) object = in.text();
    if (!in.at_end()) return std::nullopt;
    return code;
}

std::string key_of(const ir::Graph& planned, const Target& target) {
    const std::string build = build_identity();
    if (build.empty()) return {};
    Writer all;
    all.text(build);
    all.text(llvm_version());
    all.text(target.cpu);
    all.text(target.features);
    all.number(static_cast<std::uint64_t>(target.vector_bytes));
    all.text(ir::print(planned));
    // Kernels find a value at its number, which the text does not tell.
    for (const ir::Value& value : planned.values) all.text(value.name);
    const std::string bytes = all.take();
    return runtime::sha256(std::as_bytes(std::span(bytes)));
}

}  // namespace ricci::codegen
