/*
 * flat.cuh: a flat job without a mask. Include apply.cuh first.
 *
 * Where the operands' addresses are equal modulo 16, threads move whole 16-byte vectors, one or a few (grid.h); what is left, and the elements before the
 * first boundary, goes to threads past those, which move single elements. Where the addresses are not equal, all threads do that. All loads of a
 * thread come before its first store.
 *
 * In the flat form, which is for long jobs, 64 threads a block and the vectors a thread of grid.h ran fastest on an H200: larger blocks took 1.00 to 1.03 of
 * it; with more vectors than two in a 16-bit type the heavy ops run out of registers; persistent grids and streaming hints did not help a plain copy.
 * The spread form is for brief ops, which took 1.007 of it with two vectors and 64 threads, and for what fits a GPU's caches: a thread's elements
 * come one after the other there, and few threads wait longer. It is a kernel of its own, for both in one took more registers than either.
 */

/* From the first of the thread's vectors, which lie a block's width apart. */
template <bool backward, typename Function, u32 vectors>
static __device__ __forceinline__ void by_vector(const vector *x, const vector *dy, vector *y, const ramp_params &p) {
    vector a[vectors], b[vectors] = {};
    RAMP_UNROLLED
    for (u32 v = 0; v < vectors; v++) {
        a[v] = x[v * RAMP_BLOCK];
        if constexpr (backward) b[v] = dy[v * RAMP_BLOCK];
    }
    RAMP_UNROLLED
    for (u32 v = 0; v < vectors; v++) {
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

/* Blocks past the `full` ones move single elements. */
template <bool backward, typename Function>
static __device__ __forceinline__ void flat(const stored *x, const stored *dy, stored *y, const ramp_params &p, const ramp_flat &job) {
    u64 block = job.first + blockIdx.x;
    if (block < job.full) {
        u64 at = block * (RAMP_BLOCK * Function::vectors) + threadIdx.x;
        by_vector<backward, Function, Function::vectors>((const vector *)(x + job.head) + at, (const vector *)(dy + job.head) + at,
                                                         (vector *)(y + job.head) + at, p);
    } else {
        u64 at = (block - job.full) * (RAMP_BLOCK * RAMP_LANES) + threadIdx.x;
        by_element<backward, Function>(x, dy, y, p, at, job.head, job.full * (RAMP_BLOCK * Function::vectors * RAMP_LANES), job.count);
    }
}

/* Threads past the `full` ones have an element before the first boundary, or after the last vector; where no thread has a vector, RAMP_LANES elements as in the
 * flat form, or one: a short way through, for which the first parameters are enough. */
template <bool backward, typename Function>
static __device__ __forceinline__ void spread(const stored *x, const stored *dy, stored *y, const ramp_params &p, const ramp_flat &job) {
    u64 at = blockIdx.x * RAMP_BLOCK + threadIdx.x;
    if (!job.is_single) {
        const u64 thread = (job.first + blockIdx.x) * blockDim.x + threadIdx.x;
        if (thread < job.full) {
            by_vector<backward, Function, 1>((const vector *)(x + job.head) + thread, (const vector *)(dy + job.head) + thread,
                                             (vector *)(y + job.head) + thread, p);
            return;
        }
        if (Function::brief && job.full == 0) {
            at = thread / RAMP_BLOCK * (RAMP_BLOCK * RAMP_LANES) + thread % RAMP_BLOCK;
            by_element<backward, Function>(x, dy, y, p, at, 0, 0, job.count);
            return;
        }
        at = thread - job.full;
        if (at >= job.head) at += job.full * RAMP_LANES;
    }
    if (at >= job.count) return;
    real e[] = {load_stored(x[at])}, g[] = {backward ? load_stored(dy[at]) : 0};
    apply<Function>(e, g, p);
    y[at] = store_real(e[0]);
}
