#!/usr/bin/env python3
"""Reduce what ramp-check --json found to docs/accuracy.csv, which docs/ops.md is made from.

  ramp-check --full --json proof.json && docs/accuracy.py proof.json > docs/accuracy.csv

A row is an op, dtype and pass: the worst over its listed parameter sets and over every dy; none for the passes with a mask, whose bits are right or
wrong. Several files (each an op, or a dtype) are put together; what is in two of them comes from the later.
"""
import json, struct, sys


def number(value, bits):
    """As few digits as give it again in its own type."""
    if value is None:
        size, infinity = int(bits, 16) % (1 << 4 * (len(bits) - 2) - 1), 0x7F800000 if len(bits) == 10 else 0x7FF << 52
        return "NaN" if size > infinity else "-inf" if int(bits, 16) > size else "inf"
    if len(bits) == 18:
        return f"{value:.17g}" if float(f"{value:.16g}") != value else f"{value:.16g}"
    same = lambda text: struct.pack("f", float(text)) == struct.pack("f", value)
    return next(text for digits in range(1, 10) if same(text := f"{value:.{digits}g}"))


def reduce(results):
    """The rows of one op, dtype and pass."""
    checked = [r for r in results if r["inputs"] > 0]
    if not checked or any(r["state"] in ("wrong", "failed") for r in checked):
        return None
    if checked[0]["dtype"] in ("f16", "bf16"):
        return ["bits", "same", "", ""]
    worst = max(checked, key=lambda r: r["worst_ulp"])
    limit = f"{max(r['limit_ulp'] for r in checked):g}"
    if worst["worst_ulp"] == 0:
        return [limit, "0", "", ""]
    dy = worst.get("worst_dy", 1)
    x = number(worst["worst_x"], worst["worst_x_bits"])
    set_ = "" if worst["default"] else f" at {worst['op'].partition(':')[2].replace(',', ' ')}"
    return [limit, f"{worst['worst_ulp']:.4g}", x + set_, "" if dy == 1 else number(dy, worst["worst_dy_bits"])]


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    rows, sources = {}, []
    for path in sys.argv[1:]:
        with open(path) as file:
            run = json.load(file)
        groups = {}
        for r in run["results"]:
            groups.setdefault((r["op"].partition(":")[0], r["dtype"], r["pass"]), []).append(r)
        for key, results in groups.items():
            reduced = reduce(results)
            if reduced is None:
                sys.exit(f"{path}: {' '.join(key)} is wrong or was not checked: no accuracy to tell of")
            if key[2].endswith("-mask"):
                continue
            rows[key] = [*key, *reduced, str(sum(r["inputs"] for r in results))]
        share = "all 2^32 f32 inputs" if run["full"] else f"{100 * run['share']['f32']:.2g} % of all f32 inputs"
        sources.append(f"ramp-check {run['version']}{' --full' if run['full'] else ''} of {run['date'][:10]}, {share} at the defaults")
    print("# " + "; ".join(dict.fromkeys(sources)) + ".")
    print("op,dtype,pass,limit,worst,x,dy,inputs")
    for row in rows.values():
        print(",".join(row))


if __name__ == "__main__":
    main()
