// The list of passes and the ways to run it.
#include <gtest/gtest.h>

#include <algorithm>

#include "ir/print/print.h"
#include "ir/text/parser.h"
#include "passes/check/verify_values.h"
#include "passes/pipeline.h"

namespace ricci::passes {
namespace {

using namespace ir;

constexpr std::string_view kModel =
    "ricci 1 model test\ninput x: f64[batch ?]\nparameter w: f64[] = 1\nunread[b] = x[b] + 1\n"
    "loss[] = sum(b: batch ?) x[b] * w[] * 1\ntrain loss with sgd(learning_rate = 0.1)\n";

std::string refusal(const std::vector<std::string>& names) {
    Remarks remarks;
    try {
        run_only(parse(kModel), names, {}, remarks);
    } catch (const UserError& error) {
        return error.what();
    }
    return "accepted";
}

TEST(Pipeline, StagesRiseAndEveryLineHasAReason) {
    Stage stage = Stage::model;
    for (const Pass& pass : pipeline()) {
        EXPECT_GE(pass.stage, stage) << pass.name;
        EXPECT_FALSE(pass.reason.empty()) << pass.name;
        stage = pass.stage;
    }
}

TEST(Pipeline, ReachesTheStageAndStopsThere) {
    Remarks remarks;
    EXPECT_EQ(run_to(parse(kModel), Stage::model, {}, remarks).stage, Stage::model);
    Graph step = run_to(parse(kModel), Stage::step, {}, remarks);
    EXPECT_EQ(step.stage, Stage::step);
    EXPECT_FALSE(step.training);
    EXPECT_EQ(step.updates.size(), 1U);
    EXPECT_EQ(step.find("unread"), ir::ValueId());
}

TEST(Pipeline, GoesOnFromTheStageThatATextSays) {
    Remarks remarks;
    const std::string step = print(run_to(parse(kModel), Stage::step, {}, remarks));
    EXPECT_EQ(print(run_to(parse(step), Stage::step, {}, remarks)), step);
}

TEST(Pipeline, GoesOnFromATextBetweenItsPasses) {
    Remarks remarks;
    const std::vector<std::string> first = {"differentiate"};
    const std::string halfway = print(run_only(parse(kModel), first, {}, remarks));
    EXPECT_EQ(print(run_to(parse(halfway), Stage::step, {}, remarks)),
              print(run_to(parse(kModel), Stage::step, {}, remarks)));
}

TEST(Pipeline, ShowsEachPassToTheObserver) {
    Remarks remarks;
    std::vector<std::string_view> seen;
    run_to(parse(kModel), Stage::step, {}, remarks, [&](const Pass& pass, const Graph&) { seen.push_back(pass.name); });
    ASSERT_GE(seen.size(), 5U);
    EXPECT_EQ(seen[0], "differentiate");
    EXPECT_EQ(seen[1], "apply-optimizer");
    EXPECT_EQ(seen[2], "simplify");
}

TEST(Pipeline, UnknownPassNamesNearOnes) {
    EXPECT_EQ(refusal({"simplfy"}), "unknown pass \"simplfy\"; did you mean simplify?");
    EXPECT_EQ(refusal({"vectorize"}).substr(0, 44), "unknown pass \"vectorize\"; there are apply-op");
}

TEST(VerifyValues, NamesTheElementThatChanged) {
    Graph before = parse("ricci 1 model test\ninput x: f64[feature 2]\ny[f] = x[f]\noutput y\n");
    Graph after = parse("ricci 1 model test\ninput x: f64[feature 2]\ny[f] = select(f == 1, 2, x[f])\noutput y\n");
    const std::vector<std::string> differences = value_differences(before, after, 2, 1);
    ASSERT_EQ(differences.size(), 1U);
    EXPECT_TRUE(differences[0].starts_with("y: element 1 is ") && differences[0].ends_with(" before, 2 after"))
        << differences[0];
    Remarks remarks;
    EXPECT_THROW(verify_values(before, after, "a pass", remarks), InternalError);
    EXPECT_NO_THROW(verify_values(before, before, "a pass", remarks));
}

TEST(VerifyValues, SkipsLargeGraphsWithARemark) {
    Graph large = parse("ricci 1 model test\ninput x: f64[feature 30000000]\ny[f] = x[f]\noutput y\n");
    Remarks remarks;
    verify_values(large, large, "a pass", remarks);
    ASSERT_EQ(remarks.size(), 1U);
    EXPECT_EQ(remarks[0].text, "after a pass: not checked, 30000000 points are more than 20000000");
}

}  // namespace
}  // namespace ricci::passes
