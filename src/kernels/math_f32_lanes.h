/* math_f32_lanes.h: the functions of math_f32.h, one body for all levels; the includer has included a lanes_*.h.
 *
 * exp, sigmoid and tanh are computed in float with explicit fma, everything else in double with plain operations and
 * rounded once. No branch depends on data: special cases are selections at the end. The coefficients are minimax fits
 * of the functions named beside them (Sollya: fpminimax, remez), relative error as stated. Functions in double are there
 * once and called for each half of the floats.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef OCT_MATH_F32_LANES_H
#define OCT_MATH_F32_LANES_H

/* ---- in float ---- */

/* x = k*ln2 + r with integer k and |r| <= ln2/2, |x| < 2^8: returns t = e^r - 1. *magic = 1.5*2^23 + k, *tail is what
 * the last rounding of t lost. */
OCT_INLINE vf v_expm1_core(vf x, vf *magic, vf *tail)
{
    const vf shift = vf_set(0x1.8p23f);
    *magic = vf_fma(x, vf_set(0x1.715476p0f), shift); /* log2(e) */
    vf k = vf_sub(*magic, shift);
    vf r = vf_fma(k, vf_set(-0x1.62e4p-1f), x);       /* ln2, upper 15 bits: the product is exact */
    r = vf_fma(k, vf_set(-0x1.7f7d1cp-20f), r);       /* ln2, the rest */
    /* (e^r - 1 - r) / r^2, 2^-27.8 */
    vf q = vf_set(0x1.a262b4p-13f);
    q = vf_fma(q, r, vf_set(0x1.6d2e08p-10f));
    q = vf_fma(q, r, vf_set(0x1.110ff4p-7f));
    q = vf_fma(q, r, vf_set(0x1.555502p-5f));
    q = vf_fma(q, r, vf_set(0x1.555556p-3f));
    q = vf_fma(q, r, vf_set(0.5f));
    vf r2 = vf_mul(r, r), t = vf_fma(r2, q, r);
    *tail = vf_fma(r2, q, vf_sub(r, t));
    return t;
}

OCT_INLINE vf v_exp(vf x)
{
    x = vf_min(vf_set(89.0f), vf_max(vf_set(-104.0f), x)); /* e^89 overflows; e^-104 is below half the smallest float */
    vf magic, tail, p = vf_add(vf_set(1.0f), v_expm1_core(x, &magic, &tail));
    /* 2^k in two factors, the first far from both ends of the range */
    vm up = vf_gt(x, vf_set(0.0f));
    vf scaled = vf_mul(p, vf_select(up, vf_pow2(magic, -64), vf_pow2(magic, 64)));
    return vf_mul(scaled, vf_select(up, vf_set(0x1p64f), vf_set(0x1p-64f)));
}

/* (a + a_tail) / (d + d_tail), one division and one correction */
OCT_INLINE vf v_divide(vf a, vf a_tail, vf d, vf d_tail)
{
    vf inverse = vf_div(vf_set(1.0f), d), q = vf_mul(a, inverse);
    vf rest = vf_fma(vf_neg(q), d, a);
    rest = vf_add(rest, vf_fma(vf_neg(q), d_tail, a_tail));
    return vf_fma(rest, inverse, q);
}

/* With z = e^-|x|: 1/(1+z) or z/(1+z). */
OCT_INLINE vf v_sigmoid(vf x)
{
    const vf one = vf_set(1.0f), zero = vf_set(0.0f);
    vf magic, unused, t = v_expm1_core(vf_max(vf_set(-104.0f), vf_neg(vf_abs(x))), &magic, &unused);
    vf p = vf_add(one, t), p_tail = vf_sub(t, vf_sub(p, one));
    vf scale = vf_mul(vf_pow2(magic, 64), vf_set(0x1p-64f)); /* exact, subnormal below 2^-126, 0 for 2^-150 */
    vf z = vf_mul(p, scale), z_tail = vf_mul(p_tail, scale);
    vf d = vf_add(one, z), d_tail = vf_add(vf_sub(z, vf_sub(d, one)), z_tail);
    vm negative = vf_lt(x, zero);
    return v_divide(vf_select(negative, z, one), vf_select(negative, z_tail, zero), d, d_tail);
}

/* With m = e^(-2|x|) - 1: -m/(2+m) with the sign of x. */
OCT_INLINE vf v_tanh(vf x)
{
    const vf one = vf_set(1.0f), two = vf_set(2.0f);
    vf magic, tail, t = v_expm1_core(vf_max(vf_set(-40.0f), vf_mul(vf_set(-2.0f), vf_abs(x))), &magic, &tail);
    vf scale = vf_pow2(magic, 0), base = vf_sub(scale, one), base_tail = vf_sub(scale, vf_add(base, one));
    vf m = vf_fma(scale, t, base), m_tail = vf_fma(scale, tail, vf_add(vf_fma(scale, t, vf_sub(base, m)), base_tail));
    vf d = vf_add(two, m), d_tail = vf_add(vf_sub(m, vf_sub(d, two)), m_tail);
    return vf_copysign(v_divide(m, m_tail, d, d_tail), x);
}

/* ---- in double; arguments are floats ---- */

/* As v_expm1_core; *magic = 1.5*2^52 + k, |x| <= 200. */
OCT_INLINE vd d_expm1_core(vd x, vd *magic)
{
    const vd shift = vd_set(0x1.8p52);
    *magic = vd_add(vd_mul(x, vd_set(0x1.71547652b82fep0)), shift);
    vd r = vd_sub(x, vd_mul(vd_sub(*magic, shift), vd_set(0x1.62e42fefa39efp-1)));
    /* (e^r - 1 - r) / r^2, 2^-34.2 */
    vd q = vd_set(0x1.a06ce086d6b6fp-16);
    q = vd_add(vd_mul(q, r), vd_set(0x1.a15147918b91dp-13));
    q = vd_add(vd_mul(q, r), vd_set(0x1.6c16fd586992fp-10));
    q = vd_add(vd_mul(q, r), vd_set(0x1.1110c6532387ap-7));
    q = vd_add(vd_mul(q, r), vd_set(0x1.5555553161b41p-5));
    q = vd_add(vd_mul(q, r), vd_set(0x1.5555556742736p-3));
    q = vd_add(vd_mul(q, r), vd_set(0x1.0000000004996p-1));
    return vd_add(r, vd_mul(vd_mul(r, r), q));
}

/* to -200..200, where e^x is far outside float already; a NaN stays */
OCT_INLINE vd d_clamp_exponent(vd x)
{
    return vd_min(vd_set(200.0), vd_max(vd_set(-200.0), x));
}

OCT_ONCE vd d_exp(vd x)
{
    vd magic, t = d_expm1_core(d_clamp_exponent(x), &magic);
    return vd_scale(vd_add(vd_set(1.0), t), magic);
}

/* 2^k*t + (2^k - 1): relative precision also near 0 */
OCT_ONCE vd d_expm1(vd x)
{
    vd magic, one = vd_set(1.0), t = d_expm1_core(d_clamp_exponent(x), &magic);
    vd scale = vd_scale(one, magic);
    return vd_add(vd_mul(scale, t), vd_sub(scale, one));
}

/* ln(m) = 2 atanh(s) with s = (m-1)/(m+1): the series behind 2s, divided by s^3, in z = s^2 <= 0.0295, 2^-36.4 */
OCT_INLINE vd d_log_normal(vd x)
{
    vd k, one = vd_set(1.0), m = vd_split(x, &k);
    vd s = vd_div(vd_sub(m, one), vd_add(m, one)), z = vd_mul(s, s);
    vd q = vd_set(0x1.8c916f6b44be3p-3);
    q = vd_add(vd_mul(q, z), vd_set(0x1.c67a8e74cba49p-3));
    q = vd_add(vd_mul(q, z), vd_set(0x1.2493248a337cbp-2));
    q = vd_add(vd_mul(q, z), vd_set(0x1.999998ca15c0cp-2));
    q = vd_add(vd_mul(q, z), vd_set(0x1.5555555565024p-1));
    vd ln_m = vd_add(vd_add(s, s), vd_mul(vd_mul(s, z), q));
    return vd_add(vd_mul(k, vd_set(0x1.62e42fefa39efp-1)), ln_m);
}

/* x >= 0 or NaN, infinity included */
OCT_ONCE vd d_log_abs(vd x)
{
    const vd inf = vd_set(INFINITY);
    vd y = vd_select(vd_lt(x, inf), d_log_normal(x), x);
    return vd_select(vd_eq(x, vd_set(0.0)), vd_neg(inf), y);
}

OCT_ONCE vd d_log(vd x)
{
    return vd_select(vd_lt(x, vd_set(0.0)), vd_set(NAN), d_log_abs(x));
}

/* ln(1+e) = 2 atanh(s) with s = e/(2+e), 0 <= e <= 1; z <= 1/9, 2^-31.8 */
OCT_INLINE vd d_log1p(vd e)
{
    vd s = vd_div(e, vd_add(vd_set(2.0), e)), z = vd_mul(s, s);
    vd q = vd_set(0x1.a9ecbdd45971bp-3);
    q = vd_add(vd_mul(q, z), vd_set(0x1.659fa31ddf13fp-3));
    q = vd_add(vd_mul(q, z), vd_set(0x1.c7fc87439b6dbp-3));
    q = vd_add(vd_mul(q, z), vd_set(0x1.248f50fc03b48p-2));
    q = vd_add(vd_mul(q, z), vd_set(0x1.9999a0eb1cc5ep-2));
    q = vd_add(vd_mul(q, z), vd_set(0x1.55555553e0d93p-1));
    return vd_add(vd_add(s, s), vd_mul(vd_mul(s, z), q));
}

/* erfc(t) = e^(-t^2) * R(v), v = 4/(t+4), t >= 0 (beyond 10.7 as there): R to 2^-31.2 */
OCT_ONCE vd d_erfc_abs(vd t)
{
    t = vd_min(vd_set(10.7), t);
    vd v = vd_div(vd_set(4.0), vd_add(t, vd_set(4.0)));
    vd q = vd_set(-0x1.a8e7593f468d5p-3);
    q = vd_add(vd_mul(q, v), vd_set(0x1.1c8f83b566f29p0));
    q = vd_add(vd_mul(q, v), vd_set(-0x1.24cc9deba3ae8p1));
    q = vd_add(vd_mul(q, v), vd_set(0x1.8dab235941834p1));
    q = vd_add(vd_mul(q, v), vd_set(-0x1.4b98652aa00a3p1));
    q = vd_add(vd_mul(q, v), vd_set(0x1.bf5ed8a2eda36p0));
    q = vd_add(vd_mul(q, v), vd_set(-0x1.394e6171977e5p-1));
    q = vd_add(vd_mul(q, v), vd_set(0x1.6cb583fa3404cp-2));
    q = vd_add(vd_mul(q, v), vd_set(0x1.63272c60e4a72p-4));
    q = vd_add(vd_mul(q, v), vd_set(0x1.2fa90ae89ea29p-3));
    q = vd_add(vd_mul(q, v), vd_set(0x1.1f97b564fd257p-3));
    q = vd_add(vd_mul(q, v), vd_set(0x1.9333591f8f5cfp-16));
    return vd_mul(d_exp(vd_neg(vd_mul(t, t))), q);
}

/* t*P(t^2) below 1/2 (2^-36.3), 1 - erfc(t) above, with the sign of x */
OCT_ONCE vd d_erf(vd x)
{
    vd t = vd_abs(x), z = vd_mul(t, t);
    vd q = vd_set(-0x1.9353ba3e06f86p-11);
    q = vd_add(vd_mul(q, z), vd_set(0x1.54ceb22a60208p-8));
    q = vd_add(vd_mul(q, z), vd_set(-0x1.b8201756beb78p-6));
    q = vd_add(vd_mul(q, z), vd_set(0x1.ce2ef1ab19718p-4));
    q = vd_add(vd_mul(q, z), vd_set(-0x1.8127466e3bad5p-2));
    q = vd_add(vd_mul(q, z), vd_set(0x1.20dd75041af17p0));
    vd y = vd_select(vd_lt(t, vd_set(0.5)), vd_mul(t, q), vd_sub(vd_set(1.0), d_erfc_abs(t)));
    return vd_copysign(y, x);
}

/* x/2 * erfc(-x/sqrt(2)) */
OCT_ONCE vd d_gelu(vd x)
{
    vd c = d_erfc_abs(vd_mul(vd_abs(x), vd_set(0x1.6a09e667f3bcdp-1)));
    vd half = vd_mul(vd_set(0.5), vd_max(vd_set(-40.0), x)); /* at -infinity the limit: -0 */
    return vd_mul(half, vd_select(vd_lt(x, vd_set(0.0)), c, vd_sub(vd_set(2.0), c)));
}

/* x/2 * (1 + tanh(u)) = x / (1 + e^(-2u)), u = sqrt(2/pi) * (x + 0.044715 x^3) */
OCT_ONCE vd d_gelu_tanh(vd x)
{
    vd cubic = vd_add(x, vd_mul(vd_mul(vd_mul(x, x), x), vd_set(0.044715)));
    vd e = d_exp(vd_mul(vd_set(-0x1.9884533d43651p0), cubic)); /* 2*sqrt(2/pi) */
    return vd_div(vd_max(vd_set(-40.0), x), vd_add(vd_set(1.0), e));
}

/* ln(1 + e^x) */
OCT_ONCE vd d_softplus(vd x)
{
    return vd_add(vd_max(vd_set(0.0), x), d_log1p(d_exp(vd_neg(vd_abs(x)))));
}

/* x * tanh(ln(1 + e^x)) = x * n/(n+2) with n = e^x * (e^x + 2) */
OCT_ONCE vd d_mish(vd x)
{
    const vd two = vd_set(2.0);
    vd e = d_exp(vd_min(vd_set(40.0), x)), n = vd_mul(e, vd_add(e, two));
    return vd_mul(vd_max(vd_set(-200.0), x), vd_div(n, vd_add(n, two)));
}

OCT_ONCE vd d_elu(vd x, vd alpha)
{
    return vd_select(vd_lt(x, vd_set(0.0)), vd_mul(alpha, d_expm1(x)), x);
}

OCT_ONCE vd d_celu(vd x, vd alpha)
{
    return vd_select(vd_lt(x, vd_set(0.0)), vd_mul(alpha, d_expm1(vd_div(x, alpha))), x);
}

/* gamma * (x > 0 ? x : alpha*(e^x - 1)) */
OCT_ONCE vd d_selu(vd x, vd alpha, vd gamma)
{
    return vd_mul(gamma, vd_select(vd_lt(vd_set(0.0), x), x, vd_mul(alpha, d_expm1(x))));
}

/* nearest integer, half to even; |x| < 2^51 */
OCT_INLINE vd d_round(vd x)
{
    return vd_sub(vd_add(x, vd_set(0x1.8p52)), vd_set(0x1.8p52));
}

/* C99's pow: e^(y*ln|x|), then the sign of odd powers, then the special cases. */
OCT_ONCE vd d_pow(vd x, vd y)
{
    const vd zero = vd_set(0.0), one = vd_set(1.0), inf = vd_set(INFINITY);
    vd finite = vd_min(vd_set(1e30), vd_max(vd_set(-1e30), y)), base = vd_abs(x);
    vd r = d_exp(vd_mul(finite, d_log_abs(base)));
    vd whole = vd_min(vd_set(0x1p25), vd_max(vd_set(-0x1p25), y)), half = vd_mul(whole, vd_set(0.5)); /* beyond: even */
    vdm is_whole = vd_eq(d_round(whole), whole), is_even = vd_eq(d_round(half), half);
    r = vd_select(vd_and(is_whole, vd_lt(vd_copysign(one, x), zero)), vd_select(is_even, r, vd_neg(r)), r);
    vdm no_root = vd_and(vd_lt(x, zero), vd_lt(base, inf));
    r = vd_select(no_root, vd_select(is_whole, r, vd_set(NAN)), r);
    r = vd_select(vd_eq(y, vd_set(0.5)), vd_select(no_root, r, vd_sqrt(base)), r);
    vd square = vd_mul(x, x);
    r = vd_select(vd_eq(y, vd_set(2.0)), square, r);
    r = vd_select(vd_eq(y, vd_set(3.0)), vd_mul(square, x), r);
    r = vd_select(vd_or(vd_isnan(x), vd_isnan(y)), vd_add(x, y), r);
    return vd_select(vd_or(vd_eq(x, one), vd_eq(y, zero)), one, r);
}

OCT_INLINE vf v_log(vf x) { return VF_BY_VD1(d_log, x); }
OCT_INLINE vf v_erf(vf x) { return VF_BY_VD1(d_erf, x); }
OCT_INLINE vf v_gelu(vf x) { return VF_BY_VD1(d_gelu, x); }
OCT_INLINE vf v_gelu_tanh(vf x) { return VF_BY_VD1(d_gelu_tanh, x); }
OCT_INLINE vf v_softplus(vf x) { return VF_BY_VD1(d_softplus, x); }
OCT_INLINE vf v_mish(vf x) { return VF_BY_VD1(d_mish, x); }
OCT_INLINE vf v_elu(vf x, vf alpha) { return VF_BY_VD2(d_elu, x, alpha); }
OCT_INLINE vf v_celu(vf x, vf alpha) { return VF_BY_VD2(d_celu, x, alpha); }
OCT_INLINE vf v_selu(vf x, vf alpha, vf gamma) { return VF_BY_VD3(d_selu, x, alpha, gamma); }
OCT_INLINE vf v_pow(vf x, vf y) { return VF_BY_VD2(d_pow, x, y); }

#endif
