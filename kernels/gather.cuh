/*
 * gather.cuh: any strided job: what is number i of it, last dimension fastest, is found by division. Include masked.cuh and strided.h first.
 *
 * gather moves single elements, whatever the strides; gather_vectors moves vectors of neighbours in the last dimension (strided.h).
 */

static __device__ __forceinline__ u32 product_above(u32 a, u32 b) { return __umulhi(a, b); }
static __device__ __forceinline__ u64 product_above(u64 a, u64 b) { return __umul64hi(a, b); }

template <typename index> static __device__ __forceinline__ index divided(index n, const ramp_axis &axis) {
    return (product_above(n, (index)axis.multiplier) + n) >> axis.shift;
}

/* Offsets are summed modulo the range of their type, in which the sum is known to fit. */
static __device__ __forceinline__ i64 extended(u32 offset) { return (int)offset; }
static __device__ __forceinline__ i64 extended(u64 offset) { return (i64)offset; }

/* found(k, x, dy, y) for k = 0 to n - 1 in turn: the offsets, in elements, of n numbers a block's width apart, as many at a time as `together`
 * says and there are registers for. */
template <typename Function, typename index, u32 n, u32 together, typename Found>
static __device__ __forceinline__ void find(u64 at, const ramp_gather &job, Found found) {
    _Pragma("unroll (together == n ? n : 1)") for (u32 from = 0; from < n; from += together) {
        index rest[together], x[together], dy[together], y[together];
        RAMP_UNROLLED
        for (u32 k = 0; k < together; k++) {
            rest[k] = (index)(at + (from + k) * RAMP_BLOCK);
            x[k] = dy[k] = y[k] = 0;
        }
        RAMP_ROLLED
        for (u32 d = 0; d + 1 < job.dims; d++) {
            const ramp_axis &axis = job.axis[d];
            RAMP_UNROLLED
            for (u32 k = 0; k < together; k++) {
                index quotient = divided(rest[k], axis), part = rest[k] - quotient * (index)axis.size;
                if constexpr (Function::reads_x) x[k] += part * (index)axis.x;
                if constexpr (Function::reads_dy) dy[k] += part * (index)axis.dy;
                y[k] += part * (index)axis.y;
                rest[k] = quotient;
            }
        }
        const ramp_axis &axis = job.axis[job.dims - 1];
        RAMP_UNROLLED
        for (u32 k = 0; k < together; k++)
            found(from + k, extended(x[k] + rest[k] * (index)axis.x), extended(dy[k] + rest[k] * (index)axis.dy),
                  extended(y[k] + rest[k] * (index)axis.y));
    }
}

/* In 32 bits where they are enough. */
template <typename Function, u32 n, typename Found>
static __device__ __forceinline__ void find(u64 at, const ramp_gather &job, Found found) {
    if (job.wide)
        find<Function, u64, n, 1>(at, job, found);
    else
        find<Function, u32, n, n>(at, job, found);
}

template <typename Function>
static __device__ __forceinline__ void gather(const stored *x, const stored *dy, stored *y, unsigned char *mask, const ramp_params &p,
                                              const ramp_gather &job, u64 first) {
    const u64 at = (first + blockIdx.x) * (RAMP_BLOCK * RAMP_SINGLES) + threadIdx.x;
    const u32 left = left_of(at, job.count, RAMP_BLOCK * RAMP_SINGLES);
    stored a[RAMP_SINGLES] = {}, b[RAMP_SINGLES] = {};
    places<RAMP_SINGLES> to = {};
    u32 bits = 0;
    find<Function, RAMP_SINGLES>(at, job, [&](u32 k, i64 at_x, i64 at_dy, i64 at_y) {
        const bool is_there = k * RAMP_BLOCK < left;
        if constexpr (Function::reads_x) rotate(a, is_there ? x[at_x] : (stored)0);
        if constexpr (Function::reads_dy) rotate(b, is_there ? dy[at_dy] : (stored)0);
        rotate(to.y, y + at_y);
    });
    if constexpr (Function::reads_mask) bits = read_singles<RAMP_SINGLES>(mask, at, left);
    if constexpr (Function::writes_mask) write_singles<Function>(a, mask, at, left, p);
    finish<Function>(a, b, bits, left, RAMP_BLOCK, to, p);
}

/* An operand that is broadcast along the last dimension has one element for a vector. */
static __device__ __forceinline__ vector load_vector(const stored *from, int is_one) {
    return is_one ? RAMP_SPLAT(*from) : *(const vector *)from;
}

template <typename Function>
static __device__ __forceinline__ void gather_vectors(const stored *x, const stored *dy, stored *y, unsigned char *mask,
                                                      const ramp_params &p, const ramp_gather &job, u64 first) {
    const u64 at = (first + blockIdx.x) * (RAMP_BLOCK * RAMP_VECTORS) + threadIdx.x;
    const u32 left = left_of(at, job.count, RAMP_BLOCK * RAMP_VECTORS);
    vector a[RAMP_VECTORS] = {}, b[RAMP_VECTORS] = {};
    places<RAMP_VECTORS> to = {};
    u32 bits[RAMP_VECTORS];
    read_bits<Function>(bits, mask, at, left);
    find<Function, RAMP_VECTORS>(at, job, [&](u32 v, i64 at_x, i64 at_dy, i64 at_y) {
        vector one = RAMP_SPLAT(0), other = RAMP_SPLAT(0);
        if (v * RAMP_BLOCK < left) {
            if constexpr (Function::reads_x) one = load_vector(x + at_x, job.axis[0].x == 0);
            if constexpr (Function::reads_dy) other = load_vector(dy + at_dy, job.axis[0].dy == 0);
        }
        rotate(a, one);
        rotate(b, other);
        rotate(to.y, y + at_y);
    });
    constexpr u32 turn = Function::brief ? RAMP_VECTORS : 1;
    mask += at / RAMP_SHARES;
    RAMP_ROLLED
    for (u32 k = 0; k < RAMP_VECTORS; k += turn) {
        RAMP_UNROLLED
        for (u32 v = 0; v < turn; v++)
            finish_vector<Function>(a[v], b[v], bits[v], (k + v) * RAMP_BLOCK < left, (vector *)to.next(v),
                                    mask + (k + v) * (RAMP_BLOCK / RAMP_SHARES), p);
        advance<turn>(a);
        advance<turn>(b);
        advance<turn>(bits);
        to.template advance_by<turn>();
    }
}
