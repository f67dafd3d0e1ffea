/// \file runtime/data/csv.h
/// Tables of numbers from text files. Read as hostile files.
/// Source: RFC 4180, without quoted line ends.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ricci::runtime {

struct Table {
    std::vector<std::string> names;  // of the columns; "0", "1", ... where the file has none
    std::int64_t rows = 0;
    std::vector<double> numbers;  // [rows, columns]
    /// Where the label column holds words and not numbers: these, sorted; the column then holds their places.
    std::vector<std::string> words;
    std::int64_t label = 0;  // the label column
};

/// Numbers with commas, semicolons or tabs between them, a row a line. The first line is a header where two or more of
/// its fields are no numbers.
/// \param label  the column of the labels by its name or its place from 0; "": that called "label", or else the last.
/// \throws UserError naming file, line and column: no rows, or another number of fields than the first line has. Also for
///         a field that is no finite number, a label column that is not there, a line above a mebibyte.
Table read_csv(const std::filesystem::path& path, const std::string& label = "");

}  // namespace ricci::runtime
