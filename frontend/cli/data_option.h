/// \file frontend/cli/data_option.h
/// What the command line says about data, for every command that takes some.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/cli/options.h"
#include "frontend/models/registry.h"
#include "ricci/data_files.h"

namespace ricci::cli {

struct DataOption {
    std::string where;
    std::string label;
    std::int64_t images = 60000;

    /// Declares --data, --label and --images.
    void declare(Options& options);
    /// Looks at RICCI_DATA where the model takes grey images. \throws UserError for --images beside data of files.
    void finish(const Options& options, SampleKind samples);
    /// The sets, read or drawn. \throws UserError as open_data(), and for a model of text without a text.
    FoundData find(SampleKind samples, std::uint64_t seed, std::int64_t threads) const;
};

/// "shift,flip", "shift=4,flip" or "". \throws UserError naming the part that is neither.
Augment augment_of(const std::string& text);

}  // namespace ricci::cli
