/*
 * gather.cuh: any strided job: element i of it, last dimension fastest, is found by division. Include singles.cuh and strided.h first.
 */

static __device__ __forceinline__ u32 product_above(u32 a, u32 b) { return __umulhi(a, b); }
static __device__ __forceinline__ u64 product_above(u64 a, u64 b) { return __umul64hi(a, b); }

template <typename index> static __device__ __forceinline__ index divided(index n, const ramp_axis &axis) {
    return (product_above(n, (index)axis.multiplier) + n) >> axis.shift;
}

/* Offsets are summed modulo the range of their type, in which the sum is known to fit. */
static __device__ __forceinline__ i64 extended(u32 offset) { return (int)offset; }
static __device__ __forceinline__ i64 extended(u64 offset) { return (i64)offset; }

/* Find the elements and load them, `together` at a time: as many as there are registers for. */
template <typename Function, typename index, u32 together>
static __device__ __forceinline__ void find(singles &s, const stored *x, const stored *dy, stored *y, const ramp_gather &job) {
    RAMP_UNROLLED
    for (u32 from = 0; from < RAMP_SINGLES; from += together) {
        index rest[together], to_x[together], to_dy[together], to_y[together];
        RAMP_UNROLLED
        for (u32 k = 0; k < together; k++) {
            rest[k] = (index)(s.at + (from + k) * RAMP_BLOCK);
            to_x[k] = to_dy[k] = to_y[k] = 0;
        }
        RAMP_ROLLED
        for (u32 d = 0; d < job.dims; d++) {
            const ramp_axis &axis = job.axis[d];
            const bool last = d + 1 == job.dims;
            RAMP_UNROLLED
            for (u32 k = 0; k < together; k++) {
                index quotient = last ? 0 : divided(rest[k], axis), at = rest[k] - quotient * (index)axis.size;
                if constexpr (Function::reads_x) to_x[k] += at * (index)axis.x;
                if constexpr (Function::reads_dy) to_dy[k] += at * (index)axis.dy;
                to_y[k] += at * (index)axis.y;
                rest[k] = quotient;
            }
        }
        RAMP_UNROLLED
        for (u32 k = 0; k < together; k++) {
            s.y[from + k] = y + extended(to_y[k]);
            if ((from + k) * RAMP_BLOCK >= s.left) continue;
            if constexpr (Function::reads_x) s.x[from + k] = x[extended(to_x[k])];
            if constexpr (Function::reads_dy) s.dy[from + k] = dy[extended(to_dy[k])];
        }
    }
}

template <typename Function>
static __device__ __forceinline__ void gather(const stored *x, const stored *dy, stored *y, unsigned char *mask, const ramp_params &p,
                                              const ramp_gather &job, u64 first) {
    singles s;
    begin(s, (first + blockIdx.x) * (RAMP_BLOCK * RAMP_SINGLES) + threadIdx.x, job.count);
    if (job.wide)
        find<Function, u64, RAMP_SINGLES / 4>(s, x, dy, y, job);
    else
        find<Function, u32, RAMP_SINGLES>(s, x, dy, y, job);
    if constexpr (Function::reads_mask) read_mask(s, mask);
    if constexpr (Function::writes_mask) write_mask<Function>(s, mask, p);
    finish<Function>(s, p);
}
