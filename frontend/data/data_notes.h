/// \file frontend/data/data_notes.h
/// The lines that notes of a training's data are kept as. Internal.
#pragma once

namespace ricci::detail {

/// The entry of a file of weights that they stand in.
inline constexpr const char* kDataNotes = "data";

}  // namespace ricci::detail
