/// \file frontend/program/team.h
/// The thread teams of this process. Internal.
#pragma once

#include <memory>

#include "runtime/parallel/threads.h"

namespace ricci {

/// The team of so many threads, made on first use and kept as long as someone holds it. Functions and data that ask for
/// the same number share one: a training step, its evaluation and the making of batches never run at once.
std::shared_ptr<runtime::ThreadTeam> shared_team(int threads);

/// The size of the largest team that someone holds; 0 when there is none.
int largest_team();

}  // namespace ricci
