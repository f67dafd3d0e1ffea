/// \file runtime/base/environment.h
/// Variables of the environment for the time in which a library is loaded that reads them. Internal.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ricci::runtime {

/// While it lives these variables are set, save those that the environment has already; then it is as it was.
///
/// setenv() may move what another thread is reading by getenv(). This puts a whole list in place of the other instead,
/// which stays in memory for good, so readers always see one of the two. A variable that another thread sets meanwhile
/// stays set if its setenv() came after this list.
class WithVariables {
  public:
    explicit WithVariables(const std::vector<std::pair<std::string, std::string>>& variables);
    ~WithVariables();
    WithVariables(const WithVariables&) = delete;
    WithVariables& operator=(const WithVariables&) = delete;

  private:
    std::vector<std::string> added_;  // names
    char** before_;
    char** own_ = nullptr;
};

}  // namespace ricci::runtime
