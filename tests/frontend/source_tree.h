/// \file tests/frontend/source_tree.h
/// The C++ files of the repository, line by line, for the tests that read the code itself.
#pragma once

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ricci::test {

struct SourceFile {
    std::string path;  ///< from the root of the repository, as in "ir/core/graph.cpp"
    std::vector<std::string> lines;

    std::string folder() const { return path.substr(0, path.find('/')); }
    /// What others include: a .h, or the code of an .inl.
    bool is_header() const { return path.ends_with(".h") || path.ends_with(".inl"); }
};

/// The file of that path from the root; without lines where it is not there.
inline SourceFile source_file(const std::string& path) {
    SourceFile file{.path = path, .lines = {}};
    std::ifstream stream(std::filesystem::path(RICCI_SOURCE_DIR) / path);
    for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
    return file;
}

/// Every file below the given top-level folders with one of the endings; a folder that is not there counts as empty.
inline std::vector<SourceFile> files_ending_in(const std::vector<std::string>& endings,
                                               const std::vector<std::string>& folders) {
    const std::filesystem::path root = RICCI_SOURCE_DIR;
    std::vector<SourceFile> files;
    for (const std::string& folder : folders) {
        if (!std::filesystem::exists(root / folder)) continue;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root / folder)) {
            const std::filesystem::path& path = entry.path();
            if (std::ranges::find(endings, path.extension().string()) == endings.end()) continue;
            files.push_back(source_file(path.lexically_relative(root).generic_string()));
        }
    }
    return files;
}

/// Every .h, .cpp and .inl below the given top-level folders.
inline std::vector<SourceFile> source_files(const std::vector<std::string>& folders) {
    return files_ending_in({".h", ".cpp", ".inl"}, folders);
}

/// What follows `#name` on the line, without spaces around it: `<vector>` of `#  include <vector>`; "" on other lines.
inline std::string_view directive(std::string_view line, std::string_view name) {
    const auto skip_spaces = [&] { line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size())); };
    skip_spaces();
    if (!line.starts_with('#')) return "";
    line.remove_prefix(1);
    skip_spaces();
    if (!line.starts_with(name)) return "";
    line.remove_prefix(name.size());
    skip_spaces();
    return line;
}

/// Whether the text has the word by itself. `joint`: what joins words beside letters and digits: '_' of C++, '-' of options.
inline bool mentions(std::string_view text, std::string_view word, char joint) {
    const auto part = [&](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == joint; };
    for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
        const std::size_t end = at + word.size();
        if ((at == 0 || !part(text[at - 1])) && (end == text.size() || !part(text[end]))) return true;
    }
    return false;
}

}  // namespace ricci::test
