/// \file frontend/ricci.h
/// Everything a user of Ricci includes, as <ricci.h>.
#pragma once

#include "frontend/layers/layers.h"
#include "frontend/model/axes.h"
#include "frontend/model/initializer.h"
#include "frontend/model/model.h"
#include "frontend/model/parameters.h"
#include "frontend/models/classifier.h"
#include "frontend/models/lenet5.h"
#include "frontend/notation/arithmetic.h"
#include "frontend/notation/notation.h"
#include "frontend/notation/scalar_terms.h"
#include "frontend/program/compile.h"
#include "frontend/program/optimizer.h"
#include "frontend/program/program.h"
#include "frontend/train/data.h"
#include "frontend/train/trainer.h"
