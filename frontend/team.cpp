// One team for each number of threads that is asked for.
#include "frontend/team.h"

#include <map>
#include <mutex>

namespace ricci {

std::shared_ptr<runtime::ThreadTeam> shared_team(int threads) {
    static std::mutex mutex;
    static std::map<int, std::weak_ptr<runtime::ThreadTeam>> teams;
    const std::scoped_lock lock(mutex);
    std::shared_ptr<runtime::ThreadTeam> team = teams[threads].lock();
    if (!team) teams[threads] = team = std::make_shared<runtime::ThreadTeam>(threads);
    return team;
}

}  // namespace ricci
