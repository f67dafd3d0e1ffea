// Reads programs from files and makes those of named models.
#include "frontend/cli/source.h"

#include "frontend/cli/streams.h"
#include "frontend/models/registry.h"
#include "frontend/program/internals.h"
#include "ricci/program.h"
#include "ir/base/error.h"
#include "ir/text/parser.h"
#include "ir/verify/verify.h"
#include "runtime/file/files.h"

namespace ricci::cli {
namespace {

constexpr std::string_view kModelPrefix = "model:";
constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;  // bytes of a text; LeNet-5's has some ten thousand

ir::Graph named_model(const Source& source) {
    const RegisteredModel& named = registered_model(std::string_view(source.name).substr(kModelPrefix.size()));
    const Network network = named.build({.dtype = *dtype_named(source.dtype)});
    if (source.forward) return detail::graph_of(forward(network.outputs));
    return detail::graph_of(training_step(network.loss, sgd({.learning_rate = 0.05, .momentum = 0.9})));
}

std::string text_of(const std::string& name) {
    if (name == "-") return read_input(kMostBytes);
    const std::vector<std::byte> bytes = runtime::read_file(name, kMostBytes);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Source::declare(Options& options, bool required) {
    options.word("FILE.ein|model:NAME", name,
                 "the program: a text, - for standard input, or a model such as model:lenet5", required);
    options.choice("--dtype", {"f32", "f64"}, dtype, "of a named model");
    options.flag("--forward", forward, "a named model without its training: logits and classes only");
    declare_passes(options, passes);
}

ir::Graph Source::load() const {
    if (name.starts_with(kModelPrefix)) return named_model(*this);
    const std::string file = name == "-" ? "standard input" : name;
    ir::Graph graph = ir::parse(text_of(name), file);
    if (const std::vector<ir::Violation> broken = ir::violations(graph); !broken.empty()) {
        const std::string prefix = broken[0].location.prefix();
        user_error("{}{}", prefix.empty() ? file + ": " : prefix, broken[0].text);
    }
    return graph;
}

void declare_layout(Options& options, passes::Options& passes) {
    options.choice("--layout", passes.layout,
                   "order of the axes of images between layers. auto: the one in which the convolutions are "
                   "predicted to be the fastest. keep: the model's");
}

void declare_passes(Options& options, passes::Options& passes) {
    declare_layout(options, passes);
    options.choice(
        "--conv", passes.conv,
        "how convolutions are computed. auto chooses for each, and --remarks says why. im2col: patches and GEMM. blocks: "
        "patches that stay in the cache. winograd: filtering where it applies, F(4x4, 3x3) and F(2x2, 5x5). winograd2: "
        "F(2x2, 3x3) alone. direct: register tiles from the equation. naive: plain loops");
    options.flag("--no-winograd", passes.winograd, "keeps auto from Winograd's filtering, which rounds more", false);
    options.choice("--gemm", passes.gemm,
                   "how products of matrices are computed. auto chooses for each. blas: calls of BLAS. contraction: "
                   "register tiles that are generated for each. loops: plain loops. --remarks says why, and what cannot "
                   "be so");
    options.choice("--precision", passes.precision,
                   "what products and convolutions compute with. bf16: their factors are rounded to it where that is "
                   "predicted to be faster, and --remarks says where; sums, weights and all else stay f32. bf16-all: of "
                   "every one that runs as a call");
    options.text("--tile", "auto|off|N", passes.tile,
                 "runs forward and backward for N samples at a time; a smaller batch is as slow as N. auto: as many as a "
                 "vector holds, where that fits the second-level cache. Much smaller batches then run without tiles");
    declare_memory(options, passes);
    options.flag("--no-fuse", passes.fuse, "gives every equation a kernel of its own", false);
}

void declare_memory(Options& options, passes::Options& passes) {
    options.text("--memory", "BYTES", passes.memory,
                 "what values between equations may take in all, as 200M. That is the arena of a step of the batch, or of 64 "
                 "samples where none is given. Values of the forward pass are computed again in the backward pass where that is "
                 "needed, and the peak is said before anything runs");
}

void declare_target(Options& options, std::string& target) {
    options.text("--target", "CPU", target,
                 "compiles for another CPU than this one: avx2, avx512, or LLVM's name of it");
}

void declare_cache(Options& options, bool& cache) {
    options.flag("--no-cache", cache,
                 "compiles anew; without it machine code is kept in RICCI_CACHE (off: nowhere), or in ~/.cache/ricci",
                 false);
}

void declare_search(Options& options, std::string& file) {
    options.text("--search", "FILE", file,
                 "measures register tiles and keeps the best in FILE; those that are there are used without measuring");
}

}  // namespace ricci::cli
