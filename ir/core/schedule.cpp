// Schedules and their words, in one list.
#include "ir/core/schedule.h"

#include <algorithm>
#include <vector>

namespace ricci::ir {
namespace {

std::vector<ScheduleWords> make_list() {
    std::vector<ScheduleWords> list = {
        {"loops", Schedule::by(How::loops), "plain loops, one sum at a time"},
        {"register tile", Schedule::by(How::register_tile), "several sums in registers at once"},
        {"blas", Schedule::by(How::blas), "calls of BLAS"},
    };
    for (const Routine& routine : routines())
        list.push_back({"library " + std::string(routine.name), Schedule::by(routine), routine.summary});
    const auto copy = [&](std::string_view name, Copy what, std::string_view meaning) {
        list.push_back({"copy " + std::string(name), Schedule::of(what), meaning});
    };
    copy("im2col", Copy::im2col, "patches of an image, for a product of matrices");
    copy("col2im", Copy::col2im, "patches added up where they overlap, the gradient of im2col");
    copy("repack", Copy::repack, "a kernel in the order of such a product");
    copy("layout", Copy::layout, "an input in the order of axes of the program");
    copy("enter", Copy::enter, "into a batch tile");
    copy("leave", Copy::leave, "out of a batch tile");
    copy("rows", Copy::rows, "the samples of a batch tile as rows");
    return list;
}

}  // namespace

std::span<const ScheduleWords> schedules() {
    static const std::vector<ScheduleWords> list = make_list();
    return list;
}

std::string print(const Schedule& schedule) {
    if (!schedule.decided()) return "";
    return std::ranges::find(schedules(), schedule, &ScheduleWords::schedule)->text;
}

}  // namespace ricci::ir
