/* library.h: ops.def's rows at compile time, and a call of each op through PyTorch's dispatcher. */
#pragma once

#include "ops.h"

namespace ramp_torch {

template <int id> struct Row;

constexpr int count_params(const ramp_op_param *p, int n) {
    int count = 0;
    while (count < n && p[count].name != nullptr) count++;
    return count;
}

#define RAMP_OP(id, NAME, op_name, aliases, definition, source, differs, limit, op_saves, traits, ...)                                     \
    template <> struct Row<id> {                                                                                                           \
        static constexpr const char *name = #op_name, *name_ = #op_name "_", *backward_name = "Ramp_" #op_name "_backward";                \
        static constexpr Saves saves = op_saves;                                                                                           \
        static constexpr ramp_op_param param[] = {__VA_ARGS__};                                                                            \
        static constexpr int count = count_params(param, sizeof param / sizeof param[0]);                                                  \
    };
#include <ramp/ops.def>
#undef RAMP_OP

/* `p` has Row<id>::count values. */
template <int id> at::Tensor call(const at::Tensor &self, const double *p);
template <int id> void call_(at::Tensor &self, const double *p);

} // namespace ramp_torch
