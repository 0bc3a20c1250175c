/*
 * table.cl: the op `table`, which stands for any op of a 16-bit type by a table of all its inputs. Comes before apply.cl.
 *
 *   forward    f(x): all inputs, which the op's own flat kernel turned into its values in place
 *   backward   each input's slope, a float; then, for each input again, its high slope (table.h): slopes.cl makes both
 *
 * The op's argument is an input's bits, and a value is an entry's: X and Y in apply.cl. A gradient is a number, and so is its argument in a CPU's strided forms, which load x as they load
 * dy.
 *
 * A table is made by the op's own functions, so that the bits are theirs. Tables are read through the caches, of which a tensor of activations touches a
 * small part.
 *
 * The build defines RAMP_TABLE, the number of entries, where the op is `table`.
 */
#if defined(RAMP_TABLE)

#if RAMP_BACKWARD
typedef float entry;
#else
typedef stored entry;
#endif

/* The parameters are hardsigmoid's, for its mask. */
typedef struct table_params {
    ramp_params of_op;
    global const entry *entries;
} table_params;

static inline table_params table_params_of(ramp_params of_op, global const entry *entries) {
    table_params p = {of_op, entries};
    return p;
}

#if defined(RAMP_RUN) && RAMP_BACKWARD
#define INDEX(x) store_real(x)
#else
#define INDEX(x) as_bits(x)
#endif

#if RAMP_BACKWARD

/* Only bf16 has slopes that are NaN where f' is not. */
#if defined(RAMP_DTYPE_BF16)
#define RAMP_HAS_REST_table_gradient 1
#endif

RAMP_FN real table_gradient(real x, real g, table_params p, int quick) {
    const uint i = INDEX(x);
    const real slope = p.entries[i];
#if defined(RAMP_HAS_REST_table_gradient)
    if (!quick && slope != slope) return table_high_product(g, p.entries[i + RAMP_TABLE]);
#endif
    return g * slope;
}

#else

RAMP_FN real table_value(real x, table_params p, int variant, int quick) { return as_real((uint)p.entries[INDEX(x)]); }

/* The bit of hardsigmoid, the one op with a table that has a mask. */
RAMP_FN int table_mask(real x, table_params p) { return hardsigmoid_mask(load_stored((stored)INDEX(x)), p.of_op); }

#endif
#endif
