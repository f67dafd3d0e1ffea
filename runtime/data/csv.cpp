// Reads a table line by line, each field where it stands.
#include "runtime/data/csv.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <span>
#include <string_view>

#include <fmt/ranges.h>

#include "ir/base/error.h"
#include "runtime/file/byte_source.h"

namespace ricci::runtime {
namespace {

constexpr std::size_t kMostLine = 1 << 20;  // bytes

std::string_view trimmed(std::string_view text) {
    const auto is_space = [](char c) { return c == ' ' || c == '\r'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::optional<double> number_of(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

class CsvReader {
  public:
    explicit CsvReader(const std::filesystem::path& path) : path_(path), source_(path) {}

    template <typename... Args>
    [[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) const {
        user_error("{}:{}: {}", path_.string(), line_, fmt::format(format, std::forward<Args>(args)...));
    }

    /// The fields of the next line that is not empty; false at the end.
    bool next(std::vector<std::string>& fields) {
        std::string line;
        while (read_line(line)) {
            if (trimmed(line).empty()) continue;
            split(line, fields);
            return true;
        }
        return false;
    }

  private:
    bool read_line(std::string& line) {
        line.clear();
        ++line_;
        for (;;) {
            if (at_ == filled_) {
                filled_ = source_.read(chunk_);
                at_ = 0;
                if (filled_ == 0) return !line.empty();
            }
            const std::string_view left(reinterpret_cast<const char*>(chunk_.data()) + at_, filled_ - at_);
            const std::size_t end = left.find('\n');
            line += left.substr(0, end);
            if (line.size() > kMostLine)
                fail("the line has more than {} bytes; this is no table of numbers", kMostLine);
            at_ += std::min(end, left.size() - 1) + 1;
            if (end != std::string_view::npos) return true;
        }
    }

    void split(std::string_view line, std::vector<std::string>& fields) {
        if (separator_ == 0) {
            separator_ = line.find(',') != std::string_view::npos   ? ','
                         : line.find(';') != std::string_view::npos ? ';'
                                                                    : '\t';
            if (line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);  // the byte order mark of other systems
        }
        fields.clear();
        for (;;) {
            line = line.substr(std::min(line.find_first_not_of(' '), line.size()));
            std::string field;
            std::size_t end = 0;
            if (line.starts_with('"')) {
                end = 1;
                for (;; ++end) {
                    if (end >= line.size()) fail("a quote is never closed on its line");
                    if (line[end] != '"') field += line[end];
                    if (line[end] == '"' && line.substr(end + 1).starts_with('"'))
                        field += line[end++];
                    else if (line[end] == '"')
                        break;
                }
                end = line.find(separator_, end);
            } else {
                end = line.find(separator_);
                field = trimmed(line.substr(0, end));
            }
            fields.push_back(std::move(field));
            if (end == std::string_view::npos) return;
            line.remove_prefix(end + 1);
        }
    }

    const std::filesystem::path& path_;
    ByteSource source_;
    std::vector<std::byte> chunk_ = std::vector<std::byte>(1 << 16);
    std::size_t at_ = 0;
    std::size_t filled_ = 0;
    std::int64_t line_ = 0;
    char separator_ = 0;
};

std::int64_t label_column(const CsvReader& reader, const std::vector<std::string>& names, bool has_header,
                          const std::string& asked) {
    const std::int64_t columns = std::ssize(names);
    if (asked.empty()) {
        const auto named = std::ranges::find(names, "label");
        return named != names.end() ? named - names.begin() : columns - 1;
    }
    if (const auto found = std::ranges::find(names, asked); has_header && found != names.end())
        return found - names.begin();
    if (const std::optional<double> place = number_of(asked);
        place && *place >= 0 && *place < static_cast<double>(columns) && *place == std::floor(*place))
        return static_cast<std::int64_t>(*place);
    if (!has_header)
        reader.fail("there is no column {}; the table has no header, so it is 0 to {}", asked, columns - 1);
    reader.fail("there is no column \"{}\"; there are {}", asked, fmt::join(names, ", "));
}

}  // namespace

Table read_csv(const std::filesystem::path& path, const std::string& label) {
    CsvReader reader(path);
    std::vector<std::string> fields;
    if (!reader.next(fields)) user_error("{}: the file has no rows", path.string());
    if (fields.size() < 2)
        reader.fail("a row has 1 column; it needs a label and at least one number, with commas between them");
    Table table;
    const auto is_word = [](const std::string& field) { return !number_of(field); };
    // The label may be a word. A header has words for the numbers too.
    const bool has_header = std::ranges::count_if(fields, is_word) >= 2;
    if (has_header) {
        table.names = fields;
    } else {
        for (std::size_t i = 0; i < fields.size(); ++i) table.names.push_back(std::to_string(i));
    }
    table.label = label_column(reader, table.names, has_header, label);
    std::map<std::string, std::int64_t> words;
    std::vector<std::string> labels;
    bool more = has_header ? reader.next(fields) : true;
    for (; more; more = reader.next(fields)) {
        if (fields.size() != table.names.size())
            reader.fail("the row has {} columns but the first line has {}", fields.size(), table.names.size());
        for (std::size_t i = 0; i < fields.size(); ++i) {
            const std::optional<double> number = number_of(fields[i]);
            if (static_cast<std::int64_t>(i) == table.label) {
                labels.push_back(fields[i]);
                if (!number) words.emplace(fields[i], 0);
            } else if (!number) {
                reader.fail("column \"{}\" holds \"{}\", which is no finite number", table.names[i], fields[i]);
            }
            table.numbers.push_back(number.value_or(0));
        }
        ++table.rows;
    }
    if (table.rows == 0) user_error("{}: the table has a header but no rows", path.string());
    if (words.empty()) return table;
    // One word makes words of all.
    for (const std::string& each : labels) words.emplace(each, 0);
    for (auto& [word, place] : words) {
        place = std::ssize(table.words);
        table.words.push_back(word);
    }
    for (std::int64_t row = 0; row < table.rows; ++row) {
        const auto at = row * std::ssize(table.names) + table.label;
        table.numbers.begin()[at] = static_cast<double>(words.at(labels.begin()[row]));
    }
    return table;
}

}  // namespace ricci::runtime
