// One team for each number of threads that is asked for.
#include "frontend/program/team.h"

#include <map>
#include <mutex>

#include "runtime/base/fork.h"

namespace ricci {

namespace {

struct Teams {
    runtime::ForkSafeMutex mutex;
    std::map<int, std::weak_ptr<runtime::ThreadTeam>> by_size;
};

Teams& teams() {
    static Teams all;
    return all;
}

}  // namespace

std::shared_ptr<runtime::ThreadTeam> shared_team(int threads) {
    Teams& all = teams();
    const std::scoped_lock lock(all.mutex);
    std::shared_ptr<runtime::ThreadTeam> team = all.by_size[threads].lock();
    if (!team) all.by_size[threads] = team = std::make_shared<runtime::ThreadTeam>(threads);
    return team;
}

int largest_team() {
    Teams& all = teams();
    const std::scoped_lock lock(all.mutex);
    int largest = 0;
    for (const auto& [size, team] : all.by_size) {
        if (!team.expired()) largest = size;  // sizes ascend
    }
    return largest;
}

}  // namespace ricci
