/// \file tests/cli/odd_names_test.cpp
/// Names of classes, folders and files in another encoding than UTF-8: nothing that was learned is lost for them.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/command.h"
#include "tests/runtime/png_file.h"

namespace ricci::test {
namespace {

const std::string kCafe = "caf\xE9";    // Latin-1
const std::string kShown = "caf\\xE9";  // as it is written down

/// 70 rows of 8 numbers, in two classes.
std::string table() {
    std::string text = "a,b,c,d,e,f,g,h,label\n";
    for (int i = 0; i < 70; ++i) {
        for (int k = 0; k < 8; ++k) text += std::to_string(i % 2 * 3 + (i + k) % 3) + ",";
        text += (i % 2 == 0 ? kCafe : "tea") + "\n";
    }
    return text;
}

TEST(OddNames, OfTheWordsOfATableAndOfItsFile) {
    const Shell shell;
    shell.put("c.ein", kClassifier);
    shell.put(kCafe + ".csv", table());
    const std::string data = " --data '" + kCafe + ".csv'";
    shell.output("ricci train c.ein --epochs 2 --checkpoint 'run" + kCafe + "' --save 'w" + kCafe + "' --json '" +
                 kCafe + ".json' --csv c.csv --plot c.svg" + data);
    EXPECT_EQ(nlohmann::json::parse(shell.get(kCafe + ".json"))["data"], "caf\xEF\xBF\xBD");
    EXPECT_TRUE(shell.get("c.svg").contains("c.ein on " + kShown)) << shell.get("c.svg");
    shell.output("ricci train c.ein --epochs 3 --resume 'run" + kCafe + "' --save w" + data);
    const std::string out = shell.output("ricci eval c.ein --weights w --json e.json --csv e.csv" + data);
    EXPECT_TRUE(out.contains("\n" + kShown + " ")) << out;
    EXPECT_EQ(nlohmann::json::parse(shell.get("e.json"))["classes"][0]["class"], kShown);
    EXPECT_TRUE(shell.output("ricci predict c.ein --weights w 0" + data).contains("labelled " + kShown));
}

TEST(OddNames, OfFoldersOfPictures) {
    const Shell shell;
    for (const std::string& name : {kCafe, std::string("tea")}) {
        std::filesystem::create_directories(shell / ("pictures/" + name));
        for (int i = 0; i < 14; ++i)
            shell.put("pictures/" + name + "/" + std::to_string(i) + ".png",
                      runtime::png_file({.channels = 1,
                                         .height = 16,
                                         .width = 16,
                                         .pixels = std::vector<std::uint8_t>(
                                             256, static_cast<std::uint8_t>(name == "tea" ? 200 : 10))}));
    }
    shell.output("ricci train lenet5 --data pictures --epochs 1 --save w");
    EXPECT_TRUE(shell.output("ricci eval lenet5 --weights w --data pictures").contains("\n" + kShown + " "));
}

// Exit status 70 would say that Ricci is to blame.
TEST(OddNames, OfATextAndOfWeights) {
    const Shell shell;
    shell.put(kCafe + ".ein", kClassifier);
    shell.put("t.csv", table());
    const std::string model = " '" + kCafe + ".ein'";
    shell.output("ricci train" + model + " --data t.csv --epochs 1 --save w --json t.json");
    EXPECT_EQ(nlohmann::json::parse(shell.get("t.json"))["model"], "caf\xEF\xBF\xBD.ein");
    shell.output("ricci eval" + model + " --data t.csv --weights w --json e.json");
    EXPECT_EQ(nlohmann::json::parse(shell.get("e.json"))["model"], "caf\xEF\xBF\xBD.ein");
    shell.output("ricci summary" + model + " --json s.json");
    EXPECT_EQ(nlohmann::json::parse(shell.get("s.json"))["model"], "classifier");
}

}  // namespace
}  // namespace ricci::test
