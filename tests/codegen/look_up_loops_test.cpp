// Loops of look-ups: what plan-loops chooses, what a person may change, and what is refused with the reason.
#include <gtest/gtest.h>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/pipeline.h"
#include "tests/codegen/equations.h"
#include "tests/codegen/loops_refusal.h"

namespace ricci::testing {
namespace {

/// Rows that are read, and rows that are added to.
constexpr const char* kRows = R"(ricci 1 kernels net
input ids: i32[batch ?, time 8]
input E: f32[vocab 65, feature 40]
input g: f32[batch ?, time 8, feature 40]
kernel e() {
e: f32[batch ?, time 8, feature 40]
e[b, t, f] = sum(v: vocab 65) select(ids[b, t] == i32(v), E[v, f], 0)
}
kernel d() {
d: f32[vocab 65, feature 40]
d[v, f] = sum(b: batch ?, t: time 8) select(ids[b, t] == i32(v), g[b, t, f], 0)
}
output e
output d
)";

constexpr const char* kRead = "    for (b, t), vector f of 16:\n        compute e over lookup v\n";
constexpr const char* kWrite = "    for lookup v, vector f of 16:\n        compute d over (b, t)\n";

std::string loops_of(const std::string& text) {
    passes::Remarks remarks;
    return ir::print(passes::run_to(ir::parse(text), ir::Stage::loops, {}, remarks));
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part << " is not in\n" << text;
    return at == std::string::npos ? text : text.replace(at, part.size(), other);
}

/// With the loops above, whatever the machine of this test has.
std::string rows() {
    std::string text = loops_of(kRows);
    for (const char* const loops : {kRead, kWrite}) {
        const std::string compute = loops == kRead ? "compute e" : "compute d";
        const std::size_t begin = text.rfind("    for ", text.find(compute));
        const std::size_t end = text.find('\n', text.find(compute)) + 1;
        text.replace(begin, end - begin, loops);
    }
    return text;
}

TEST(LookUpLoops, AreChosenForRowsThatIdsSay) {
    const std::string text = loops_of(kRows);
    EXPECT_NE(text.find("over lookup v"), std::string::npos) << text;
    EXPECT_NE(text.find("for lookup v, "), std::string::npos) << text;
    EXPECT_NE(text.find("kernel e() split b {"), std::string::npos) << text;
    EXPECT_NE(text.find("kernel d() split v {"), std::string::npos) << text;
    EXPECT_EQ(ir::print(ir::parse(text)), text);
}

TEST(LookUpLoops, ChangeTheCodeAndNotTheValues) {
    const std::string base = rows();
    const std::vector<std::pair<const char*, const char*>> changes = {
        {kRead, kRead},
        {kRead, "    for (b, t), vector f of 8:\n        compute e over lookup v\n"},
        {kRead, "    for (b, t), f:\n        compute e over lookup v\n"},
        {kRead, "    for f, (b, t):\n        compute e over lookup v\n"},
        {kRead, "    for b, unrolled t, vector f of 16:\n        compute e over lookup v\n"},
        {kRead, "    for (b, t), vector f of 16:\n        compute e over v\n"},  // every position compared
        {kWrite, "    for lookup v, f:\n        compute d over (b, t)\n"},
        {kWrite, "    for lookup v, vector f of 8:\n        compute d over b, t\n"},
        {kWrite, "    for v, vector f of 16:\n        compute d over (b, t)\n"},
    };
    for (const auto& [part, other] : changes) {
        const std::string text = with(base, part, other);
        SCOPED_TRACE(text);
        expect_equal_to_interpreter(text, {.only_outputs = true, .own_loops = true});
    }
    expect_equal_to_interpreter(with(with(base, " split v", ""), kWrite, "    for f, lookup v:\n        compute d over t, b\n"),
                                {.only_outputs = true, .own_loops = true});
}

TEST(LookUpLoops, ThatCannotBeAreRefusedWithTheReason) {
    const std::string base = rows();
    const auto refused = [&](const char* part, const std::string& other) { return refusal(with(base, part, other)); };
    EXPECT_EQ(refused(kRead, "    for lookup (b, t), vector f of 16:\n        compute e over v\n"),
              "V24 kernel e: loops of e: (b, t) is not looked up: its equation compares no id with it");
    EXPECT_EQ(refused(kRead, "    for f, vector (b, t) of 16:\n        compute e over lookup v\n"),
              "V24 kernel e: loops of e: no vector lies along (b, t): an id depends on it, and a vector has one row at a time");
    EXPECT_EQ(refused(kRead, "    for (b, t), f:\n        compute e over lookup vector v of 16\n"),
              "V24 kernel e: loops of e: no vector lies along v: it is looked up, and has one point at a time");
    EXPECT_EQ(refused(kRead, "    for (b, t), f:\n        compute e over lookup unrolled v\n"),
              "V24 kernel e: loops of e: loop v is looked up, and has one point: it is not unrolled");
    EXPECT_EQ(refused(kRead, "    for (b, t), vector f of 16:\n        compute e in registers over lookup v\n"),
              "V24 kernel e: loops of e: v is looked up: only plain loops do that");
    EXPECT_EQ(refused(kWrite, "    for lookup v, f:\n        compute d over vector (b, t) of 16\n"),
              "V24 kernel d: loops of d: no vector lies along (b, t): an id depends on it, and a vector has one row at a time");
}

}  // namespace
}  // namespace ricci::testing
