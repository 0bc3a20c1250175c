/*
 * apply.cuh: an op applied to a few elements that a thread holds. Include vectors.cuh first.
 *
 * What a kernel computes is a Function, one for each op, kind and variant (elementwise.cu). It has its kind, and
 *   quick(x, g, p), in_full(x, g, p)   the result of one element: see RAMP_RETURN_IF in dialect.h; not where it reads a mask
 *   bit(x, p)                          where it writes a mask
 *   slope(bit, g, p)                   the result where it reads one
 *   entry(x, g, p)                     where some elements are looked up: such a one's result
 */
#define RAMP_UNROLLED _Pragma("unroll")
#define RAMP_ROLLED   _Pragma("unroll 1")

/* What a kind reads and writes beside y. has_rest: RAMP_LEAVES. two_slopes: the gradient leaves none whatever is said. brief: the op's formulas are so short that
 * they may stand in a kernel many times. times: RAMP_TIMES. */
template <ramp_kind kind, bool has_rest, bool two_slopes, bool is_brief, u32 times = 1> struct of_kind {
    static constexpr bool reads_x = kind != RAMP_KIND_BACKWARD_MASK;
    static constexpr bool reads_dy = kind == RAMP_KIND_BACKWARD || kind == RAMP_KIND_BACKWARD_OUTPUT || kind == RAMP_KIND_BACKWARD_MASK;
    static constexpr bool reads_mask = kind == RAMP_KIND_BACKWARD_MASK;
    static constexpr bool writes_mask = kind == RAMP_KIND_FORWARD_MASK;
    static constexpr bool settled = (two_slopes && reads_dy) || !has_rest;
    static constexpr bool brief = is_brief;
    static constexpr u32 looked_up = 0;                  /* of a vector's elements: the others are computed: table.cuh */
    static constexpr u32 vectors = RAMP_VECTORS * times; /* a thread, in the flat form without a mask */
};

/* The first out, the others down, one more in: a loop that does so for every element meets each at index 0, and needs its body only once.
 * The indices are constants, so that an array stays in registers. */
template <typename T, unsigned n> static __device__ __forceinline__ void rotate(T (&array)[n], T in) {
    RAMP_UNROLLED
    for (unsigned k = 1; k < n; k++) array[k - 1] = array[k];
    array[n - 1] = in;
}

/* Where a result is NaN, one element in a million and true NaNs, it is made again in full. */
template <typename Function, unsigned n>
static __device__ __forceinline__ void mend(real (&y)[n], real (&e)[n], real (&g)[n], const ramp_params &p) {
    bool left = false;
    RAMP_UNROLLED
    for (unsigned k = 0; k < n && !Function::settled; k++) left |= y[k] != y[k];
    if (left && Function::brief) {
        RAMP_UNROLLED
        for (unsigned k = 0; k < n; k++)
            if (y[k] != y[k]) y[k] = Function::in_full(e[k], g[k], p);
    } else if (left) {
        RAMP_ROLLED
        for (unsigned k = 0; k < n; k++) {
            real again = y[0] != y[0] ? Function::in_full(e[0], g[0], p) : y[0];
            rotate(y, again);
            rotate(e, e[0]);
            rotate(g, g[0]);
        }
    }
}

/* Apply to elements e with gradients g: all in the quick form, without a branch, which leaves NaN what it cannot do. */
template <typename Function, unsigned n> static __device__ __forceinline__ void apply(real (&e)[n], real (&g)[n], const ramp_params &p) {
    real y[n];
    RAMP_UNROLLED
    for (unsigned k = 0; k < n; k++) {
        if constexpr (Function::looked_up > 0)
            y[k] = k * Function::looked_up % RAMP_LANES < Function::looked_up ? Function::entry(e[k], g[k], p)
                                                                              : Function::quick(e[k], g[k], p);
        else
            y[k] = Function::quick(e[k], g[k], p);
    }
    mend<Function>(y, e, g, p);
    RAMP_UNROLLED
    for (unsigned k = 0; k < n; k++) e[k] = y[k];
}

/* The mask's bits of elements e. */
template <typename Function, unsigned n> static __device__ __forceinline__ u32 bits_of(const real (&e)[n], const ramp_params &p) {
    u32 bits = 0;
    RAMP_UNROLLED
    for (unsigned k = 0; k < n; k++) bits |= Function::bit(e[k], p) ? 1u << k : 0;
    return bits;
}

/* Any kind: into e. bits: the mask's, where it reads one. */
template <typename Function, unsigned n>
static __device__ __forceinline__ void compute(real (&e)[n], real (&g)[n], u32 bits, const ramp_params &p) {
    if constexpr (Function::reads_mask) {
        RAMP_UNROLLED
        for (unsigned k = 0; k < n; k++) e[k] = Function::slope(bits >> k & 1, g[k], p);
    } else
        apply<Function>(e, g, p);
}

/* All of an array on by `step`: a loop that does so meets all elements at the first few indices, too. */
template <unsigned step, typename T, unsigned n> static __device__ __forceinline__ void advance(T (&array)[n]) {
    RAMP_UNROLLED
    for (unsigned k = step; k < n; k++) array[k - step] = array[k];
}

/* Where a thread's results go, one after the other: to equal distances, or each to its own place, of which k says how many have been taken
 * since the last advance. */
struct run {
    stored *y;
    i64 stride;
    __device__ __forceinline__ stored *next(u32) {
        y += stride;
        return y - stride;
    }
    template <unsigned> __device__ __forceinline__ void advance_by() {}
};

template <unsigned n> struct places {
    stored *y[n];
    __device__ __forceinline__ stored *next(u32 k) { return y[k]; }
    template <unsigned step> __device__ __forceinline__ void advance_by() { advance<step>(y); }
};

#define RAMP_TURN 4 /* elements that are worked on at once, where an op is not brief: enough to hide each other's latency */

/* n single elements, of which the thread has those with k * step < left. Bit k of bits is the mask's. */
template <typename Function, unsigned n, typename To>
static __device__ __forceinline__ void finish(stored (&x)[n], stored (&dy)[n], u32 bits, u32 left, u32 step, To to, const ramp_params &p) {
    constexpr u32 turn = Function::brief || n < RAMP_TURN ? n : RAMP_TURN;
    RAMP_ROLLED
    for (u32 k = 0; k < left; k += step * turn) {
        real e[turn], g[turn];
        RAMP_UNROLLED
        for (u32 j = 0; j < turn; j++) e[j] = load_stored(x[j]), g[j] = load_stored(dy[j]);
        compute<Function>(e, g, bits, p);
        RAMP_UNROLLED
        for (u32 j = 0; j < turn; j++) {
            stored *y = to.next(j);
            if (k + j * step < left) *y = store_real(e[j]);
        }
        if (turn == n) break;
        advance<turn>(x);
        advance<turn>(dy);
        bits >>= turn % 32;
        to.template advance_by<turn>();
    }
}
