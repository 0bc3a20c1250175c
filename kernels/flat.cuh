/*
 * flat.cuh: a flat job without a mask. Include apply.cuh first.
 *
 * Where the operands' addresses are equal modulo 16, a block moves whole 16-byte vectors, a few a thread (grid.h); what is left, less than
 * a block's worth and the elements before the first boundary, goes to blocks past those, which move single elements, a block's width apart.
 * Where the addresses are not equal, all blocks do that. All loads of a thread come before its first store.
 *
 * 64 threads a block and the vectors a thread of grid.h ran fastest on an H200: with one vector too few loads are in flight (1.25 of a
 * copy), with more than two in a 16-bit type the heavy ops run out of registers; persistent grids and streaming hints did not help a plain
 * copy.
 */

/* From the first of the thread's vectors, which lie a block's width apart. */
template <bool backward, typename Function>
static __device__ __forceinline__ void by_vector(const vector *x, const vector *dy, vector *y, const ramp_params &p) {
    vector a[Function::vectors], b[Function::vectors] = {};
    RAMP_UNROLLED
    for (unsigned v = 0; v < Function::vectors; v++) {
        a[v] = x[v * RAMP_BLOCK];
        if constexpr (backward) b[v] = dy[v * RAMP_BLOCK];
    }
    RAMP_UNROLLED
    for (unsigned v = 0; v < Function::vectors; v++) {
        real e[] = RAMP_UNPACK(a[v]), g[] = RAMP_UNPACK(b[v]);
        apply<Function>(e, g, p);
        y[v * RAMP_BLOCK] = RAMP_PACK(e);
    }
}

/* From the first of the thread's elements, number i of those that are left when `vectored` ones, which follow the first `head`, are not
 * counted. There are fewer in the head than threads in a block, so that only a thread's first element can be there. */
template <bool backward, typename Function>
static __device__ __forceinline__ void by_element(const stored *x, const stored *dy, stored *y, const ramp_params &p, u64 i, u64 head,
                                                  u64 vectored, u64 count) {
    u64 at = i + vectored, left = at < count ? count - at : 0, back = i < head ? vectored : 0;
    unsigned n = left < RAMP_BLOCK * RAMP_LANES ? (unsigned)left : RAMP_BLOCK * RAMP_LANES;
    real a[RAMP_LANES] = {}, b[RAMP_LANES] = {};
    x += at, dy += at, y += at;
    RAMP_UNROLLED
    for (unsigned k = 0; k < RAMP_LANES; k++) {
        if (k * RAMP_BLOCK >= n) continue;
        a[k] = load_stored(k == 0 ? *(x - back) : x[k * RAMP_BLOCK]);
        if (backward) b[k] = load_stored(k == 0 ? *(dy - back) : dy[k * RAMP_BLOCK]);
    }
    RAMP_ROLLED
    for (unsigned k = 0; k < n; k += RAMP_BLOCK) {
        real e[] = {a[0]}, g[] = {b[0]};
        apply<Function>(e, g, p);
        *(y + k - back) = store_real(e[0]);
        back = 0;
        rotate(a, a[0]);
        rotate(b, b[0]);
    }
}

/* So few that each thread of the one block has one or none: a short way through, for which the first parameters are enough. */
template <bool backward, typename Function>
static __device__ __forceinline__ void by_thread(const stored *x, const stored *dy, stored *y, const ramp_params &p, u32 count) {
    const u32 i = threadIdx.x;
    if (i >= count) return;
    real e[] = {load_stored(x[i])}, g[] = {backward ? load_stored(dy[i]) : 0};
    apply<Function>(e, g, p);
    y[i] = store_real(e[0]);
}

/* `first` blocks were launched before this grid, for a launch may need more blocks than one grid can have; `full` of all move vectors. */
template <bool backward, typename Function>
static __device__ __forceinline__ void elementwise(const stored *x, const stored *dy, stored *y, const ramp_params &p, u64 count, u64 first,
                                                   u64 head, u64 full) {
    if (count <= RAMP_BLOCK) {
        by_thread<backward, Function>(x, dy, y, p, (u32)count);
        return;
    }
    u64 block = first + blockIdx.x;
    if (block < full) {
        u64 at = block * (RAMP_BLOCK * Function::vectors) + threadIdx.x;
        by_vector<backward, Function>((const vector *)(x + head) + at, (const vector *)(dy + head) + at, (vector *)(y + head) + at, p);
    } else {
        u64 at = (block - full) * (RAMP_BLOCK * RAMP_LANES) + threadIdx.x;
        by_element<backward, Function>(x, dy, y, p, at, head, full * (RAMP_BLOCK * Function::vectors * RAMP_LANES), count);
    }
}
