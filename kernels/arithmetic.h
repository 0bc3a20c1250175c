/*
 * arithmetic.h: sums, products and quotients that are right, or whose error is known and carried. Include dialect.h first.
 *
 * A quotient is rounded correctly in three steps: a first guess whose residual an fma gives exactly; that residual divided by a reciprocal
 * a little too large and one a little too small, which brackets the true value between two results, nearly always one and the same; and
 * where they are two neighbours, a choice by the residual of their midpoint, which is exact.
 */

#if RAMP_BITS == 64
#define RAMP_RECIPROCAL    0x7fde000000000000u
#define RAMP_DOUBT         0x1p-50 /* above the relative error of a residual and its division, 3 / 2^54, and that of a reciprocal */
#define RAMP_NEAR          0x1p240 /* numbers from 1 / NEAR to NEAR leave a quotient's terms all the room that they need */
#define RAMP_SHIFT         0x1p512 /* a quarter of the range */
#define RAMP_HALF_SHIFT    0x1p256
#define RAMP_LARGEST_POWER 0x1p1023
#define RAMP_STEEP         0x1p384 /* softsign: above it f' is so small that it is kept scaled */
#define RAMP_STEEP_DOWN    0x1p-768
#else
#define RAMP_RECIPROCAL    0x7ef00000u
#define RAMP_DOUBT         0x1p-21f
#define RAMP_NEAR          0x1p30f
#define RAMP_SHIFT         0x1p64f
#define RAMP_HALF_SHIFT    0x1p32f
#define RAMP_LARGEST_POWER 0x1p127f
#define RAMP_STEEP         0x1p48f
#define RAMP_STEEP_DOWN    0x1p-96f
#endif

#if RAMP_BITS == 64
#define RAMP_INFINITY as_real((bits)0x7ff0000000000000u)
#define RAMP_SIXTH    0x1.5555555555555p-3
#define RAMP_SIXTH_LO 0x1.5555555555555p-57
#else
#define RAMP_INFINITY as_real((bits)0x7f800000u)
#define RAMP_SIXTH    0x1.555556p-3f
#define RAMP_SIXTH_LO -0x1.555556p-28f
#endif

typedef struct real_pair {
    real hi, lo; /* stands for hi + lo, unevaluated; |lo| <= ulp(hi) / 2 */
} real_pair;

RAMP_FN real size_of(real x) { return real_abs(x); }

/* y, which is 0 or above or has the sign of x already: the sign of a zero is what this is for. */
RAMP_FN real with_sign_of(real y, real x) { return as_real(as_bits(y) | (as_bits(x) & RAMP_SIGN_BIT)); }

/* a + b without error, in any order of size (Knuth). */
RAMP_FN real_pair two_sum(real a, real b) {
    real_pair s;
    s.hi = a + b;
    real b_part = s.hi - a;
    s.lo = (a - (s.hi - b_part)) + (b - b_part);
    return s;
}

/* The same where |a| >= |b| (Dekker). */
RAMP_FN real_pair two_sum_ordered(real a, real b) {
    real_pair s;
    s.hi = a + b;
    s.lo = b - (s.hi - a);
    return s;
}

/* 1 / b within 2 ulp, for b > 0 whose reciprocal is normal: cheaper than a division, and what is made of it is corrected anyway. Taking the
 * bits from a constant is within 7 %; each step then cubes the error. */
RAMP_FN real near_reciprocal(real b) {
    real r = as_real(RAMP_RECIPROCAL - as_bits(b));
    real e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
    e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
#if RAMP_BITS == 64
    e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
#endif
    return r;
}

/* The same for b within 1 to 2, and within 2^-19 unless `sharp`, a constant: what is made of it takes its error out to first order, which is enough where
 * no step of the result is smaller than that error's square. (f64: within 2 ulp.) */
RAMP_FN real near_reciprocal_1_to_2(real b, int sharp) {
#if RAMP_BITS == 64
    real r = real_fma(b, real_fma(b, K(0x1.4afd64a72d0bdp-2), K(-0x1.745d141b0a56dp0)), K(0x1.0f83e057d7b94p1));
    real e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
    (void)sharp;
#else
    real rough = real_fma(b, real_fma(b, K(0x1.4afd7ap-2), K(-0x1.745d24p0)), K(0x1.0f83e6p1));
    real better = real_fma(b, real_fma(b, real_fma(b, K(-0x1.c65256p-3), K(0x1.54bdcap0)), K(-0x1.783c44p1)), K(0x1.6a09bap1));
    real r = sharp ? better : rough, e;
#endif
    e = real_fma(-b, r, K(1.0));
    return real_fma(r, real_fma(e, e, e), r);
}

/* The same for b within 0.7 to 2.42 and within 2^-17, never above 1 / b by more than a rounding: 1 - b r is the fourth power of what it was. (f64: within
 * 2 ulp.) */
RAMP_FN real near_reciprocal_around_1(real b) {
    real r = real_fma(b, real_fma(b, K(0x1.5d5bdep-2), K(-0x1.98bff6p0)), K(0x1.2699e8p1));
    real e = real_fma(-b, r, K(1.0));
    r = real_fma(r, e, r);
    r = real_fma(r, e * e, r);
#if RAMP_BITS == 64
    e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
#endif
    return r;
}

/* The same within 2^-15 (f64: 2^-30), for what takes its error out to first order. */
RAMP_FN real rough_reciprocal(real b) {
    real r = as_real(RAMP_RECIPROCAL - as_bits(b)), e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, real_fma(e, e, e), e), r);
#if RAMP_BITS == 64
    r = real_fma(r, real_fma(-b, r, K(1.0)), r);
#endif
    return r;
}

/* a / b within a few ulp, for b as near_reciprocal takes it. */
RAMP_FN real near_quotient(real a, real b) {
#if RAMP_BITS == 64
    real r = near_reciprocal(b), q = a * r;
#else
    real r = as_real(RAMP_RECIPROCAL - as_bits(b)), e = real_fma(-b, r, K(1.0));
    r = real_fma(r, real_fma(e, e, e), r);
    real q = a * r;
#endif
    return real_fma(real_fma(-q, b, a), r, q);
}

/* Of two neighbours, under <= over, the one nearer to the true value: `residual` has the sign of (true value - midpoint). At the midpoint
 * the even one. */
RAMP_FN real nearer(real under, real over, real residual) {
    int up = residual == K(0.0) ? (int)(as_bits(under) & 1u) : residual > K(0.0);
    return up ? over : under;
}

/* (a.hi + a.lo) / b, correctly rounded, a.hi >= 0, b > 0, where no term below overflows or underflows. The first guess is low, so that the
 * correction is positive. No way out before the choice: where b is a small integer every tenth quotient may be a midpoint. */
RAMP_FN real quotient_of_sum(real_pair a, real b) {
    real reciprocal = near_reciprocal(b);
    real q = a.hi * (reciprocal * (K(1.0) - RAMP_DOUBT));
    real c = real_fma(-q, b, a.hi) + a.lo;
    real over = real_fma(c, reciprocal * (K(1.0) + RAMP_DOUBT), q);
    real under = real_fma(c, reciprocal * (K(1.0) - RAMP_DOUBT), q);
    real residual = real_fma(-over, b, a.hi) + real_fma(-under, b, a.hi);
    return nearer(under, over, real_fma(K(2.0), a.lo, residual));
}

/* (a.hi + a.lo) / (b.hi + b.lo), likewise. */
RAMP_FN real quotient_of_sums(real_pair a, real_pair b, int quick) {
    real reciprocal = near_reciprocal(b.hi);
    real q = a.hi * reciprocal;
    real c = real_fma(-q, b.lo, real_fma(-q, b.hi, a.hi) + a.lo);
    real y = real_fma(c, reciprocal * (K(1.0) + RAMP_DOUBT), q);
    real n = real_fma(c, reciprocal * (K(1.0) - RAMP_DOUBT), q);
    RAMP_RETURN_IF(quick, y == n, y);
    real over = y > n ? y : n;
    real under = y > n ? n : y;
    real product = under * b.lo;
    real_pair rest = two_sum(a.lo, -product);
    real residual = real_fma(K(2.0), rest.hi, real_fma(-over, b.hi, a.hi) + real_fma(-under, b.hi, a.hi));
    residual = real_fma(K(2.0), rest.lo - real_fma(under, b.lo, -product), residual);
    residual = real_fma(under - over, b.lo, residual);
    return nearer(under, over,
                  residual == K(0.0) && product == K(0.0) ? -b.lo : residual); /* a product too small for any number still has a sign */
}

/* What 1 / (d.hi + d.lo) is more than r, which is near it. */
RAMP_FN real reciprocal_rest(real r, real_pair d) { return r * real_fma(-r, d.lo, real_fma(-r, d.hi, K(1.0))); }

/* 1 / (d.hi + d.lo)^2, as a pair: squared from a reciprocal r of d.hi, whose error is carried. */
RAMP_FN real_pair inverse_square(real_pair d, real r) {
    real r_lo = reciprocal_rest(r, d);
    real_pair square;
    square.hi = r * r;
    square.lo = real_fma(K(2.0) * r, r_lo, real_fma(r, r, -square.hi));
    return square;
}

/* ---- Pairs ---- */

RAMP_FN real_pair pair_of(real hi, real lo) {
    real_pair p = {hi, lo};
    return p;
}

/* A choice between numbers, not between structures: compilers turn that one into a select. */
RAMP_FN real_pair pair_if(int condition, real_pair a, real_pair b) { return pair_of(condition ? a.hi : b.hi, condition ? a.lo : b.lo); }

RAMP_FN real_pair negative_of(real_pair a) { return pair_of(-a.hi, -a.lo); }

/* |a| */
RAMP_FN real_pair pair_size(real_pair a) { return pair_of(size_of(a.hi), as_real(as_bits(a.lo) ^ (as_bits(a.hi) & RAMP_SIGN_BIT))); }

/* a * b, to twice the type's bits. */
RAMP_FN real_pair product_of(real a, real b) {
    real_pair p;
    p.hi = a * b;
    p.lo = real_fma(a, b, -p.hi);
    return p;
}

/* a + b * c likewise, where |a| >= |b * c| or a is 0. */
RAMP_FN real_pair sum_with_product(real a, real b, real c) {
    real_pair s;
    s.hi = real_fma(b, c, a);
    s.lo = real_fma(b, c, a - s.hi);
    return s;
}

RAMP_FN real_pair product_of_pairs(real_pair a, real_pair b) {
    real_pair p;
    p.hi = a.hi * b.hi;
    p.lo = real_fma(a.hi, b.hi, -p.hi) + real_fma(a.hi, b.lo, a.lo * b.hi);
    return p;
}

/* n / d to a few bits more than the type has, r near 1 / d.hi; hi and lo may overlap. d.hi within 1/4 to 2^53. */
RAMP_FN real_pair quotient_of_pairs(real_pair n, real_pair d, real r) {
    real_pair q;
    q.hi = n.hi * r;
    q.lo = (real_fma(-q.hi, d.lo, real_fma(-q.hi, d.hi, n.hi)) + n.lo) * r;
    return q;
}

/* The same as one number, rounded once. */
RAMP_FN real rounded_quotient(real_pair n, real_pair d, real r) {
    real q = n.hi * r;
    return real_fma(real_fma(-q, d.lo, real_fma(-q, d.hi, n.hi)) + n.lo, r, q);
}

/* a + b, where |a.hi| >= |b.hi| or a.hi is 0. */
RAMP_FN real_pair sum_of_pairs_ordered(real_pair a, real_pair b) {
    real_pair s = two_sum_ordered(a.hi, b.hi);
    s.lo += a.lo + b.lo;
    return s;
}

/* a * b, rounded to one number. */
RAMP_FN real rounded_product(real_pair a, real_pair b) { return real_fma(a.hi, b.hi, real_fma(a.hi, b.lo, a.lo * b.hi)); }

/* x * f, rounded to one number; where x is tiny it is lifted first, or the product with f.lo would round too. */
RAMP_FN real product_with_pair(real x, real_pair f) {
    int tiny = x < K(1.0) / RAMP_NEAR && x > K(-1.0) / RAMP_NEAR;
    real lifted = x * (tiny ? RAMP_SHIFT : K(1.0));
    return real_fma(lifted, f.hi, lifted * f.lo) * (tiny ? K(1.0) / RAMP_SHIFT : K(1.0));
}
