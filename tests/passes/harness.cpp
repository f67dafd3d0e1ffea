// Reading and writing of pass cases.
#include "tests/passes/harness.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/forced.h"

namespace ricci::passes::testing {
namespace {

constexpr std::string_view kDashes = "----------------------------------------";

std::string trim(std::string_view text) {
    std::size_t first = text.find_first_not_of(" \t\n");
    if (first == std::string_view::npos) return "";
    return std::string(text.substr(first, text.find_last_not_of(" \t\n") - first + 1));
}

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> items;
    while (!list.empty()) {
        std::size_t comma = std::min(list.find(','), list.size());
        items.push_back(trim(list.substr(0, comma)));
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return items;
}

void set_option(PassCase& test, const std::string& item) {
    std::size_t equals = item.find('=');
    const std::string name = trim(item.substr(0, equals));
    const std::string value = equals == std::string::npos ? "" : trim(item.substr(equals + 1));
    test.given.insert(name);
    if (name == "layout") {
        test.options.layout = value;
    } else if (name == "conv") {
        test.options.conv = value;
    } else if (name == "gemm") {
        test.options.gemm = value;
    } else if (name == "precision") {
        test.options.precision = value;
    } else if (name == "tile") {
        test.options.tile = value;
    } else if (name == "memory") {
        test.options.memory = value;
    } else if (name == "fuse") {
        test.options.fuse = value == "true";
    } else {
        user_error("{}: unknown option \"{}\"; there are layout, conv, gemm, precision, tile, memory and fuse", test.file.string(), item);
    }
}

void read_comment(PassCase& test, const std::string& line) {
    const std::string text = trim(line.substr(1));
    auto after = [&](std::string_view key) { return trim(text.substr(key.size())); };
    if (text.starts_with("options:")) {
        for (const std::string& item : split(after("options:"))) set_option(test, item);
    } else if (text.starts_with("passes:")) {
        test.passes = split(after("passes:"));
    } else if (text.starts_with("remark:")) {
        test.remarks.push_back(after("remark:"));
    } else {
        test.promise += (test.promise.empty() ? "" : " ") + text;
    }
}

}  // namespace

std::vector<std::filesystem::path> pass_case_files() {
    std::vector<std::filesystem::path> files;
    const std::filesystem::path root = std::filesystem::path(RICCI_SOURCE_DIR) / "tests" / "passes";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        if (entry.path().extension() == ".ein") files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

PassCase read_case(const std::filesystem::path& file) {
    std::ifstream stream(file);
    PassCase test{.file = file, .options = ricci::test::forced(Options{})};
    std::string pass = file.parent_path().filename().string();
    std::ranges::replace(pass, '_', '-');
    test.passes = {pass};
    bool top = true;
    bool behind = false;
    for (std::string line; std::getline(stream, line);) {
        if (line.starts_with("----")) {
            behind = true;
            continue;
        }
        top = top && line.starts_with("#");
        if (top) read_comment(test, line);
        (behind ? test.after : test.before) += line + "\n";
    }
    const ricci::test::Forced& now = ricci::test::forced();
    test.standard = (now.conv == "auto" || test.given.contains("conv")) &&
                    (now.gemm == "auto" || test.given.contains("gemm")) &&
                    (now.tile == "auto" || test.given.contains("tile"));
    if (test.promise.empty()) user_error("{}: begin with a comment that says what is promised", file.string());
    return test;
}

void write_case(const PassCase& test, const std::string& after) {
    std::ofstream stream(test.file);
    stream << test.before << kDashes << "\n" << after;
    if (!stream.flush()) user_error("{} cannot be written", test.file.string());
}

}  // namespace ricci::passes::testing
