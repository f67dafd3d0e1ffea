/// \file frontend/model/attempt.h
/// Takes back what a layer added to its model when the layer is refused: equations, parameters, handles and numbers of
/// names. Internal.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "frontend/model/model_state.h"
#include "ir/core/rollback.h"

namespace ricci::detail {

/// Unless a result is kept, the model is as it was when this goes. Attempts may be nested.
class Attempt {
  public:
    explicit Attempt(const std::shared_ptr<ModelState>& model)
        : model_(model), graph_(model->graph), handles_(model->handles.size()), counters_(model->counters) {}
    ~Attempt() {
        if (kept_) return;
        model_->handles.erase(model_->handles.begin() + static_cast<std::ptrdiff_t>(handles_), model_->handles.end());
        model_->counters.swap(counters_);
    }
    Attempt(const Attempt&) = delete;
    Attempt& operator=(const Attempt&) = delete;

    Tensor keep(Tensor result) {
        graph_.keep();
        kept_ = true;
        return result;
    }

  private:
    std::shared_ptr<ModelState> model_;
    ir::Rollback graph_;
    std::size_t handles_;
    std::map<std::string, int> counters_;
    bool kept_ = false;
};

}  // namespace ricci::detail
